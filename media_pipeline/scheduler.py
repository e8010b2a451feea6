"""Shares a few worker threads among all live sessions, fairly and with the newest work first in mind.

A session has a slot. A slot is run by one thread at a time; telling it that there is work (`ready`) is idempotent, so
work never queues up here: whoever runs takes the newest there is. Among ready slots the one that has used the least
time goes first (start-time fair queueing: Goyal, Vin and Cheng 1996, with measured run times as the lengths).

A run that does not end in time cannot be stopped, because Python has no way to end a thread. Its slot is retired, its
thread is given up, knowingly leaked and counted, and another takes its place, so that the other sessions keep their
rate.
"""

import contextvars
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

__all__ = ["Scheduler", "SchedulerStatistics", "Slot"]

logger = logging.getLogger(__name__)

LOOK_BACK_S = 1.0  # what lies farther back says nothing of now
MOST_LOOKED_AT = 2048  # runs


@dataclass(frozen=True, slots=True)
class SchedulerStatistics:
    """delay_*: seconds from a slot's ready() to its start, over the last second; busy_s: seconds of thread time
    used since the start; failed: runs that raised; hung: threads given up that have not come back. Over the last
    second: rate, runs of each slot that ran at all; merged: part of the calls of ready() that found the slot ready
    already, 0-1."""

    slots: int
    delay_p50_s: float
    delay_p95_s: float
    busy_s: float
    runs: int
    failed: int
    hung: int = 0
    rate: float = 0.0
    merged: float = 0.0


@dataclass(frozen=True, slots=True)
class _Start:
    """Of a run: seconds, monotonic; seconds since the slot became ready; whose; calls of ready() that it answers."""

    at: float
    delay_s: float
    slot: "Slot"
    calls: int


class Slot:
    """A session's place. Made by Scheduler.add."""

    def __init__(self, scheduler: "Scheduler", run: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._run = run
        # all below is guarded by the scheduler's condition
        self._virtual_time = 0.0
        self._ready_since: float | None = None
        self._calls = 0  # of ready() since the last run began
        self._running_since: float | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._hung = False
        self._failures = 0  # runs that raised
        self._context = contextvars.copy_context()  # of the session: its log lines carry its id

    def ready(self) -> None:
        """There is work. From any thread."""
        self._scheduler._mark_ready(self)

    def close(self, timeout_s: float = 5.0) -> bool:
        """Run no more, and wait for a run that is under way. False if that did not end in time. Not from a worker."""
        return self._scheduler._close_slot(self, timeout_s)

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def hung(self) -> bool:
        """Whether a run did not end in time: the slot is closed, and what the run holds may still be in use."""
        return self._hung


class Scheduler:
    """Owns the worker threads. Use as a context manager, or close(). hang_s: seconds after which a run is given up."""

    def __init__(self, threads: int = 1, hang_s: float = math.inf) -> None:
        if threads < 1:
            raise ValueError("a scheduler needs at least one thread")
        self._hang_s = hang_s
        self._hung = 0
        self._made = 0
        lock = threading.RLock()
        self._condition = threading.Condition(lock)  # of those who wait for a run to end
        self._end = threading.Condition(lock)  # of the watch, which must not be woken by every run
        self._work_there = threading.Condition(lock)  # of workers alone: one wake-up must not go to anybody else
        self._slots: list[Slot] = []
        self._running: set[Slot] = set()
        self._closing = False
        self._virtual_now = 0.0
        self._starts: deque[_Start] = deque(maxlen=MOST_LOOKED_AT)  # of the last second's runs
        self._busy_s = 0.0
        self._runs = 0
        self._failed = 0
        self._threads: list[threading.Thread] = []
        for _ in range(threads):
            self._start_thread()
        self._watch = threading.Thread(target=self._look_for_hung, name="analysis-watch", daemon=True)
        if math.isfinite(hang_s):
            self._watch.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, run: Callable[[], None]) -> Slot:
        """A new slot whose work is `run`. An exception from `run` is logged and harms no other slot."""
        slot = Slot(self, run)
        with self._condition:
            if self._closing:
                raise RuntimeError("the scheduler is closed")
            slot._virtual_time = self._virtual_now
            self._slots.append(slot)
        return slot

    def close(self, timeout_s: float = 5.0) -> None:
        """Finish the runs under way and stop the threads."""
        with self._condition:
            self._closing = True
            for waiting in (self._condition, self._work_there, self._end):
                waiting.notify_all()
        for thread in self._threads:
            thread.join(timeout_s)
        if self._watch.is_alive():
            self._watch.join(timeout_s)

    @property
    def statistics(self) -> SchedulerStatistics:
        with self._condition:
            self._forget_starts(time.monotonic())
            delays = sorted(start.delay_s for start in self._starts)
            ran = len({start.slot for start in self._starts})
            calls = sum(start.calls for start in self._starts)
            return SchedulerStatistics(
                slots=len(self._slots),
                delay_p50_s=delays[len(delays) // 2] if delays else 0.0,
                delay_p95_s=delays[int(len(delays) * 0.95)] if delays else 0.0,
                busy_s=self._busy_s,
                runs=self._runs,
                failed=self._failed,
                hung=self._hung,
                rate=len(delays) / ran / LOOK_BACK_S if ran else 0.0,
                merged=1 - len(delays) / calls if calls else 0.0,
            )

    # --- called by slots ----------------------------------------------------------------------------------------------

    def _mark_ready(self, slot: Slot) -> None:
        with self._condition:
            if slot._closed:
                return
            slot._calls += 1
            if slot._ready_since is not None:
                return
            slot._ready_since = time.monotonic()
            # whoever was idle earns no credit for it
            slot._virtual_time = max(slot._virtual_time, self._virtual_now)
            self._work_there.notify()

    def _close_slot(self, slot: Slot, timeout_s: float) -> bool:
        with self._condition:
            if not slot._closed:
                slot._closed = True
                slot._ready_since = None
                self._slots.remove(slot)
            return self._condition.wait_for(lambda: slot._running_since is None or slot._hung, timeout_s) and (
                slot._running_since is None
            )

    # --- worker threads -----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._condition:
                slot = self._next()
                while slot is None:
                    if self._closing:
                        return
                    self._work_there.wait()
                    slot = self._next()
                if self._closing:
                    return
                started = time.monotonic()
                ready_since = slot._ready_since
                assert ready_since is not None
                self._starts.append(_Start(started, started - ready_since, slot, slot._calls))
                self._forget_starts(started)
                self._virtual_now = max(self._virtual_now, slot._virtual_time)
                slot._ready_since, slot._calls = None, 0
                slot._running_since, slot._thread = started, threading.current_thread()
                self._running.add(slot)
            failed = False
            try:
                slot._context.run(slot._run)
            except Exception:
                failed = True
                slot._failures += 1
                if math.log10(slot._failures).is_integer():  # the 1st, 10th, 100th: not 30 a second
                    slot._context.run(logger.exception, "analysis failed, %d times so far", slot._failures)
            with self._condition:
                elapsed = time.monotonic() - started
                slot._virtual_time += elapsed
                slot._running_since = slot._thread = None
                self._running.discard(slot)
                if slot._hung:
                    self._hung -= 1
                    self._condition.notify_all()
                    break  # another thread is here in its place
                self._busy_s += elapsed
                self._runs += 1
                self._failed += failed
                # someone may wait for this slot to end, or it became ready meanwhile
                self._condition.notify_all()
                self._work_there.notify()
        slot._context.run(logger.warning, "an analysis that was given up has ended after %.1f s", elapsed)

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=f"analysis-{self._made}", daemon=True)
        self._made += 1
        self._threads.append(thread)
        thread.start()

    def _look_for_hung(self) -> None:
        while True:
            with self._condition:
                if self._end.wait_for(lambda: self._closing, self._hang_s / 4):
                    return
                before = time.monotonic() - self._hang_s
                late = [
                    slot
                    for slot in self._running
                    if not slot._hung and slot._running_since is not None and slot._running_since < before
                ]
                for slot in late:
                    self._give_up(slot)
            for slot in late:
                # the thread that hangs is inside the slot's own context
                slot._context.copy().run(
                    logger.error, "an analysis takes more than %.1f s and is given up", self._hang_s
                )

    def _give_up(self, slot: Slot) -> None:
        slot._hung = slot._closed = True
        slot._ready_since = None
        if slot in self._slots:
            self._slots.remove(slot)
        if slot._thread is not None:
            self._threads.remove(slot._thread)
        self._hung += 1
        self._start_thread()
        self._condition.notify_all()

    def _forget_starts(self, now: float) -> None:
        while self._starts and self._starts[0].at < now - LOOK_BACK_S:
            self._starts.popleft()

    def _next(self) -> Slot | None:
        runnable = (slot for slot in self._slots if slot._ready_since is not None and slot._running_since is None)
        return min(runnable, key=lambda slot: slot._virtual_time, default=None)
