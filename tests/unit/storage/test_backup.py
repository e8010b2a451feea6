"""Checking what is stored; making backups is tested together with restoring them."""

from storage import Storage, models
from storage.backup import back_up, check
from storage.identifiers import new_id
from storage.records import FileKind
from tests.unit.storage.drafts import draft, pictures, with_consent


async def test_a_whole_storage_has_nothing_to_complain_of(storage: Storage) -> None:
    assert await check(storage) == []
    account = await with_consent(storage)
    await storage.saver.save(account.id, draft(), pictures())
    assert await check(storage) == []


async def test_every_kind_of_damage_is_named(storage: Storage) -> None:
    account = await with_consent(storage)
    reports = [await storage.saver.save(account.id, draft(day), pictures()) for day in range(3)]
    face, crop = reports[0].file(FileKind.FACE), reports[0].file(FileKind.CROP, "a0")
    assert face is not None and crop is not None
    storage.files.path(face.key).unlink()
    storage.files.path(crop.key).write_bytes(b"other bytes")
    orphan, waiting = new_id(), new_id()
    await storage.files.stage(orphan, pictures())
    await storage.files.publish(orphan)
    await storage.files.stage(waiting, pictures())
    lines = storage.log.path.read_bytes().splitlines(keepends=True)
    storage.log.path.write_bytes(lines[0] + lines[0] + lines[2] + b"torn")
    await storage.database.run(lambda: models.Report.filter(id=reports[2].id).delete())
    found = " | ".join(await check(storage))
    for said in (
        f"{reports[0].id} lacks its face",
        f"{reports[0].id}: its crop picture is damaged",
        f"folder {orphan} belongs to no report",
        f"{waiting} waits",
        f"{reports[0].id} has 2 lines",
        f"{reports[1].id} has no line",
        f"a line of report {reports[2].id}, which is not stored",
        "line 4: is no JSON",
    ):
        assert said in found


async def test_a_backup_says_which_pictures_it_did_not_find(storage: Storage) -> None:
    account = await with_consent(storage)
    report = await storage.saver.save(account.id, draft(), pictures())
    face = report.file(FileKind.FACE)
    assert face is not None
    storage.files.path(face.key).unlink()
    done = await back_up(storage)
    assert (done.pictures, done.missing) == (2, 1)
