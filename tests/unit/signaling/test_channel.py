"""The results' channel: the newest is sent, what cannot be taken is skipped and counted."""

from dataclasses import dataclass, field
from typing import Any, cast

from signaling.channel import ResultChannel


@dataclass
class Channel:
    """What ResultChannel sees of a data channel; the real one is in the integration tests."""

    readyState: str = "open"
    bufferedAmount: int = 0
    sent: list[str] = field(default_factory=list)

    def send(self, text: str) -> None:
        self.sent.append(text)


def attached(channel: Channel) -> ResultChannel:
    results = ResultChannel(max_waiting_bytes=100)
    results.attach(cast(Any, channel))
    return results


def test_without_a_channel_results_are_skipped() -> None:
    results = ResultChannel()
    assert not results.send_latest("a")
    assert (results.sent, results.skipped) == (0, 1)


def test_an_open_channel_that_keeps_up_gets_each_result() -> None:
    channel = Channel()
    results = attached(channel)
    assert results.send_latest("a")
    assert channel.sent == ["a"]


def test_a_channel_that_does_not_keep_up_is_spared() -> None:
    channel = Channel(bufferedAmount=101)
    results = attached(channel)
    assert not results.send_latest("a")
    channel.bufferedAmount = 100
    assert results.send_latest("b")
    assert (channel.sent, results.skipped) == (["b"], 1)


def test_a_closed_channel_gets_nothing() -> None:
    channel = Channel(readyState="closed")
    assert not attached(channel).send_latest("a")
    assert channel.sent == []
