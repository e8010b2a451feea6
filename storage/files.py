"""Pictures on the disk, under MEDIA_ROOT/Project_Folder.

    Project_Folder/reports/ab/ab12.../NAME        files of the report ab12..., as one folder
    Project_Folder/incoming/ab12.../NAME          the same, until the report's row is committed
    Project_Folder/passing/EXPIRES-ID/NAME        files of analyses that are not kept, until EXPIRES (Unix seconds)

Names are random; nothing a client sent is ever part of a path. A report's files are written and synced in `incoming`,
the row is committed, then the folder is renamed into place: one rename, so all of the files are there or none is. After
a crash `storage.recovery` renames what has a row and removes the rest. Nothing outside `incoming` and `passing` is ever
removed for want of a row: an empty database beside full folders is a database that waits for its restore.
"""

import asyncio
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from storage.errors import FileMissing, StorageFull, StorageUnavailable
from storage.identifiers import is_id, new_id
from storage.records import FileKind, NewFile, StoredFile

__all__ = ["SUFFIXES", "FileStore", "file_key", "split_key", "sync_folder"]

P = ParamSpec("P")
T = TypeVar("T")

SUFFIXES: Final[Mapping[str, str]] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/svg+xml": "svg",
}
NAME: Final = r"[0-9a-f]{32}\.(?:jpg|png|webp|svg)"
REPORT_KEY: Final = re.compile(rf"([0-9a-f]{{32}})/({NAME})")
PASSING_KEY: Final = re.compile(rf"([0-9]{{10,11}}-[0-9a-f]{{32}})/({NAME})")
NO_SPACE: Final = frozenset({28, 122})  # ENOSPC, EDQUOT


class FileStore:
    """The folder of pictures. Several processes may share it."""

    def __init__(self, media_root: Path) -> None:
        self.root: Final = media_root / "Project_Folder"
        self.incoming: Final = self.root / "incoming"
        self.passing: Final = self.root / "passing"
        self.reports: Final = self.root / "reports"
        for folder in (self.incoming, self.passing, self.reports):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def stage(self, report_id: str, files: Sequence[NewFile]) -> tuple[StoredFile, ...]:
        """Write and sync a report's files in `incoming`. Raises StorageFull or StorageUnavailable, leaving nothing."""
        return await _off_loop(self._write, self.incoming / report_id, report_id, files)

    async def publish(self, report_id: str) -> None:
        """Rename a staged report's folder into its place; does nothing where that has happened."""
        await _off_loop(self._publish, report_id)

    async def discard(self, report_id: str) -> None:
        """Remove a staged report's files."""
        await _off_loop(_remove, self.incoming / report_id)

    async def write_passing(self, files: Sequence[NewFile], expires_at: float) -> tuple[StoredFile, ...]:
        """Write files of an analysis that is not kept; they are removed after expires_at (Unix seconds)."""
        group = f"{int(expires_at)}-{new_id()}"
        return await _off_loop(self._write, self.passing / group, group, files)

    def path(self, key: str) -> Path:
        """Where the file of that key lies. Raises FileMissing: also for a key of the wrong shape and for one that has
        expired. One look at the disk, no more."""
        group, name = split_key(key)
        places: tuple[Path, ...] = ()
        if is_id(group):
            places = (self._place(group) / name, self.incoming / group / name)
        elif int(group.split("-")[0]) > time.time():
            places = (self.passing / group / name,)
        for place in places:
            if place.is_file():
                return place
        raise FileMissing(key)

    async def read(self, key: str) -> bytes:
        """The file's bytes. Raises FileMissing, StorageUnavailable."""

        def work() -> bytes:
            try:
                return self.path(key).read_bytes()
            except FileNotFoundError:
                raise FileMissing(key) from None

        return await _off_loop(work)

    async def remove_reports(self, report_ids: Iterable[str]) -> None:
        """Remove every file of these reports."""

        def work(ids: list[str]) -> None:
            for report_id in ids:
                _remove(self._place(report_id))
                _remove(self.incoming / report_id)

        await _off_loop(work, list(report_ids))

    async def sweep_passing(self, now: float) -> int:
        """Remove the files that were to last until `now` (Unix seconds) at most; how many analyses that were."""

        def work() -> int:
            gone = [group for group in self.passing.iterdir() if _expiry(group.name) <= now]
            for group in gone:
                _remove(group)
            return len(gone)

        return await _off_loop(work)

    async def staged(self, older_than_s: float) -> tuple[str, ...]:
        """The ids of reports that have lain in `incoming` for so long."""

        def work() -> tuple[str, ...]:
            limit = time.time() - older_than_s
            found = []
            for folder in self.incoming.iterdir():
                try:
                    if is_id(folder.name) and folder.stat().st_mtime <= limit:
                        found.append(folder.name)
                except FileNotFoundError:  # published by another process in this moment
                    continue
            return tuple(sorted(found))

        return await _off_loop(work)

    async def present(self, report_id: str) -> dict[str, int]:
        """The files that lie in a report's folder: name -> bytes."""

        def work() -> dict[str, int]:
            place = self._place(report_id)
            return {file.name: file.stat().st_size for file in place.iterdir()} if place.is_dir() else {}

        return await _off_loop(work)

    async def adopt(self, report_id: str, name: str, data: bytes) -> None:
        """Put a file from a backup where it was; does nothing where it is."""
        split_key(file_key(report_id, name))

        def work() -> None:
            place = self._place(report_id)
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (place / name).exists():
                temporary = place / f".{new_id()}"
                _write_synced(temporary, data)
                temporary.rename(place / name)
                sync_folder(place)

        await _off_loop(work)

    async def all_reports(self) -> tuple[str, ...]:
        """The ids of all reports that have a folder in place."""

        def work() -> tuple[str, ...]:
            return tuple(sorted(p.name for p in self.reports.glob("??/*") if is_id(p.name)))

        return await _off_loop(work)

    def _place(self, report_id: str) -> Path:
        if not is_id(report_id):
            raise FileMissing(report_id)
        return self.reports / report_id[:2] / report_id

    def _write(self, folder: Path, group: str, files: Sequence[NewFile]) -> tuple[StoredFile, ...]:
        stored = []
        try:
            folder.mkdir(mode=0o700)
            for file in files:
                name = f"{new_id()}.{SUFFIXES[file.content_type]}"
                _write_synced(folder / name, file.data)
                stored.append(
                    StoredFile(
                        kind=FileKind(file.kind),
                        label=file.label,
                        key=file_key(group, name),
                        content_type=file.content_type,
                        size=len(file.data),
                        sha256=hashlib.sha256(file.data).hexdigest(),
                    )
                )
            sync_folder(folder)
            sync_folder(folder.parent)
        except BaseException:
            _remove(folder)
            raise
        return tuple(stored)

    def _publish(self, report_id: str) -> None:
        place = self._place(report_id)
        place.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            (self.incoming / report_id).rename(place)
        except FileNotFoundError:
            return
        sync_folder(place.parent)
        sync_folder(self.reports)
        sync_folder(self.incoming)


def file_key(group: str, name: str) -> str:
    """The key of a file: its report's id (or its passing group) and its name."""
    return f"{group}/{name}"


def split_key(key: str) -> tuple[str, str]:
    """A key's group and name. Raises FileMissing where it is not spelled as keys are: no path trick gets past."""
    match = REPORT_KEY.fullmatch(key) or PASSING_KEY.fullmatch(key)
    if match is None:
        raise FileMissing(key)
    return match[1], match[2]


def sync_folder(folder: Path) -> None:
    """Make the folder's entries survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_synced(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=False, onerror=_unless_gone)


def _unless_gone(function: object, path: str, info: tuple[type, BaseException, object]) -> None:
    if not isinstance(info[1], FileNotFoundError):
        raise info[1]


def _expiry(name: str) -> float:
    head = name.split("-")[0]
    return float(head) if head.isdecimal() else float("inf")


async def _off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise StorageFull("no room is left for pictures") from error
        raise StorageUnavailable(f"the folder of pictures does not answer: {error.strerror}") from error
