"""The whole package opened and closed together."""

import asyncio
import os
from pathlib import Path

import pytest

from storage import Storage, open_storage
from storage.errors import StorageUnavailable
from storage.identifiers import new_id
from tests.unit.storage.drafts import pictures


async def test_a_storage_is_made_before_it_is_opened_and_says_so_until_then(tmp_path: Path, media_root: Path) -> None:
    storage = Storage(f"sqlite://{tmp_path}/deep/er/x.sqlite3", media_root)
    with pytest.raises(StorageUnavailable, match="not open"):
        await storage.accounts.find("amira")
    for _ in range(2):
        async with storage.opened():
            assert await storage.accounts.find("amira") is None
    with pytest.raises(StorageUnavailable, match="not open"):
        await storage.accounts.find("amira")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_closing_leaves_no_task_behind(storage: Storage, tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with open_storage(f"sqlite://{tmp_path}/other.sqlite3", tmp_path / "other"):
        assert any(task.get_name() == "housekeeping" for task in asyncio.all_tasks() - before)
    assert asyncio.all_tasks() == before


async def test_what_a_crash_left_is_put_right_while_the_storage_is_open(tmp_path: Path, media_root: Path) -> None:
    url = f"sqlite://{tmp_path}/x.sqlite3"
    async with open_storage(url, media_root) as storage:
        left = new_id()
        await storage.files.stage(left, pictures())
        folder = storage.files.incoming / left
        os.utime(folder, (0, 0))
    async with open_storage(url, media_root) as storage, asyncio.timeout(20):
        while await storage.files.staged(0.0):  # noqa: ASYNC110  # the housekeeper tells nobody
            await asyncio.sleep(0.02)
