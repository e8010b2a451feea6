"""After kill -9: every report that was answered is there with all its files, none is half there."""

import asyncio
import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from storage import Storage, models, open_storage
from storage.clock import utc_now
from storage.errors import FileMissing
from storage.housekeeping import Recovered
from storage.identifiers import digest, new_id
from storage.records import FileKind, NewFile, Retention
from tests.unit.storage.drafts import NOON, draft, pictures, with_consent

ROOT = Path(__file__).resolve().parents[3]


def start(database_url: str, media_root: Path, step: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.unit.storage.crashing_server", database_url, str(media_root), step]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def answered(process: "subprocess.Popen[bytes]", kill_after: int | None = None) -> list[str]:
    """The ids that were printed until the process died; killed from here after so many."""
    assert process.stdout is not None
    ids = []
    with process.stdout:
        for line in process.stdout:
            ids.append(line.decode().strip())
            if len(ids) == kill_after:
                process.kill()
    assert process.wait(timeout=30) == -9
    return [report_id for report_id in ids if len(report_id) == 32]


async def assert_all_whole(storage: Storage, ids: list[str]) -> int:
    """Every answered report is there, every report that is there is whole, and nothing else is; how many there are."""
    page = await storage.reports.page(None, limit=200)
    assert page.total == len(page.reports)
    assert set(ids) <= {report.id for report in page.reports}
    for report in page.reports:
        assert len(report.files) == 3 and len(report.conditions) == 2
        for file in report.files:
            data = await storage.files.read(file.key)
            assert len(data) == file.size
    logged = [json.loads(line)["report_id"] for line in storage.log.path.read_bytes().splitlines()]
    assert sorted(logged) == sorted(report.id for report in page.reports)
    on_disk = [path for path in storage.files.root.rglob("*") if path.is_file()]
    assert len(on_disk) == 3 * page.total
    assert list(storage.files.incoming.iterdir()) == []
    return page.total


@pytest.mark.parametrize("kill_after", [4, 40])
async def test_a_kill_in_the_middle_of_fifty_saves_loses_none_and_leaves_none_half(
    database_url: str, media_root: Path, kill_after: int
) -> None:
    ids = await asyncio.to_thread(answered, start(database_url, media_root, "none"), kill_after)
    assert len(ids) >= kill_after
    async with open_storage(database_url, media_root) as storage:
        await storage.housekeeper.recover(grace_s=0.0)
        await assert_all_whole(storage, ids)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("step", ["staged", "committed", "published", "appended"])
async def test_a_kill_at_each_step_of_a_save_is_recovered_from(database_url: str, media_root: Path, step: str) -> None:
    ids = await asyncio.to_thread(answered, start(database_url, media_root, step))
    assert len(ids) == 3
    async with open_storage(database_url, media_root) as storage:
        await storage.housekeeper.recover(grace_s=0.0)
        total = await assert_all_whole(storage, ids)
        assert (total > 3) == (step != "staged")
        assert await storage.housekeeper.recover(grace_s=0.0) == Recovered(0, 0, 0)


async def test_files_of_a_process_that_is_at_work_are_left_alone(storage: Storage) -> None:
    report_id = new_id()
    await storage.files.stage(report_id, pictures())
    assert await storage.housekeeper.recover() == Recovered(0, 0, 0)
    assert await storage.files.staged(0.0) == (report_id,)
    assert await storage.housekeeper.recover(grace_s=0.0) == Recovered(0, 1, 0)


async def test_pictures_without_a_database_wait_for_their_restore(storage: Storage) -> None:
    report_id = new_id()
    (stored, *_) = await storage.files.stage(report_id, pictures())
    await storage.files.publish(report_id)
    await storage.housekeeper.recover(grace_s=0.0)
    await storage.housekeeper.tidy()
    assert await storage.files.read(stored.key) == b"original bytes"


async def test_a_torn_line_is_cut_off_and_its_report_written_again(storage: Storage) -> None:
    account = await with_consent(storage)
    await storage.saver.save(account.id, draft(), ())
    whole = storage.log.path.read_bytes()
    await storage.saver.save(account.id, draft(1), ())
    both = storage.log.path.read_bytes()
    await storage.database.run(lambda: models.Report.filter(created_at=NOON + timedelta(days=1)).update(logged=False))
    storage.log.path.write_bytes(both[: len(whole) + 40])
    assert (await storage.housekeeper.recover()).logged == 1
    assert storage.log.path.read_bytes() == both


async def test_tidying_lets_go_of_what_has_had_its_time(storage: Storage) -> None:
    account = await with_consent(storage)
    await storage.saver.save(account.id, draft(), pictures())
    await storage.accounts.set_retention(account.id, Retention(reports_days=1))
    await storage.sessions.begin(new_id(), account.id, digest("t"), utc_now() - timedelta(days=8))
    image = NewFile(FileKind.FACE, "image/jpeg", b"passing")
    (over,) = await storage.files.write_passing([image], time.time() - 1)
    (fresh,) = await storage.files.write_passing([image], time.time() + 60)
    await storage.housekeeper.tidy()
    assert (await storage.reports.page(account.id)).total == 0
    assert await storage.files.read(fresh.key) == b"passing"
    with pytest.raises(FileMissing):
        storage.files.path(over.key)
    assert len([path for path in storage.files.root.rglob("*") if path.is_file()]) == 1
