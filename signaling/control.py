"""The `control` channel: what a client says is counted, parsed and handed on; what the server says is sent, if it can.

The first channel of that label counts; a client without one is served all the same.
"""

import time
from collections.abc import Callable

from aiortc import RTCDataChannel

from signaling import messages
from signaling.message_rate import MessageRate
from signaling.messages import ClientMessage

__all__ = ["ControlChannel"]


class ControlChannel:
    """handle gets each message that was understood; flood is called when far too many come; take_binary is offered each
    binary message, and says whether it was due: those that are not count and are refused. Only on the event loop."""

    def __init__(
        self,
        handle: Callable[[ClientMessage], None],
        flood: Callable[[], None],
        take_binary: Callable[[bytes], bool] = lambda data: False,
    ) -> None:
        self._handle = handle
        self._flood = flood
        self._take_binary = take_binary
        self._rate = MessageRate()
        self._channel: RTCDataChannel | None = None

    def attach(self, channel: RTCDataChannel) -> bool:
        """Speak here from now on. False when there is a channel already."""
        if self._channel is not None:
            return False
        self._channel = channel
        channel.on("message", self._on_message)
        return True

    @property
    def open(self) -> bool:
        """Whether what is sent now has a chance to arrive."""
        return self._channel is not None and self._channel.readyState == "open"

    def send(self, text: str) -> bool:
        """Send one message of the server. False when there is nobody to send to, or who does not read."""
        channel = self._channel
        if channel is None or channel.readyState != "open" or channel.bufferedAmount >= messages.MAX_MESSAGE_BYTES:
            return False
        channel.send(text)
        return True

    def _on_message(self, data: str | bytes) -> None:
        if isinstance(data, bytes) and len(data) <= messages.MAX_MESSAGE_BYTES and self._take_binary(data):
            return
        verdict = self._rate.count(time.monotonic())
        if verdict == "flood":
            self._flood()
        if verdict != "ok":
            if verdict == "first_over":
                self.send(messages.error("too_many_messages", "Messages come too fast; some were ignored."))
            return
        try:
            message = messages.parse(data)
        except messages.BadMessage as failure:
            self.send(messages.error(failure.code, str(failure)))
            return
        self._handle(message)
