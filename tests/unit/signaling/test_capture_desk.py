"""The desk owns what is being analysed and bounds what is on its way."""

import asyncio
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from signaling import capture_desk
from signaling.capture_desk import CaptureDesk, CapturedPicture, CaptureJob


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


def test_a_picture_knows_its_size() -> None:
    assert CapturedPicture(b"12345", "").size == 5
    assert CapturedPicture(np.zeros((4, 5, 3), np.uint8), "").size == 60
