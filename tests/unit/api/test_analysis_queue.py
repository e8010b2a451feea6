import asyncio
import threading
import time

import pytest

from api.analysis_queue import AnalysisQueue
from api.errors import ApiError


async def test_work_runs_off_the_event_loop_and_its_outcome_comes_back() -> None:
    queue = AnalysisQueue(threads=1, waiting=1)
    try:
        assert await queue.run(threading.get_ident) != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await queue.run(lambda: 1 // 0)
        assert queue.taken == 0
    finally:
        queue.close()


async def test_a_full_line_says_no_and_has_room_again_when_one_is_done() -> None:
    queue = AnalysisQueue(threads=1, waiting=2)
    hold = threading.Event()
    running = [asyncio.create_task(queue.run(hold.wait)) for _ in range(3)]
    try:
        await asyncio.sleep(0)
        assert queue.taken == 3
        with pytest.raises(ApiError) as full:
            await queue.run(lambda: None)
        assert (full.value.status, full.value.code) == (503, "busy")
        assert int(full.value.headers["Retry-After"]) >= 1
        hold.set()
        await asyncio.gather(*running)
        assert queue.taken == 0
        await queue.run(lambda: None)
    finally:
        hold.set()
        queue.close()


async def test_what_still_waits_is_dropped_when_its_caller_goes() -> None:
    queue = AnalysisQueue(threads=1, waiting=2)
    hold, began, done = threading.Event(), threading.Event(), []

    def first() -> None:
        began.set()
        hold.wait(30)

    running = asyncio.create_task(queue.run(first))
    try:
        await asyncio.to_thread(began.wait, 30)
        waiting = asyncio.create_task(queue.run(lambda: done.append("waiting")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        hold.set()
        await running
        await queue.run(lambda: done.append("later"))
    finally:
        hold.set()
        queue.close()
    assert done == ["later"]


async def test_closing_ends_the_threads_and_drops_the_line() -> None:
    queue = AnalysisQueue(threads=1, waiting=5)
    names = {thread.name for thread in threading.enumerate()}
    begun = asyncio.create_task(queue.run(lambda: time.sleep(0.05)))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(queue.run(lambda: None))
    await asyncio.sleep(0)
    await asyncio.to_thread(queue.close)
    await begun
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert {thread.name for thread in threading.enumerate()} - names <= {"asyncio_0", "asyncio_1"}
