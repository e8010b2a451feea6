"""CPU work off the event loop: a few threads, a bounded line before them, and a clear no when the line is full."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from api.errors import ApiError

__all__ = ["AnalysisQueue"]

T = TypeVar("T")


class AnalysisQueue:
    """threads work side by side; waiting: how many more may stand in line. Belongs to one event loop."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="still")
        self._room = threads + waiting
        self._threads = threads
        self._taken = 0
        self._seconds_each = 1.0  # smoothed, so that Retry-After is a fair guess

    @property
    def taken(self) -> int:
        """How many pieces of work are waiting or being done."""
        return self._taken

    def check_room(self) -> None:
        """Raises ApiError 503 with Retry-After when the line is full: worth asking before a body is read."""
        if self._taken >= self._room:
            seconds = max(1, round(self._taken * self._seconds_each / self._threads / 2))
            raise ApiError(
                503,
                "busy",
                "Too many pictures are being analysed right now. Please try again in a moment.",
                {"retry_after_s": seconds},
                {"Retry-After": str(seconds)},
            )

    async def run(self, work: Callable[[], T]) -> T:
        """Do `work` in one of the threads. What is being done goes on to its end when the caller is cancelled, what
        still waits is dropped. Raises ApiError 503 when the line is full, and whatever `work` raises."""
        self.check_room()
        self._taken += 1
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._workers, functools.partial(self._timed, loop, work))
        future.add_done_callback(self._done)
        return await future

    def close(self) -> None:
        """Drop what waits, finish what is being done, end the threads."""
        self._workers.shutdown(cancel_futures=True)

    def _timed(self, loop: asyncio.AbstractEventLoop, work: Callable[[], T]) -> T:
        start = loop.time()
        try:
            return work()
        finally:
            self._seconds_each += 0.2 * (loop.time() - start - self._seconds_each)

    def _done(self, future: "asyncio.Future[T]") -> None:
        self._taken -= 1
