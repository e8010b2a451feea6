"""The `annotations` channel: the newest result is sent, and what a slow client cannot take is skipped and counted."""

from aiortc import RTCDataChannel

__all__ = ["ResultChannel"]

MAX_WAITING_BYTES = 16 * 1024  # a few results; more in the queue would only be older when they come


class ResultChannel:
    """Sends when there is a channel that keeps up. Only on the event loop."""

    def __init__(self, max_waiting_bytes: int = MAX_WAITING_BYTES) -> None:
        self._max_waiting_bytes = max_waiting_bytes
        self._channel: RTCDataChannel | None = None
        self.sent = 0
        self.skipped = 0

    def attach(self, channel: RTCDataChannel | None) -> None:
        """Send here from now on; None: to nobody."""
        self._channel = channel

    def send_latest(self, text: str) -> bool:
        """Send, or skip and count. True when it was sent."""
        channel = self._channel
        if channel is None or channel.readyState != "open" or channel.bufferedAmount > self._max_waiting_bytes:
            self.skipped += 1
            return False
        channel.send(text)
        self.sent += 1
        return True
