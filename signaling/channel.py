"""The `annotations` channel: always the newest result, and what a slow client cannot take is skipped and counted.

While one result waits to be sent, the next one waits here, and gives its place to a newer one: a queue would only make
all of them older.
"""

import time

from aiortc import RTCDataChannel

__all__ = ["ResultChannel"]

SLOW_FOR_S = 3.0  # after the last result that waited; a network does not recover sooner


class ResultChannel:
    """Sends when there is a channel that keeps up. Only on the event loop."""

    def __init__(self) -> None:
        self._channel: RTCDataChannel | None = None
        self._waiting: str | None = None
        self._waited_at = float("-inf")
        self.sent = 0
        self.skipped = 0

    def attach(self, channel: RTCDataChannel | None) -> None:
        """Send here from now on; None: to nobody."""
        if self._channel is not None:
            self._channel.remove_listener("bufferedamountlow", self._send_waiting)
        self._channel = channel
        self._drop_waiting()
        if channel is not None:
            channel.on("bufferedamountlow", self._send_waiting)  # its threshold is 0 from the start

    def send_latest(self, text: str) -> None:
        """Send now, or when what was sent before has left, unless there is a newer one by then."""
        self._drop_waiting()
        channel = self._channel
        if channel is None or channel.readyState != "open":
            self.skipped += 1
        elif channel.bufferedAmount > 0:
            self._waiting = text
            self._waited_at = time.monotonic()
        else:
            channel.send(text)
            self.sent += 1

    @property
    def slow(self) -> bool:
        """Whether results had to wait lately. From any thread."""
        return time.monotonic() - self._waited_at < SLOW_FOR_S

    def _send_waiting(self) -> None:
        text, self._waiting = self._waiting, None
        if text is not None:
            self.send_latest(text)

    def _drop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting = None
            self.skipped += 1
