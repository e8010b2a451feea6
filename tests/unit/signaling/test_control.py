"""The control channel: what is understood is handed on, what is not is answered, and nobody is flooded."""

import json
from typing import Any, cast

from aiortc import RTCDataChannel
from pyee.asyncio import AsyncIOEventEmitter

from signaling.control import ControlChannel
from signaling.message_rate import MessageRate
from signaling.messages import MAX_MESSAGE_BYTES, ClientMessage, Ping


class Channel(AsyncIOEventEmitter):
    """The part of RTCDataChannel that is used: its state, its buffer and its events."""

    def __init__(self) -> None:
        super().__init__()
        self.readyState = "open"
        self.bufferedAmount = 0
        self.sent: list[dict[str, Any]] = []

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text))


def connected() -> tuple[Channel, ControlChannel, list[ClientMessage], list[str]]:
    channel, handled, floods = Channel(), list[ClientMessage](), list[str]()
    control = ControlChannel(handled.append, lambda: floods.append("flood"))
    assert control.attach(cast(RTCDataChannel, channel))
    return channel, control, handled, floods


def test_what_is_understood_is_handed_on() -> None:
    channel, _, handled, _ = connected()
    channel.emit("message", '{"v": 1, "type": "ping", "t": 3}')
    assert handled == [Ping(v=1, type="ping", t=3)]
    assert channel.sent == []


def test_what_is_not_understood_is_answered_and_handed_to_nobody() -> None:
    channel, _, handled, _ = connected()
    for data in ("{", '{"v": 1, "type": "dance"}', b"\x00"):
        channel.emit("message", data)
    assert [message["code"] for message in channel.sent] == ["not_json", "bad_message", "binary_message"]
    assert handled == []


def test_binary_messages_that_are_due_are_taken_and_do_not_count() -> None:
    channel, taken = Channel(), list[bytes]()

    def take(data: bytes) -> bool:
        taken.append(data)
        return True

    control = ControlChannel(lambda message: None, lambda: None, take)
    control.attach(cast(RTCDataChannel, channel))
    for _ in range(MessageRate.FLOOD_PER_SECOND + 1):
        channel.emit("message", b"piece")
    assert len(taken) == MessageRate.FLOOD_PER_SECOND + 1
    assert channel.sent == []
    channel.emit("message", bytes(MAX_MESSAGE_BYTES + 1))
    assert [message["code"] for message in channel.sent] == ["binary_message"]


def test_only_the_first_channel_counts() -> None:
    channel, control, _, _ = connected()
    assert not control.attach(cast(RTCDataChannel, Channel()))
    assert control.send('{"to": "the first"}')
    assert channel.sent == [{"to": "the first"}]


def test_too_many_messages_are_told_once_and_a_flood_is_reported() -> None:
    channel, _, handled, floods = connected()
    for _ in range(MessageRate.FLOOD_PER_SECOND + 1):
        channel.emit("message", '{"v": 1, "type": "ping", "t": 0}')
    assert len(handled) == MessageRate.PER_SECOND
    assert [message["code"] for message in channel.sent] == ["too_many_messages"]
    assert floods


def test_nothing_is_sent_to_who_is_not_there_or_does_not_read() -> None:
    control = ControlChannel(lambda message: None, lambda: None)
    assert not control.send("{}")
    assert not control.open
    channel, control, _, _ = connected()
    assert control.open
    channel.bufferedAmount = MAX_MESSAGE_BYTES
    assert not control.send("{}")
    channel.bufferedAmount, channel.readyState = 0, "closed"
    assert not control.send("{}")
    assert not control.open
