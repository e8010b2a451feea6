"""How busy this process is, measured: how late the event loop runs, how much processor it uses, how long frames wait
for an analysis thread, how many of them are analysed.

`LoadWindow` holds the figures of the last seconds and does the arithmetic; `LoadMeter` is the task that feeds it.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from media_pipeline.scheduler import SchedulerStatistics
from signaling.background import beside

__all__ = ["Load", "LoadMeter", "LoadWindow", "Sample"]

SAMPLE_S: Final = 0.1
WINDOW_S: Final = 5.0  # long enough for a percentile, short enough to forget an overload by the time of a second try


@dataclass(frozen=True, slots=True)
class Sample:
    """at: seconds, monotonic; lag_s: how late the event loop woke. Since the start of the process: cpu_s, seconds of
    processor; busy_s, seconds that analysis threads worked; runs, frames they analysed."""

    at: float
    lag_s: float
    cpu_s: float
    busy_s: float
    runs: int


@dataclass(frozen=True, slots=True)
class Load:
    """Over the last seconds. loop_lag_*: seconds that the event loop was late; processor: cores in use, of `cores`;
    delay_*: seconds that frames waited for an analysis thread; busy: part of the threads' time that they worked, 0-1;
    frames_per_s: analysed in all sessions together."""

    loop_lag_p50_s: float = 0.0
    loop_lag_p95_s: float = 0.0
    processor: float = 0.0
    cores: int = 1
    delay_p50_s: float = 0.0
    delay_p95_s: float = 0.0
    busy: float = 0.0
    frames_per_s: float = 0.0


class LoadWindow:
    """The samples of the last seconds. threads: how many analyse; cores: how many the process may use."""

    def __init__(self, threads: int, cores: int, window_s: float = WINDOW_S) -> None:
        self._threads = threads
        self._cores = cores
        self._window_s = window_s
        self._samples: deque[Sample] = deque()

    def add(self, sample: Sample) -> None:
        """The newest sample; those that are too old go."""
        self._samples.append(sample)
        while sample.at - self._samples[0].at > self._window_s:
            self._samples.popleft()

    def load(self, delay_p50_s: float = 0.0, delay_p95_s: float = 0.0) -> Load:
        """What the samples come to; nothing before the second one."""
        if len(self._samples) < 2:
            return Load(cores=self._cores, delay_p50_s=delay_p50_s, delay_p95_s=delay_p95_s)
        first, last = self._samples[0], self._samples[-1]
        seconds = max(last.at - first.at, 1e-6)
        lags = sorted(sample.lag_s for sample in self._samples)
        return Load(
            loop_lag_p50_s=lags[len(lags) // 2],
            loop_lag_p95_s=lags[int(len(lags) * 0.95)],
            processor=(last.cpu_s - first.cpu_s) / seconds,
            cores=self._cores,
            delay_p50_s=delay_p50_s,
            delay_p95_s=delay_p95_s,
            busy=min(1.0, (last.busy_s - first.busy_s) / seconds / self._threads),
            frames_per_s=(last.runs - first.runs) / seconds,
        )


class LoadMeter:
    """Samples the process while `running()`. scheduler: its statistics; threads: how many it has; saw_lag gets each
    measurement of the event loop's lateness, seconds."""

    def __init__(
        self,
        scheduler: Callable[[], SchedulerStatistics],
        threads: int,
        saw_lag: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._scheduler = scheduler
        self._saw_lag = saw_lag
        self._window = LoadWindow(threads, len(os.sched_getaffinity(0)))

    @property
    def load(self) -> Load:
        """As of now."""
        statistics = self._scheduler()
        return self._window.load(statistics.delay_p50_s, statistics.delay_p95_s)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["LoadMeter"]:
        """Measure as long as the block lasts."""
        async with beside(self._measure(), "load-meter"):
            yield self

    async def _measure(self) -> None:
        while True:
            due = time.monotonic() + SAMPLE_S
            await asyncio.sleep(SAMPLE_S)
            now = time.monotonic()
            lag = max(0.0, now - due)
            self._saw_lag(lag)
            statistics = self._scheduler()
            self._window.add(Sample(now, lag, time.process_time(), statistics.busy_s, statistics.runs))
