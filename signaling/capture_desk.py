"""What the captures of all sessions share: who analyses them, how much may be on its way, and the tasks that do the
work, which outlive the session they came from."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from signaling.captured import CapturedBurst, CapturedStill
from signaling.visitor import Visitor

__all__ = ["AnalyseCapture", "CaptureDesk", "CaptureFailed", "CaptureJob", "CaptureOwner"]

logger = logging.getLogger(__name__)

CANCEL_TIMEOUT_S: Final = 2.0
MOST_BURSTS: Final = 4  # captures under way, above which one of the video is made of its best picture alone
MOST_UPLOADS: Final = 4  # pictures that are kept in memory while they come, each of UPLOAD_MAX_BYTES at most


class CaptureFailed(Exception):
    """There is no report; code for machines, the text for a person, details for both."""

    def __init__(self, code: str, sentence: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.details: Mapping[str, Any] = details or {}


@dataclass(frozen=True, slots=True)
class CaptureOwner:
    """Whose captures they are. base_url: what addresses in the answers begin with."""

    session_id: str
    visitor: Visitor
    base_url: str


@dataclass(frozen=True, slots=True)
class CaptureJob:
    """What is to be analysed for one capture. source: the video's best frames, or a still that the client took."""

    picture: CapturedStill | CapturedBurst
    capture_id: str
    owner: CaptureOwner
    source: Literal["frame", "still"]


AnalyseCapture = Callable[[CaptureJob], Awaitable[Mapping[str, Any]]]
"""Gives the fields of the `report` message. Raises CaptureFailed."""


class CaptureDesk:
    """upload_max_bytes: of one picture. Only on the event loop."""

    def __init__(self, analyse: AnalyseCapture, upload_max_bytes: int, most_uploads: int = MOST_UPLOADS) -> None:
        self.analyse: Final = analyse
        self.upload_max_bytes: Final = upload_max_bytes
        self._most_uploads = most_uploads
        self._uploads = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """Captures being analysed or waiting for it."""
        return len(self._tasks)

    @property
    def has_time(self) -> bool:
        """Whether a whole burst may be analysed: each of its pictures takes as long, and memory, as one alone."""
        return self.under_way < MOST_BURSTS

    def take_upload(self) -> bool:
        """Reserve the room for one upload; False where there is none. To be given back with `end_upload`."""
        if self._uploads >= self._most_uploads:
            return False
        self._uploads += 1
        return True

    def end_upload(self) -> None:
        """Give the room back."""
        self._uploads -= 1

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Own the work until it is done, whatever becomes of its session."""
        task = asyncio.create_task(work, name="capture")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def close(self, timeout_s: float) -> None:
        """Let what is under way come to its end; cancel it when the time is over."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            logger.warning("%d captures were not done when the server stopped", len(late))
            await asyncio.wait(late, timeout=CANCEL_TIMEOUT_S)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a capture failed", exc_info=error)
