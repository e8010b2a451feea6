"""The desk owns what is being analysed and bounds what is on its way."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from signaling import capture_desk
from signaling.capture_desk import MOST_BURSTS, CaptureDesk, CaptureJob


async def analyse(job: CaptureJob) -> Mapping[str, Any]:
    return {}


async def test_what_is_under_way_is_waited_for_and_then_cancelled() -> None:
    desk = CaptureDesk(analyse, 1000)
    ends: list[str] = []

    async def work(seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            ends.append("done")
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    desk.start(work(0.01))
    desk.start(work(60))
    assert desk.under_way == 2
    await desk.close(0.2)
    assert ends == ["done", "cancelled"]
    assert desk.under_way == 0
    await desk.close(0.2)


async def test_work_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("a bug")

    desk = CaptureDesk(analyse, 1000)
    desk.start(fail())
    await desk.close(1)
    assert "a capture failed" in caplog.text


def test_only_so_many_pictures_are_on_their_way() -> None:
    desk = CaptureDesk(analyse, 1000)
    assert [desk.take_upload() for _ in range(capture_desk.MOST_UPLOADS + 1)] == [True] * capture_desk.MOST_UPLOADS + [
        False
    ]
    desk.end_upload()
    assert desk.take_upload()


async def test_there_is_time_for_so_many_bursts_at_once() -> None:
    desk = CaptureDesk(analyse, 1000)
    done = asyncio.Event()

    async def work() -> None:
        await done.wait()

    for _ in range(MOST_BURSTS):
        assert desk.has_time
        desk.start(work())
    assert not desk.has_time
    done.set()
    await desk.close(10)
    assert desk.has_time
