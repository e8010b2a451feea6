"""A run that does not end: noticed, its slot retired, its thread replaced and counted; and runs that always raise."""

import contextvars
import logging
import sys
import threading
import time
from collections.abc import Callable

import pytest

from media_pipeline.scheduler import Scheduler


def until(what: Callable[[], bool], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def test_a_hung_run_is_given_up_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    release, ran = threading.Event(), threading.Event()
    threads_before = threading.active_count()
    with Scheduler(1, hang_s=0.2) as scheduler:

        def hang() -> None:
            release.wait(20)

        stuck = scheduler.add(hang)
        stuck.ready()
        scheduler.add(ran.set).ready()
        assert ran.wait(10)  # on the thread in its place
        assert stuck.hung
        assert stuck.closed
        assert stuck.close(timeout_s=20) is False  # what it holds must not be freed; known at once
        assert (scheduler.statistics.hung, scheduler.statistics.slots) == (1, 1)
        until(lambda: "given up" in caplog.text)
        stuck.ready()  # of no use any more
        release.set()
        until(lambda: scheduler.statistics.hung == 0)
    until(lambda: threading.active_count() == threads_before)


def test_a_session_that_ends_while_its_run_hangs_does_not_keep_the_thread() -> None:
    release, ran = threading.Event(), threading.Event()
    with Scheduler(1, hang_s=0.3) as scheduler:
        started = threading.Event()

        def hang() -> None:
            started.set()
            release.wait(20)

        stuck = scheduler.add(hang)
        stuck.ready()
        assert started.wait(5)
        assert stuck.close(timeout_s=0.05) is False
        scheduler.add(ran.set).ready()
        assert ran.wait(10)
        release.set()
        until(lambda: scheduler.statistics.hung == 0)


def test_closing_does_not_wait_for_what_hangs() -> None:
    release = threading.Event()
    scheduler = Scheduler(1, hang_s=0.1)

    def hang() -> None:
        release.wait(20)

    slot = scheduler.add(hang)
    slot.ready()
    until(lambda: slot.hung)
    started = time.monotonic()
    scheduler.close()
    assert time.monotonic() - started < 4
    release.set()


def test_runs_that_always_raise_are_counted_and_told_rarely(caplog: pytest.LogCaptureFixture) -> None:
    with Scheduler(1) as scheduler:

        def fail() -> None:
            raise ValueError("on every frame")

        slot = scheduler.add(fail)
        for n in range(1, 21):
            slot.ready()
            until(lambda n=n: scheduler.statistics.failed == n)  # type: ignore[misc]
        assert len([record for record in caplog.records if record.exc_info]) == 2  # the first and the tenth


def test_log_lines_of_a_run_carry_what_the_session_set(caplog: pytest.LogCaptureFixture) -> None:
    session: contextvars.ContextVar[str] = contextvars.ContextVar("session", default="-")
    seen: list[str] = []
    done = threading.Event()

    def run() -> None:
        seen.append(session.get())
        logging.getLogger("test").info("hello")
        done.set()

    token = session.set("a-session")
    with Scheduler(1) as scheduler:
        slot = scheduler.add(run)
        session.reset(token)
        slot.ready()
        assert done.wait(5)
    assert seen == ["a-session"]


def test_the_watch_never_takes_a_wake_up_that_is_meant_for_a_worker() -> None:
    ran = threading.Semaphore(0)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that the watch often gets to wait before the worker does
    try:
        with Scheduler(threads=1, hang_s=1.0) as scheduler:
            slot = scheduler.add(ran.release)
            for number in range(2000):
                slot.ready()
                assert ran.acquire(timeout=5), f"never run, though ready, the {number}th time"
                time.sleep(0.0002)  # until both wait
    finally:
        sys.setswitchinterval(interval)
