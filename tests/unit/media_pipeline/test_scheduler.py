"""The scheduler: fair by time used, one run at a time for a slot, nothing left behind."""

import threading
import time

import pytest

from media_pipeline.scheduler import Scheduler


class Gate:
    """Keeps the only worker busy until it is opened, so that a test can line up what comes next."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._started, self._open = threading.Event(), threading.Event()
        scheduler.add(self._hold).ready()
        assert self._started.wait(5)

    def _hold(self) -> None:
        self._started.set()
        self._open.wait(5)

    def open(self) -> None:
        self._open.set()


def test_work_that_is_ready_is_run() -> None:
    ran = threading.Event()
    with Scheduler() as scheduler:
        scheduler.add(ran.set).ready()
        assert ran.wait(5)


def test_saying_ready_twice_runs_once() -> None:
    done = threading.Event()
    runs: list[int] = []
    with Scheduler() as scheduler:
        gate = Gate(scheduler)
        slot = scheduler.add(lambda: runs.append(1))
        slot.ready()
        slot.ready()
        scheduler.add(done.set).ready()
        gate.open()
        assert done.wait(5)
        assert runs == [1]


def test_what_comes_faster_than_it_is_done_is_counted() -> None:
    done = threading.Event()
    with Scheduler() as scheduler:
        gate = Gate(scheduler)
        slot = scheduler.add(lambda: None)
        for _ in range(4):
            slot.ready()
        scheduler.add(done.set).ready()
        gate.open()
        assert done.wait(5)
        statistics = scheduler.statistics
    assert statistics.merged == pytest.approx(3 / 6)  # six calls, the gate's too, were answered by three runs
    assert statistics.rate == 1.0


def test_ready_during_a_run_runs_again() -> None:
    started, gate = threading.Event(), threading.Event()
    runs = threading.Semaphore(0)

    def work() -> None:
        started.set()
        gate.wait(5)
        runs.release()

    with Scheduler() as scheduler:
        slot = scheduler.add(work)
        slot.ready()
        assert started.wait(5)
        slot.ready()
        gate.set()
        assert runs.acquire(timeout=5)
        assert runs.acquire(timeout=5)


def test_a_slot_is_never_run_by_two_threads_at_once() -> None:
    inside, worst = [0], [0]
    done = threading.Semaphore(0)

    def work() -> None:
        inside[0] += 1
        worst[0] = max(worst[0], inside[0])
        time.sleep(0.002)
        inside[0] -= 1
        done.release()

    with Scheduler(threads=4) as scheduler:
        slot = scheduler.add(work)
        for _ in range(10):
            slot.ready()
            assert done.acquire(timeout=5)
            slot.ready()
    assert worst[0] == 1


def test_an_exception_harms_no_other_slot(caplog: pytest.LogCaptureFixture) -> None:
    ran = threading.Event()

    def fail() -> None:
        raise RuntimeError("broken")

    with Scheduler() as scheduler:
        scheduler.add(fail).ready()
        scheduler.add(ran.set).ready()
        assert ran.wait(5)
        assert scheduler.statistics.failed == 1
    assert "analysis failed" in caplog.text


def test_time_is_shared_evenly_between_cheap_and_dear_slots() -> None:
    used = {"cheap": 0.0, "dear": 0.0}
    finish = time.monotonic() + 0.6
    over = threading.Semaphore(0)

    with Scheduler() as scheduler:

        def worker(name: str, seconds: float) -> None:
            started = time.monotonic()
            while time.monotonic() - started < seconds:
                pass
            used[name] += time.monotonic() - started
            if time.monotonic() < finish:
                slots[name].ready()
            else:
                over.release()

        slots = {
            "cheap": scheduler.add(lambda: worker("cheap", 0.002)),
            "dear": scheduler.add(lambda: worker("dear", 0.02)),
        }
        for slot in slots.values():
            slot.ready()
        assert over.acquire(timeout=10)
        assert over.acquire(timeout=10)
    assert 0.7 < used["cheap"] / used["dear"] < 1.4


def test_a_closed_slot_runs_no_more_and_close_waits_for_its_run() -> None:
    started, gate = threading.Event(), threading.Event()
    ended: list[bool] = []

    def work() -> None:
        started.set()
        gate.wait(5)
        ended.append(True)

    with Scheduler() as scheduler:
        slot = scheduler.add(work)
        slot.ready()
        assert started.wait(5)
        slot.ready()
        threading.Timer(0.05, gate.set).start()
        assert slot.close()
        assert ended == [True]
        slot.ready()
        assert slot.closed
        assert scheduler.statistics.slots == 0
        time.sleep(0.05)
        assert ended == [True]


def test_closing_the_scheduler_ends_its_threads() -> None:
    before = threading.active_count()
    scheduler = Scheduler(threads=3)
    assert threading.active_count() == before + 3
    scheduler.close()
    assert threading.active_count() == before
    with pytest.raises(RuntimeError, match="closed"):
        scheduler.add(lambda: None)


def test_a_scheduler_without_threads_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Scheduler(threads=0)
