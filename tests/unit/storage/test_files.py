"""Pictures on the disk."""

import asyncio
import errno
import os
import time
from pathlib import Path

import pytest

from storage.errors import FileMissing, StorageFull, StorageUnavailable
from storage.files import FileStore, split_key
from storage.identifiers import is_id, new_id
from storage.records import FileKind, NewFile
from tests.unit.storage.drafts import pictures


@pytest.fixture
def store(media_root: Path) -> FileStore:
    return FileStore(media_root)


def everything(store: FileStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


async def test_staged_files_are_readable_and_move_into_place_as_one(store: FileStore) -> None:
    report_id = new_id()
    stored = await store.stage(report_id, pictures())
    assert [await store.read(file.key) for file in stored] == [file.data for file in pictures()]
    assert await store.present(report_id) == {}
    await store.publish(report_id)
    await store.publish(report_id)
    assert len(await store.present(report_id)) == 3
    assert [await store.read(file.key) for file in stored] == [file.data for file in pictures()]
    assert await store.staged(0.0) == () and await store.all_reports() == (report_id,)


async def test_names_are_random_and_files_are_their_owners_alone(store: FileStore) -> None:
    stored = await store.stage(new_id(), [NewFile(FileKind.CROP, "image/png", b"x", label="../../evil")] * 2)
    assert len({file.key for file in stored}) == 2
    for file in stored:
        group, name = split_key(file.key)
        assert is_id(group) and is_id(name.removesuffix(".png"))
        assert store.path(file.key).stat().st_mode & 0o077 == 0
        assert store.path(file.key).parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../../etc/passwd",
        "a" * 32 + "/../" + "b" * 32 + ".jpg",
        "a" * 32 + "/" + "b" * 32 + ".exe",
        "a" * 32 + "/" + "b" * 32 + ".jpg\n",
        "A" * 32 + "/" + "b" * 32 + ".jpg",
        "9999999999-" + "a" * 32 + "/" + "b" * 32 + ".jpg",
        "a" * 32 + "/" + "b" * 32 + ".jpg",
    ],
)
async def test_keys_of_another_shape_or_of_nothing_lead_nowhere(store: FileStore, key: str) -> None:
    with pytest.raises(FileMissing):
        store.path(key)
    with pytest.raises(FileMissing):
        await store.read(key)


async def test_passing_files_are_gone_when_their_time_is_over(store: FileStore) -> None:
    image = NewFile(FileKind.FACE, "image/jpeg", b"x")
    (soon,) = await store.write_passing([image], time.time() + 60)
    (over,) = await store.write_passing([image], time.time() - 1)
    assert await store.read(soon.key) == b"x"
    with pytest.raises(FileMissing):
        store.path(over.key)
    assert len(everything(store)) == 2
    assert await store.sweep_passing(time.time()) == 1
    assert len(everything(store)) == 1


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, StorageFull), (errno.EIO, StorageUnavailable)])
async def test_a_disk_that_fails_half_way_leaves_nothing(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    calls = []
    sync = os.fsync

    def fail_at_the_third(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_at_the_third)
    with pytest.raises(kind):
        await store.stage(new_id(), pictures())
    assert everything(store) == [] and list(store.incoming.iterdir()) == []


async def test_files_are_synced_before_they_are_named(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, Path.rename

    def noted_sync(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        sync(descriptor)

    def noted_rename(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "rename", noted_rename)
    report_id = new_id()
    await store.stage(report_id, pictures())
    await store.publish(report_id)
    assert steps == ["file"] * 3 + ["folder"] * 2 + ["rename"] + ["folder"] * 3


async def test_removing_while_a_report_moves_into_place_leaves_nothing(store: FileStore) -> None:
    for _ in range(20):
        report_id = new_id()
        await store.stage(report_id, pictures())
        await asyncio.gather(store.publish(report_id), store.remove_reports([report_id]))
        await store.remove_reports([report_id])
        assert everything(store) == []


async def test_a_file_from_a_backup_goes_where_it_was(store: FileStore) -> None:
    report_id, name = new_id(), f"{new_id()}.jpg"
    await store.adopt(report_id, name, b"first")
    await store.adopt(report_id, name, b"second")
    assert await store.read(f"{report_id}/{name}") == b"first"
    with pytest.raises(FileMissing):
        await store.adopt(report_id, "../../evil.jpg", b"x")
