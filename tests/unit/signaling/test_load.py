"""Load is what the last seconds were, and no longer ago."""

import asyncio
import time

import pytest

from media_pipeline.scheduler import SchedulerStatistics
from signaling.load import LoadMeter, LoadWindow, Sample


def test_nothing_is_known_before_there_are_two_samples() -> None:
    window = LoadWindow(threads=2, cores=4)
    window.add(Sample(at=0, lag_s=9, cpu_s=9, busy_s=9, runs=9))
    load = window.load(delay_p95_s=0.3)
    assert (load.busy, load.processor, load.frames_per_s, load.loop_lag_p95_s) == (0, 0, 0, 0)
    assert (load.cores, load.delay_p95_s) == (4, 0.3)


def test_rates_are_differences_over_the_window() -> None:
    window = LoadWindow(threads=2, cores=2)
    for n in range(11):
        window.add(Sample(at=n / 10, lag_s=0.001 * n, cpu_s=5 + n * 0.15, busy_s=7 + n * 0.1, runs=100 + 6 * n))
    load = window.load()
    assert load.processor == pytest.approx(1.5)
    assert load.busy == pytest.approx(0.5)
    assert load.frames_per_s == pytest.approx(60)
    assert load.loop_lag_p50_s == pytest.approx(0.005)
    assert load.loop_lag_p95_s == pytest.approx(0.010)


def test_what_is_older_than_the_window_is_forgotten() -> None:
    window = LoadWindow(threads=1, cores=1, window_s=1.0)
    for n in range(30):
        late = 1.0 if n < 10 else 0.0
        window.add(Sample(at=n / 10, lag_s=late, cpu_s=0, busy_s=0, runs=0))
    assert window.load().loop_lag_p95_s == 0


async def test_a_blocked_event_loop_is_seen() -> None:
    lags: list[float] = []
    statistics = SchedulerStatistics(slots=0, delay_p50_s=0.1, delay_p95_s=0.2, busy_s=0, runs=0, failed=0)
    async with LoadMeter(lambda: statistics, 1, lags.append).running() as meter:
        await asyncio.sleep(0.15)
        time.sleep(0.3)  # noqa: ASYNC251
        for _ in range(200):
            if lags and max(lags) > 0.2:
                break
            await asyncio.sleep(0.05)
        assert meter.load.loop_lag_p95_s > 0.2
        assert meter.load.delay_p95_s == 0.2
        assert meter.load.processor >= 0
