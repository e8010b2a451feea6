"""Where a session's still arrives in pieces: one at a time, in the room that the desk has for it, in time."""

import asyncio
from collections.abc import Callable
from typing import Final

from signaling.capture_desk import CaptureDesk
from signaling.captured import CapturedStill
from signaling.errors import CaptureRefused
from signaling.still_upload import StillRefused, StillUpload

__all__ = ["StillReceiver"]

CHUNK_TIMEOUT_S: Final = 10.0  # without a piece for longer, the client has given up
UPLOAD_TIMEOUT_S: Final = 180.0  # 20 MB at a megabit a second


class StillReceiver:
    """refused is called when a still that had begun to come is given up. Only on the event loop."""

    def __init__(self, desk: CaptureDesk, refused: Callable[[StillRefused], None]) -> None:
        self._desk = desk
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._upload: StillUpload | None = None
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._swallow = 0  # bytes of a still that was refused, which its client has sent before it heard of that

    def begin(self, size: int, sha256: str) -> None:
        """Wait for a still of so many bytes; one that was on its way is dropped. Raises CaptureRefused: too_large,
        busy."""
        self.drop()
        self._swallow = 2 * size
        if size > self._desk.upload_max_bytes:
            raise CaptureRefused("too_large", f"A still may have {self._desk.upload_max_bytes} bytes at most.", 413)
        if not self._desk.take_upload():
            raise CaptureRefused("busy", "Too many pictures are on their way right now: try again in a moment.", 503)
        self._upload = StillUpload(size, sha256)
        self._until = self._loop.time() + UPLOAD_TIMEOUT_S
        self._wait()

    def add(self, message: bytes) -> bool:
        """A binary message. False when none is due."""
        if self._upload is None:
            self._swallow -= len(message)
            return self._swallow >= 0
        self._swallow -= len(message)
        try:
            self._upload.add(message)
        except StillRefused as refusal:
            self._give_up(refusal)
        else:
            self._wait()
        return True

    def finish(self) -> CapturedStill | None:
        """The whole still; None where it is not whole, which refused() has been told."""
        assert self._upload is not None
        try:
            data = self._upload.finish()
        except StillRefused as refusal:
            self._give_up(refusal)
            return None
        sha256 = self._upload.sha256
        self.drop()
        self._swallow = 0
        return CapturedStill(data, sha256)

    def drop(self) -> None:
        """Forget what has come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._upload is not None:
            self._upload = None
            self._desk.end_upload()

    def _give_up(self, refusal: StillRefused) -> None:
        self.drop()
        self._refused(refusal)

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait_s = min(CHUNK_TIMEOUT_S, max(0.0, self._until - self._loop.time()))
        self._timer = self._loop.call_later(
            wait_s, self._give_up, StillRefused("still_too_slow", "The picture did not come in time.")
        )
