"""Results leave with their numbers, as much of them as was asked for."""

import asyncio
import json
from dataclasses import replace
from typing import Any, cast

from media_pipeline.mailbox import MailboxStatistics
from signaling.messages import Configure
from signaling.session_results import SessionResults
from tests.unit.signaling.test_annotations import result
from tests.unit.signaling.test_channel import Channel

ONE = replace(result(), analysed=8)
MAILBOX = MailboxStatistics(received=12, taken=9, dropped=2, waiting=1)


async def sent(results: SessionResults, channel: Channel) -> dict[str, Any]:
    await asyncio.to_thread(results.send, ONE, MAILBOX, None)
    await asyncio.sleep(0)  # what the worker asked for is done by the loop
    channel.bufferedAmount = 0
    said: dict[str, Any] = json.loads(channel.sent[-1])
    return said


async def test_each_result_has_the_next_number_and_the_frames_that_were_not_analysed() -> None:
    results, channel = SessionResults(), Channel()
    results.channel.attach(cast(Any, channel))
    said = [await sent(results, channel) for _ in range(2)]
    assert [one["seq"] for one in said] == [0, 1]
    assert [(one["received"], one["analysed"], one["dropped"]) for one in said] == [(12, 8, 3)] * 2


async def test_the_client_gets_what_it_asks_for_until_it_asks_for_something_else() -> None:
    results, channel = SessionResults(), Channel()
    results.channel.attach(cast(Any, channel))
    assert not results.outlines
    assert "contours" not in (await sent(results, channel))["face"]
    results.configure(Configure(v=1, type="configure", landmarks="contours"))
    assert results.outlines
    assert "contours" in (await sent(results, channel))["face"]
    results.configure(Configure(v=1, type="configure", landmarks="none", moves=True))
    kinds = [(await sent(results, channel))["type"] for _ in range(2)]
    assert kinds == ["annotations", "moves"]
    results.configure(Configure(v=1, type="configure", moves=False))
    assert (await sent(results, channel))["type"] == "annotations"
