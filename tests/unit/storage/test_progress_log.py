"""user_progress.json: each saved report once, whatever happens."""

import asyncio
import errno
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage import Storage, models, open_storage
from storage.errors import StorageFull
from storage.progress_log import parsed, rewrite_lines
from tests.unit.storage.drafts import draft, with_consent

ROOT = Path(__file__).resolve().parents[3]

SAVER = """
import asyncio, sys
from pathlib import Path
from storage import open_storage
from tests.unit.storage.drafts import draft
async def main():
    async with open_storage(sys.argv[1], Path(sys.argv[2])) as storage:
        account = await storage.accounts.find("amira")
        await asyncio.gather(*(storage.saver.save(account.id, draft(n), ()) for n in range(20)))
asyncio.run(main())
"""


def ids(storage: Storage) -> list[str]:
    return [json.loads(line)["report_id"] for line in storage.log.path.read_bytes().splitlines()]


async def unlog(storage: Storage, report_ids: Sequence[str]) -> None:
    await storage.database.run(lambda: models.Report.filter(id__in=list(report_ids)).update(logged=False))


async def test_several_processes_write_whole_lines_each_once(database_url: str, media_root: Path) -> None:
    async with open_storage(database_url, media_root) as storage:
        account = await with_consent(storage)
        command = [sys.executable, "-c", SAVER, database_url, str(media_root)]
        running = [await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
        ours = await asyncio.gather(*(storage.saver.save(account.id, draft(n), ()) for n in range(20)))
        failures = [(await one.communicate())[1].decode() for one in running]
        assert [one.returncode for one in running] == [0, 0], failures
        page = await storage.reports.page(None, limit=200)
        assert page.total == 60
        assert sorted(ids(storage)) == sorted(report.id for report in page.reports)
        assert {report.id for report in ours} <= set(ids(storage))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_lines_that_are_there_already_are_not_written_again(storage: Storage) -> None:
    account = await with_consent(storage)
    saved = [(await storage.saver.save(account.id, draft(n), ())).id for n in range(4)]
    before = storage.log.path.read_bytes()
    for count in (1, 2, 4):
        await unlog(storage, saved[-count:])
        storage.log._known_size = -1  # as in a process that has just started
        assert await storage.log.flush() == count
        assert storage.log.path.read_bytes() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_whole_line_that_lacks_its_newline_gets_it(storage: Storage) -> None:
    account = await with_consent(storage)
    storage.log.path.write_text('{"timestamp": "2024-05-01", "user_id": "omar", "detections": {}}')
    report = await storage.saver.save(account.id, draft(), ())
    lines = storage.log.path.read_bytes().splitlines()
    assert json.loads(lines[0])["user_id"] == "omar"
    assert json.loads(lines[1])["report_id"] == report.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_disk_leaves_no_torn_line_and_the_report_is_logged_later(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await with_consent(storage)
    await storage.saver.save(account.id, draft(), ())
    before = storage.log.path.read_bytes()
    with monkeypatch.context() as patch:

        def full(file: object, data: bytes) -> None:
            storage.log.path.open("ab").close()
            os.write(file.fileno(), data[:10])  # type: ignore[attr-defined]
            raise OSError(errno.ENOSPC, "full")

        patch.setattr("storage.progress_log._write_all", full)
        report = await storage.saver.save(account.id, draft(1), ())
        assert storage.log.path.read_bytes() == before
        with pytest.raises(StorageFull):
            await storage.log.flush()
    assert await storage.log.flush() == 1
    assert ids(storage)[-1] == report.id and len(ids(storage)) == 2


def test_lines_are_taken_out_in_one_step_and_the_file_stays_private(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"a": 1}\nbroken\n{"a": 2}')
    assert rewrite_lines(file, lambda line, value: value == {"a": 1}) == 1
    assert file.read_text() == 'broken\n{"a": 2}\n'
    assert file.stat().st_mode & 0o777 == 0o600
    assert rewrite_lines(file, lambda line, value: False) == 0
    assert rewrite_lines(tmp_path / "missing", lambda line, value: True) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_only_objects_are_parsed() -> None:
    assert parsed(b'{"a": 1}') == {"a": 1}
    assert parsed(b"[1]") is None and parsed(b"{") is None and parsed(b"\xff") is None
