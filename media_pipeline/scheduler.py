"""Shares a few worker threads among all live sessions, fairly and with the newest work first in mind.

A session has a slot per lane. A slot is run by one thread at a time; telling it that there is work (`ready`) is
idempotent, so work never queues up here: whoever runs takes the newest there is. Among ready slots of the track lane
the one that has used the least time goes first (start-time fair queueing: Goyal, Vin and Cheng 1996, with measured run
times as the lengths). The inspect lane gives way to it, until an inspection's deadline has passed; then the two take
turns.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

__all__ = ["Lane", "Scheduler", "SchedulerStatistics", "Slot"]

logger = logging.getLogger(__name__)

# Seconds of inspection earned by a second of idleness or of tracking. A lone session leaves a thread idle four fifths
# of the time: half of that lets it be inspected several times a second, and most frames still find the thread free.
IDLE_CREDIT = 0.5
TRACK_CREDIT = 0.15
OVERDUE_TRACK_CREDIT = 0.5
MOST_CREDIT_S = 0.2  # what may be saved up: two whole inspections
DELAY_SAMPLES = 512  # enough for a p95 over the last seconds under load


class Lane(Enum):
    """What a slot's work is for."""

    TRACK = "track"  # every analysed frame
    INSPECT = "inspect"  # detectors, in short slices


@dataclass(frozen=True, slots=True)
class SchedulerStatistics:
    """delay_*: seconds from a track slot's ready() to its start, over the latest runs; busy_s: seconds of thread time
    used since the start, by lane; failed: runs that raised."""

    slots: int
    delay_p50_s: float
    delay_p95_s: float
    busy_s: dict[Lane, float]
    runs: dict[Lane, int]
    failed: int


class Slot:
    """A session's place in one lane. Made by Scheduler.add."""

    def __init__(self, scheduler: "Scheduler", lane: Lane, run: Callable[[], None]) -> None:
        self.lane = lane
        self._scheduler = scheduler
        self._run = run
        # all below is guarded by the scheduler's condition
        self._virtual_time = 0.0
        self._ready_since: float | None = None
        self._deadline = 0.0
        self._running = False
        self._closed = False

    def ready(self, deadline: float | None = None) -> None:
        """There is work. deadline (seconds, monotonic) is when an inspection stops giving way. From any thread."""
        self._scheduler._mark_ready(self, deadline)

    def close(self, timeout_s: float = 5.0) -> bool:
        """Run no more, and wait for a run that is under way. False if that did not end in time. Not from a worker."""
        return self._scheduler._close_slot(self, timeout_s)

    @property
    def closed(self) -> bool:
        return self._closed


class Scheduler:
    """Owns the worker threads. Use as a context manager, or close()."""

    def __init__(self, threads: int = 1) -> None:
        if threads < 1:
            raise ValueError("a scheduler needs at least one thread")
        self._condition = threading.Condition()
        self._slots: dict[Lane, list[Slot]] = {Lane.TRACK: [], Lane.INSPECT: []}
        self._closing = False
        self._virtual_now = 0.0
        self._inspect_credit_s = MOST_CREDIT_S
        self._delays: deque[float] = deque(maxlen=DELAY_SAMPLES)
        self._busy_s = dict.fromkeys(Lane, 0.0)
        self._runs = dict.fromkeys(Lane, 0)
        self._failed = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"analysis-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, run: Callable[[], None], lane: Lane = Lane.TRACK) -> Slot:
        """A new slot whose work is `run`. An exception from `run` is logged and harms no other slot."""
        slot = Slot(self, lane, run)
        with self._condition:
            if self._closing:
                raise RuntimeError("the scheduler is closed")
            slot._virtual_time = self._virtual_now
            self._slots[lane].append(slot)
        return slot

    def close(self, timeout_s: float = 5.0) -> None:
        """Finish the runs under way and stop the threads."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        for thread in self._threads:
            thread.join(timeout_s)

    @property
    def statistics(self) -> SchedulerStatistics:
        with self._condition:
            delays = sorted(self._delays)
            return SchedulerStatistics(
                slots=len(self._slots[Lane.TRACK]),
                delay_p50_s=delays[len(delays) // 2] if delays else 0.0,
                delay_p95_s=delays[int(len(delays) * 0.95)] if delays else 0.0,
                busy_s=dict(self._busy_s),
                runs=dict(self._runs),
                failed=self._failed,
            )

    # --- called by slots ----------------------------------------------------------------------------------------------

    def _mark_ready(self, slot: Slot, deadline: float | None) -> None:
        with self._condition:
            if slot._closed or slot._ready_since is not None:
                return
            now = time.monotonic()
            slot._ready_since = now
            slot._deadline = now if deadline is None else deadline
            # whoever was idle earns no credit for it
            slot._virtual_time = max(slot._virtual_time, self._virtual_now)
            self._condition.notify()

    def _close_slot(self, slot: Slot, timeout_s: float) -> bool:
        with self._condition:
            if not slot._closed:
                slot._closed = True
                slot._ready_since = None
                self._slots[slot.lane].remove(slot)
            return self._condition.wait_for(lambda: not slot._running, timeout_s)

    # --- worker threads -----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._condition:
                slot = self._next()
                while slot is None:
                    if self._closing:
                        return
                    idle_since = time.monotonic()
                    self._condition.wait(self._until_credit())
                    self._earn((time.monotonic() - idle_since) * IDLE_CREDIT)
                    slot = self._next()
                if self._closing:
                    return
                started = time.monotonic()
                ready_since = slot._ready_since
                assert ready_since is not None
                if slot.lane is Lane.TRACK:
                    self._delays.append(started - ready_since)
                    self._virtual_now = max(self._virtual_now, slot._virtual_time)
                slot._ready_since = None
                slot._running = True
            failed = False
            try:
                slot._run()
            except Exception:
                failed = True
                logger.exception("analysis failed")
            with self._condition:
                elapsed = time.monotonic() - started
                slot._virtual_time += elapsed
                self._settle(slot, elapsed)
                slot._running = False
                self._busy_s[slot.lane] += elapsed
                self._runs[slot.lane] += 1
                self._failed += failed
                # someone may wait for this slot to end, or it became ready meanwhile
                self._condition.notify_all()

    def _next(self) -> Slot | None:
        inspect = self._next_inspection()
        if inspect is not None and self._inspect_credit_s > 0 and inspect._deadline <= time.monotonic():
            return inspect
        track = min(self._runnable(Lane.TRACK), key=lambda slot: slot._virtual_time, default=None)
        if track is not None:
            return track
        return inspect if self._inspect_credit_s > 0 else None

    def _next_inspection(self) -> Slot | None:
        return min(self._runnable(Lane.INSPECT), key=lambda slot: slot._deadline, default=None)

    def _settle(self, slot: Slot, elapsed: float) -> None:
        """Pay for an inspection's slice, or earn by tracking."""
        if slot.lane is Lane.INSPECT:
            self._inspect_credit_s -= elapsed
            return
        waiting = self._next_inspection()
        overdue = waiting is not None and waiting._deadline <= time.monotonic()
        self._earn(elapsed * (OVERDUE_TRACK_CREDIT if overdue else TRACK_CREDIT))

    def _earn(self, seconds: float) -> None:
        self._inspect_credit_s = min(MOST_CREDIT_S, self._inspect_credit_s + seconds)

    def _until_credit(self) -> float | None:
        """Seconds of idleness until a waiting inspection may run; None when none waits."""
        if self._next_inspection() is None:
            return None
        return max(0.001, -self._inspect_credit_s / IDLE_CREDIT)

    def _runnable(self, lane: Lane) -> list[Slot]:
        return [slot for slot in self._slots[lane] if slot._ready_since is not None and not slot._running]
