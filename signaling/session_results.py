"""One session's results on their way to its client: how much of each it asked for, their numbers, their channel."""

import asyncio
from typing import Final

from media_pipeline.live import LiveResult
from media_pipeline.mailbox import MailboxStatistics
from signaling import messages
from signaling.annotations import Landmarks
from signaling.channel import ResultChannel
from signaling.result_writer import ResultWriter

__all__ = ["SessionResults"]


class SessionResults:
    """For the event loop, but for send(). channel: of the peer that serves at the moment."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.channel: Final = ResultChannel()
        self.analysed = 0  # frames
        self._landmarks: Landmarks = "none"
        self._moves = False
        self._writer = ResultWriter()
        self._seq = 0

    def configure(self, message: messages.Configure) -> None:
        """What the client asks for."""
        if message.landmarks is not None:
            self._landmarks = message.landmarks
        if message.moves is not None:
            self._moves = message.moves

    @property
    def outlines(self) -> bool:
        """Whether the client draws what findings' outlines are for."""
        return self._landmarks != "none"

    def send(self, result: LiveResult, mailbox: MailboxStatistics, steady_ms: float | None) -> None:
        """The next result. On the session's worker."""
        text = self._writer.write(
            result,
            seq=self._seq,
            received=mailbox.received,
            dropped=mailbox.not_analysed(result.analysed),
            landmarks=self._landmarks,
            moves=self._moves and (self._landmarks == "none" or self.channel.slow),
            steady_ms=steady_ms,
        )
        self._seq += 1
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.channel.send_latest, text)
