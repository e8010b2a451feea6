"""A multipart form with a picture in it, read as it arrives: the picture onto the disk, never over the cap, never for
ever."""

import asyncio
import errno
import hashlib
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, ParamSpec, TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from api.errors import ApiError
from api.requests import too_large, too_slow
from storage.errors import StorageFull, StorageUnavailable

__all__ = ["ReceivedPicture", "UploadLimits", "receive_form", "spool"]

CHUNK_BYTES: Final = 64 * 1024
SPOOLED_BYTES: Final = 512 * 1024  # written to the disk at once: fewer hops to the writing thread
FIELD_BYTES: Final = 4 * 1024
PARTS: Final = 16
ENVELOPE_BYTES: Final = 64 * 1024  # what boundaries, part headers and text fields may add to the picture
NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """max_bytes: of the picture; idle_s: without a byte; total_s: for the whole body; folder: where it is spooled."""

    max_bytes: int
    folder: Path
    idle_s: float = 20.0
    total_s: float = 300.0  # 20 MB at half a megabit a second


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedPicture:
    """A picture on the disk in a nameless file, which is gone when it is closed or the process ends."""

    file: IO[bytes]
    size: int
    sha256: str
    fields: dict[str, str]

    def read(self) -> bytes:
        """All of it; blocks."""
        self.file.seek(0)
        return self.file.read()

    def close(self) -> None:
        self.file.close()


async def receive_form(request: web.Request, limits: UploadLimits) -> ReceivedPicture:
    """The form's `file` and its text fields. Closing the result is the caller's.

    Raises ApiError 400 (broken form, `file` missing or twice), 408, 413, 415; StorageFull, StorageUnavailable.
    """
    if request.content_type != "multipart/form-data":
        raise ApiError(415, "unsupported_media_type", "Please send a form: multipart/form-data with the part `file`.")
    if request.content_length is not None and request.content_length > limits.max_bytes + ENVELOPE_BYTES:
        raise too_large(limits.max_bytes)
    try:
        async with asyncio.timeout(limits.total_s):
            return await _read_parts(request, limits)
    except TimeoutError:
        raise too_slow(limits.total_s) from None
    except (ValueError, HttpProcessingError):  # what aiohttp's reader says of a form that is none
        raise _broken("it is not well-formed") from None


async def spool(data: bytes, fields: dict[str, str], limits: UploadLimits) -> ReceivedPicture:
    """A picture that came inside of something else, put where uploads are. Raises as `receive_form` does."""
    if len(data) > limits.max_bytes:
        raise too_large(limits.max_bytes)
    file = await _opened(limits.folder)
    try:
        await _off_loop(_write, file, data)
    except BaseException:
        file.close()
        raise
    return ReceivedPicture(file, len(data), hashlib.sha256(data).hexdigest(), fields)


async def _read_parts(request: web.Request, limits: UploadLimits) -> ReceivedPicture:
    fields: dict[str, str] = {}
    received: tuple[IO[bytes], int, str] | None = None
    try:
        reader = await request.multipart()
        for _ in range(PARTS):
            part = await _in_time(reader.next(), limits.idle_s)
            if part is None:
                break
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise _broken("a part without a name")
            if part.name != "file":
                fields[part.name] = await _text(part, limits.idle_s)
            elif received is not None:
                raise _broken("more than one part called `file`")
            else:
                received = await _spool_part(part, limits)
                fields.setdefault("filename", part.filename or "")
        else:
            raise _broken(f"more than {PARTS} parts")
        if received is None:
            raise ApiError(400, "file_missing", "The form has no part called `file` with the picture.")
    except BaseException:
        if received is not None:
            received[0].close()
        raise
    return ReceivedPicture(received[0], received[1], received[2], fields)


async def _spool_part(part: BodyPartReader, limits: UploadLimits) -> tuple[IO[bytes], int, str]:
    file = await _opened(limits.folder)
    try:
        digest, size, pending = hashlib.sha256(), 0, bytearray()
        while not part.at_eof():
            chunk = await _in_time(part.read_chunk(CHUNK_BYTES), limits.idle_s)
            size += len(chunk)
            if size > limits.max_bytes:
                raise too_large(limits.max_bytes)
            digest.update(chunk)
            pending += chunk
            if len(pending) >= SPOOLED_BYTES:
                await _off_loop(_write, file, bytes(pending))
                pending.clear()
        await _off_loop(_write, file, bytes(pending))
    except BaseException:
        file.close()
        raise
    return file, size, digest.hexdigest()


async def _text(part: BodyPartReader, idle_s: float) -> str:
    value = bytearray()
    while not part.at_eof():
        chunk = await _in_time(part.read_chunk(CHUNK_BYTES), idle_s)
        value += chunk
        if len(value) > FIELD_BYTES:
            raise ApiError(413, "too_large", f"The field `{part.name}` is longer than {FIELD_BYTES} bytes.")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _broken(f"the field `{part.name}` is not UTF-8 text") from None


async def _in_time(reading: Coroutine[Any, Any, T], idle_s: float) -> T:
    try:
        async with asyncio.timeout(idle_s):
            return await reading
    except TimeoutError:
        raise too_slow(idle_s) from None


def _broken(why: str) -> ApiError:
    return ApiError(400, "invalid_form", f"The form cannot be read: {why}.")


async def _opened(folder: Path) -> IO[bytes]:
    """A nameless file; closed at once where the caller was cancelled while it was being opened."""
    opening = asyncio.ensure_future(_off_loop(_open, folder))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_opened)
        raise


def _close_opened(opening: "asyncio.Future[IO[bytes]]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _open(folder: Path) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.TemporaryFile(dir=folder, buffering=0)


def _write(file: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


async def _off_loop(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise StorageFull("no room is left for an upload") from error
        raise StorageUnavailable(f"an upload cannot be written: {error.strerror}") from error
