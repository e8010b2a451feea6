"""The results' channel: the newest is sent, what cannot be taken is skipped and counted."""

from typing import Any, cast

from pyee.asyncio import AsyncIOEventEmitter

from signaling.channel import ResultChannel


class Channel(AsyncIOEventEmitter):
    """What ResultChannel sees of a data channel that takes nothing until flush(); the real one is in the integration
    tests."""

    def __init__(self) -> None:
        super().__init__()
        self.readyState = "open"
        self.bufferedAmount = 0
        self.sent: list[str] = []

    def send(self, text: str) -> None:
        self.sent.append(text)
        self.bufferedAmount += len(text)

    def flush(self) -> None:
        self.bufferedAmount = 0
        self.emit("bufferedamountlow")


def attached(channel: Channel) -> ResultChannel:
    results = ResultChannel()
    results.attach(cast(Any, channel))
    return results


def test_without_a_channel_results_are_skipped() -> None:
    results = ResultChannel()
    results.send_latest("a")
    assert (results.sent, results.skipped) == (0, 1)


def test_an_open_channel_that_keeps_up_gets_each_result() -> None:
    channel = Channel()
    results = attached(channel)
    for text in "abc":
        results.send_latest(text)
        channel.flush()
    assert channel.sent == ["a", "b", "c"]
    assert not results.slow
    assert (results.sent, results.skipped) == (3, 0)


def test_a_channel_that_does_not_keep_up_gets_the_newest_when_it_can() -> None:
    channel = Channel()
    results = attached(channel)
    for text in "abcd":
        results.send_latest(text)
    assert channel.sent == ["a"]
    assert results.slow
    channel.flush()
    channel.flush()
    assert channel.sent == ["a", "d"]
    assert (results.sent, results.skipped) == (2, 2)


def test_a_closed_channel_gets_nothing() -> None:
    channel = Channel()
    channel.readyState = "closed"
    results = attached(channel)
    results.send_latest("a")
    assert channel.sent == []
    assert results.skipped == 1


def test_what_waited_for_one_channel_is_not_sent_on_another() -> None:
    old, new = Channel(), Channel()
    results = attached(old)
    results.send_latest("a")
    results.send_latest("b")
    results.attach(cast(Any, new))
    old.flush()
    results.send_latest("c")
    assert (old.sent, new.sent) == (["a"], ["c"])
    assert results.skipped == 1
