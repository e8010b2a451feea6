"""MEDIA_ROOT/user_progress.json: one JSON object a line for each saved report.

The database is told of a report first, marked "not logged"; then every report so marked is appended, the file is
synced, and the marks are taken off. All of that happens under a lock that other processes see. So a crash at any point
leaves at most reports that are not logged yet, whose lines may already be the last of the file: the next flush looks
there before it writes. A line that a crash tore is the last one too, and is cut off.
"""

import asyncio
import fcntl
import io
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import orjson

from storage import models
from storage.database import Database
from storage.errors import StorageFull, StorageUnavailable
from storage.files import NO_SPACE, sync_folder
from storage.progress_lines import line_of
from storage.reports import loaded

__all__ = ["ProgressLog"]

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

BATCH: Final = 100  # reports appended with one sync
TAIL_BYTES: Final = 1 << 20  # read at once when the file's end is searched
LOCK_TIMEOUT_S: Final = 20.0
LOCK_POLL_S: Final = 0.005


class ProgressLog:
    """The file and its lock. Several processes may share it."""

    def __init__(self, database: Database, media_root: Path) -> None:
        self.path: Final = media_root / "user_progress.json"
        self._lock_path = media_root / ".user_progress.lock"
        self._database = database
        self._turn = asyncio.Lock()
        self._known_size = -1  # the file's size when this process last left it complete

    async def flush(self) -> int:
        """Append every report that is not in the file yet; how many. Raises StorageUnavailable, StorageFull: what was
        not appended then is appended by a later call."""
        count = 0
        async with self._locked():
            while batch := await self._database.run(_pending):
                await _off_loop(self._append, batch)
                await self._database.run(partial(_mark_logged, list(batch)))
                count += len(batch)
        return count

    async def remove(self, drop: Callable[[bytes, dict[str, Any] | None], bool]) -> int:
        """Take out the lines for which drop(raw line, its object or None) is true; how many. The file is replaced in
        one step."""
        async with self._locked():
            self._known_size = -1
            return await _off_loop(rewrite_lines, self.path, drop)

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(LOCK_TIMEOUT_S) as limit:
                async with self._turn:
                    descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                    try:
                        while not _try_lock(descriptor):  # noqa: ASYNC110  # no event crosses processes
                            await asyncio.sleep(LOCK_POLL_S)
                        limit.reschedule(None)
                        yield
                    finally:
                        os.close(descriptor)
        except TimeoutError:
            raise StorageUnavailable("user_progress.json has been locked for too long") from None
        except OSError as error:
            raise _translated(error) from error

    def _append(self, lines: dict[str, bytes]) -> None:
        fresh = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size != self._known_size:
                size, there = _mend_tail(file, size, set(lines))
                lines = {report_id: line for report_id, line in lines.items() if report_id not in there}
            file.seek(size)
            try:
                _write_all(file, b"".join(lines.values()))
                os.fsync(file.fileno())
            except OSError:
                self._known_size = -1
                file.truncate(size)
                raise
            self._known_size = file.tell()
        if fresh:
            sync_folder(self.path.parent)


def rewrite_lines(path: Path, drop: Callable[[bytes, dict[str, Any] | None], bool]) -> int:
    """Replace the file by one without the lines that `drop` wants gone; how many there were."""
    if not path.exists():
        return 0
    temporary = path.with_name(f".{path.name}.new")
    dropped = 0
    with path.open("rb") as old, temporary.open("wb") as new:
        os.fchmod(new.fileno(), 0o600)
        for line in old:
            if drop(line, parsed(line)):
                dropped += 1
            else:
                new.write(line if line.endswith(b"\n") else line + b"\n")
        new.flush()
        os.fsync(new.fileno())
    if dropped:
        temporary.replace(path)
        sync_folder(path.parent)
    else:
        temporary.unlink()
    return dropped


def parsed(line: bytes) -> dict[str, Any] | None:
    """The line's object, None where it is none."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


async def _pending() -> dict[str, bytes]:
    rows = await models.Report.filter(logged=False).order_by("stored_at", "id").limit(BATCH).select_related("account")
    return {report.id: line_of(report) for report in await loaded(rows)}


async def _mark_logged(report_ids: list[str]) -> None:
    await models.Report.filter(id__in=report_ids).update(logged=True)


def _mend_tail(file: io.FileIO, size: int, wanted: set[str]) -> tuple[int, set[str]]:
    """Cut a torn last line off and find which of the wanted reports' lines are at the end already. The lines of one
    flush stand together at the end, so the search stops at the first line that is another's."""
    if size == 0:
        return 0, set()
    there: set[str] = set()
    start = max(0, size - TAIL_BYTES)
    while True:
        file.seek(start)
        tail = file.read(size - start)
        first_newline = tail.find(b"\n")
        if start == 0 or 0 <= first_newline < len(tail) - 1:
            break
        start = max(0, start - TAIL_BYTES)
    lines = tail.splitlines(keepends=True)
    if start > 0:
        lines = lines[1:]
    if not lines[-1].endswith(b"\n"):
        torn = lines.pop()
        if parsed(torn) is None:
            logger.warning("cut a torn line of %d bytes off user_progress.json", len(torn))
            size -= len(torn)
            file.truncate(size)
        else:
            file.seek(size)
            file.write(b"\n")
            size += 1
            lines.append(torn)
    for line in reversed(lines):
        value = parsed(line)
        report_id = None if value is None else value.get("report_id")
        if report_id not in wanted:
            break
        there.add(str(report_id))
    return size, there


def _write_all(file: io.FileIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise _translated(error) from error


def _translated(error: OSError) -> StorageUnavailable:
    if error.errno in NO_SPACE:
        return StorageFull("no room is left for user_progress.json")
    return StorageUnavailable(f"user_progress.json cannot be written: {error.strerror}")
