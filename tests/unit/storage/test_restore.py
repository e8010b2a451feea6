"""Backups and restores; on both databases."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage import Storage, models, open_storage
from storage.backup import back_up, check
from storage.errors import UnreadableBackup
from storage.records import Account, FileKind, Report, Retention
from storage.restore import Restored, restore
from tests.unit.storage.drafts import NOON, draft, pictures, with_consent

OLD_LINES = [
    {"timestamp": "2024-05-01 10:00:00", "user_id": "Amira", "detections": {"acne": [{"x": 1}]}, "image_path": "a.jpg"},
    {"timestamp": "2024-05-02 10:00:00", "user_id": "omar", "detections": {"acne": [], "wrinkles": [1, 2]}},
]
OLD_USERS = {"Amira": [{"timestamp": "2024-05-03 10:00:00", "acne": [{"x": 1}], "wrinkles": []}]}


async def filled(storage: Storage) -> tuple[Account, list[Report]]:
    account = await with_consent(storage)
    await storage.accounts.set_retention(account.id, Retention(None, 5000))
    return account, [await storage.saver.save(account.id, draft(day), pictures()) for day in range(3)]


async def everything(storage: Storage) -> dict[str, Any]:
    """All rows that a restore touches, without the numbers that the database gives them."""

    async def read() -> dict[str, Any]:
        return {
            "accounts": sorted([a.user_id, a.name, a.password_hash, a.is_admin] for a in await models.Account.all()),
            "consents": await models.Consent.all().count(),
            "conditions": await models.ConditionRow.all().count(),
            "files": sorted(f.name for f in await models.FileRow.all()),
        }

    reports = (await storage.reports.page(None, limit=200)).reports
    return await storage.database.run(read) | {"reports": reports, "log": storage.log.path.read_bytes()}


async def lose_the_database(storage: Storage) -> None:
    async def work() -> None:
        for model in (models.Account, models.Removal, models.Erasure):
            await model.all().delete()

    await storage.database.run(work)


async def test_a_backup_brings_everything_back_and_a_second_restore_changes_nothing(
    storage: Storage, tmp_path: Path
) -> None:
    await filled(storage)
    before = await everything(storage)
    done = await back_up(storage)
    assert (done.accounts, done.reports, done.pictures, done.missing) == (1, 3, 9, 0)
    assert done.path.parent == storage.backups.root and done.path.stat().st_mode & 0o777 == 0o600
    copy = shutil.copy(done.path, tmp_path / "copy.zip")
    await lose_the_database(storage)
    shutil.rmtree(storage.files.reports)
    storage.files.reports.mkdir()
    storage.log.path.unlink()
    first = await restore(storage, Path(copy))
    assert (first.accounts, first.reports, first.pictures, first.problems) == (1, 3, 9, [])
    after = await everything(storage)
    assert sorted(after.pop("log").splitlines()) == sorted(before.pop("log").splitlines())
    assert after == before
    again = await everything(storage)
    assert await restore(storage, Path(copy)) == Restored(present=3)
    assert await everything(storage) == again
    assert await check(storage) == []


async def test_the_log_alone_brings_history_back_with_the_pictures_that_are_there(storage: Storage) -> None:
    _, reports = await filled(storage)
    log = storage.log.path.read_bytes()
    await lose_the_database(storage)
    lost = reports[1].file(FileKind.FACE)
    assert lost is not None
    storage.files.path(lost.key).unlink()
    done = await restore(storage, storage.log.path)
    assert (done.accounts, done.reports, done.pictures, done.pictures_lost) == (1, 3, 8, 1)
    assert storage.log.path.read_bytes() == log
    account = await storage.accounts.find("amira")
    assert account is not None and account.password_hash is None
    page = await storage.reports.page(account.id)
    assert [report.id for report in page.reports] == [report.id for report in reversed(reports)]
    assert await restore(storage, storage.log.path) == Restored(present=3, pictures_lost=1)


async def test_a_predecessors_files_are_restored_and_twice_changes_nothing(storage: Storage, tmp_path: Path) -> None:
    lines, users = tmp_path / "lines.json", tmp_path / "users.json"
    lines.write_text("".join(json.dumps(line) + "\n" for line in OLD_LINES) + '{"torn')
    users.write_text(json.dumps(OLD_USERS))
    first = await restore(storage, lines)
    assert (first.accounts, first.reports) == (2, 2)
    assert [problem.where for problem in first.problems] == ["line 3"]
    assert (await restore(storage, users)).reports == 1
    account = await storage.accounts.find("amira")
    assert account is not None
    assert (await storage.reports.page(account.id)).total == 2
    before = await everything(storage)
    assert (await restore(storage, lines)).present == 2
    assert (await restore(storage, users)).present == 1
    assert await everything(storage) == before
    assert len(before["log"].splitlines()) == 3
    assert await check(storage) == []


async def test_a_predecessors_file_put_in_the_logs_own_place_is_not_written_twice(storage: Storage) -> None:
    storage.log.path.write_text("".join(json.dumps(line) + "\n" for line in OLD_LINES))
    before = storage.log.path.read_bytes()
    assert (await restore(storage, storage.log.path)).reports == 2
    assert storage.log.path.read_bytes() == before


async def test_what_a_person_deleted_stays_deleted_unless_it_is_asked_for(storage: Storage, tmp_path: Path) -> None:
    account, reports = await filled(storage)
    copy = Path(shutil.copy((await back_up(storage)).path, tmp_path / "copy.zip"))
    await storage.eraser.delete_report(reports[0].id, account.id)
    assert await restore(storage, copy) == Restored(present=2, deleted=1)
    await storage.eraser.delete_account(account.id)
    assert await restore(storage, copy) == Restored(deleted=3)
    assert await storage.accounts.find("amira") is None
    asked = await restore(storage, copy, include_deleted=True)
    assert (asked.accounts, asked.reports, asked.pictures) == (1, 3, 9)
    assert await restore(storage, copy, include_deleted=True) == Restored(present=3)


async def test_pictures_whose_time_was_over_are_not_brought_back(storage: Storage, tmp_path: Path) -> None:
    account, _ = await filled(storage)
    copy = Path(shutil.copy((await back_up(storage)).path, tmp_path / "copy.zip"))
    await storage.accounts.set_retention(account.id, Retention(pictures_days=1))
    assert await storage.eraser.expire(NOON + timedelta(days=30)) == (3, 0)
    assert await restore(storage, copy) == Restored(present=3)
    assert not [path for path in storage.files.reports.rglob("*") if path.is_file()]


async def test_deleting_an_account_reaches_the_backups_beside_the_pictures(storage: Storage) -> None:
    account, _ = await filled(storage)
    omar = await with_consent(storage, "omar")
    kept = await storage.saver.save(omar.id, draft(), pictures())
    done = await back_up(storage)
    await storage.eraser.delete_account(account.id)
    await lose_the_database(storage)
    back = await restore(storage, done.path)
    assert (back.accounts, back.reports, back.pictures) == (1, 1, 3)
    assert (await storage.reports.page(None)).reports[0].id == kept.id
    assert b"amira" not in done.path.read_bytes()


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip at all", b"\x00\x01\x02", b"[1, 2]", b"7"])
async def test_a_file_that_is_no_history_is_said_to_be_none(storage: Storage, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    done = await restore(storage, file)
    assert done.reports == 0 and done.problems
    with pytest.raises(UnreadableBackup):
        await restore(storage, tmp_path / "missing")


async def test_a_strange_zip_is_refused(storage: Storage, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "strange"), "zip", tmp_path)
    with pytest.raises(UnreadableBackup, match="no backup"):
        await restore(storage, tmp_path / "strange.zip")


async def test_an_account_that_only_history_named_gets_its_password_from_a_backup(
    storage: Storage, tmp_path: Path
) -> None:
    await filled(storage)
    copy = Path(shutil.copy((await back_up(storage)).path, tmp_path / "copy.zip"))
    await lose_the_database(storage)
    await restore(storage, storage.log.path)
    await restore(storage, copy)
    account = await storage.accounts.find("amira")
    assert account is not None
    assert account.password_hash == "hash" and account.may_keep and account.retention.reports_days == 5000


async def test_a_backup_of_one_kind_of_database_is_restored_into_another(storage: Storage, tmp_path: Path) -> None:
    _, reports = await filled(storage)
    done = await back_up(storage, tmp_path / "b.zip")
    async with open_storage(f"sqlite://{tmp_path}/other.sqlite3", tmp_path / "other") as other:
        assert (await restore(other, done.path)).reports == 3
        back = (await other.reports.page(None)).reports
    assert list(back) == list(reversed(reports))
