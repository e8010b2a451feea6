"""What a person deletes is gone everywhere; on both databases."""

import asyncio
import json
from datetime import timedelta

import pytest

from storage import Storage, models
from storage.clock import utc_now
from storage.errors import AccountGone, FileMissing, StorageUnavailable
from storage.identifiers import digest, new_id
from storage.records import FileKind, Report, Retention
from tests.unit.storage.drafts import NOON, draft, pictures, with_consent


def lines(storage: Storage) -> list[str]:
    return [json.loads(line)["report_id"] for line in storage.log.path.read_bytes().splitlines()]


def pictures_on_disk(storage: Storage) -> int:
    return sum(path.is_file() for path in storage.files.root.rglob("*"))


async def rows_left(storage: Storage) -> dict[str, int]:
    async def count() -> dict[str, int]:
        tables = (
            models.Account,
            models.Consent,
            models.TokenFamily,
            models.Report,
            models.ConditionRow,
            models.FileRow,
        )
        return {table.__name__: await table.all().count() for table in tables}

    return await storage.database.run(count)


async def saved(storage: Storage, account_id: int, count: int = 1) -> list[Report]:
    return [await storage.saver.save(account_id, draft(day), pictures()) for day in range(count)]


async def test_a_deleted_account_leaves_nothing_and_others_keep_everything(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    await storage.sessions.begin(new_id(), amira.id, digest("t"), utc_now() + timedelta(days=1))
    await saved(storage, amira.id, 3)
    (kept,) = await saved(storage, omar.id)
    await storage.eraser.delete_account(amira.id)
    assert await storage.accounts.find("amira") is None
    assert lines(storage) == [kept.id]
    assert pictures_on_disk(storage) == 3
    assert await storage.reports.get(kept.id, omar.id) == kept
    left = await rows_left(storage)
    assert left == {"Account": 1, "Consent": 1, "TokenFamily": 0, "Report": 1, "ConditionRow": 2, "FileRow": 3}
    with pytest.raises(AccountGone):
        await storage.eraser.delete_account(amira.id)


async def test_the_user_id_of_a_deleted_account_is_free_again_and_its_new_lines_stay(storage: Storage) -> None:
    first = await with_consent(storage)
    await saved(storage, first.id)
    await storage.eraser.delete_account(first.id)
    second = await with_consent(storage)
    (report,) = await saved(storage, second.id)
    await storage.eraser.finish()
    await storage.eraser.delete_report(new_id(), second.id)
    assert lines(storage) == [report.id]


async def test_lines_that_an_older_version_wrote_go_with_their_person(storage: Storage) -> None:
    amira = await with_consent(storage)
    old: list[dict[str, object]] = [
        {"timestamp": "2024-01-01", "user_id": name, "detections": {}} for name in ("AMIRA ", "omar")
    ]
    storage.log.path.write_text("".join(json.dumps(line) + "\n" for line in old) + "not json\n")
    await storage.eraser.delete_account(amira.id)
    kept = storage.log.path.read_text().splitlines()
    assert [line for line in kept if "omar" in line] and "not json" in kept and len(kept) == 2


async def test_copies_in_the_backup_folder_lose_the_person_too(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    await saved(storage, amira.id)
    await saved(storage, omar.id)
    storage.backups.root.mkdir()
    copy = storage.backups.root / "copy.jsonl"
    copy.write_bytes(storage.log.path.read_bytes())
    await storage.eraser.delete_account(amira.id)
    assert [json.loads(line)["user_id"] for line in copy.read_bytes().splitlines()] == ["omar"]


async def test_one_report_can_be_deleted_by_its_owner_only(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    first, second = await saved(storage, amira.id, 2)
    assert not await storage.eraser.delete_report(first.id, omar.id)
    assert await storage.eraser.delete_report(first.id, amira.id)
    assert not await storage.eraser.delete_report(first.id, amira.id)
    assert lines(storage) == [second.id]
    original = first.file(FileKind.ORIGINAL)
    assert original is not None
    with pytest.raises(FileMissing):
        storage.files.path(original.key)


async def test_erasing_the_history_keeps_the_account(storage: Storage) -> None:
    amira = await with_consent(storage)
    await saved(storage, amira.id, 3)
    before = await storage.reports.revision(amira.id)
    assert await storage.eraser.erase_history(amira.id) == 3
    assert await storage.accounts.find("amira") is not None
    assert (await storage.reports.page(amira.id)).total == 0
    assert lines(storage) == [] and pictures_on_disk(storage) == 0
    assert await storage.reports.revision(amira.id) != before


async def test_pictures_and_reports_expire_apart(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    await saved(storage, amira.id, 4)  # 0 to 3 days after NOON
    await saved(storage, omar.id, 1)
    await storage.accounts.set_retention(amira.id, Retention(pictures_days=8, reports_days=9))
    assert await storage.eraser.expire(NOON + timedelta(days=10, hours=1)) == (1, 2)
    page = await storage.reports.page(amira.id)
    assert [len(report.files) for report in page.reports] == [3, 0]
    assert page.reports[1].conditions[0].count == 2
    assert (await storage.reports.page(omar.id)).total == 1
    assert pictures_on_disk(storage) == 6
    assert len(lines(storage)) == 3
    assert await storage.eraser.expire(NOON + timedelta(days=10, hours=1)) == (0, 0)


async def test_a_deletion_that_a_crash_cut_short_is_finished_later(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = await with_consent(storage)
    await saved(storage, amira.id, 2)
    with monkeypatch.context() as patch:

        async def fail(*arguments: object) -> int:
            raise StorageUnavailable("killed here")

        patch.setattr(storage.log, "remove", fail)
        with pytest.raises(StorageUnavailable):
            await storage.eraser.delete_account(amira.id)
    assert await storage.accounts.find("amira") is None
    assert len(lines(storage)) == 2
    await storage.eraser.finish()
    assert lines(storage) == [] and pictures_on_disk(storage) == 0


async def test_deleting_while_reports_are_being_saved_leaves_nothing(storage: Storage) -> None:
    amira = await with_consent(storage)
    saves = [asyncio.create_task(storage.saver.save(amira.id, draft(n), pictures())) for n in range(10)]
    await asyncio.sleep(0.02)
    await storage.eraser.delete_account(amira.id)
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert all(isinstance(result, Report | AccountGone) for result in results)
    assert pictures_on_disk(storage) == 0
    await storage.log.flush()
    assert await asyncio.to_thread(lambda: not storage.log.path.exists() or lines(storage) == [])
    assert (await rows_left(storage))["Report"] == 0
