"""Asks again for packets that stay missing (negative acknowledgements: RFC 4585, section 6.2.1).

aiortc 1.16 asks once, when it sees a new gap; where the question or its answer is lost too, the picture stands still
until the next key frame. Here the question is repeated for as long as the jitter buffer waits for the packet.

`_send_rtcp_nack` is a private member of aiortc; `tests/unit/signaling/test_retransmission.py` fails when it changes.
"""

import asyncio
import logging

from aiortc import RTCRtpReceiver

from signaling.jitter_buffer import GIVE_UP_AFTER_S, MarkerJitterBuffer

__all__ = ["ASK_AGAIN_S", "Retransmission"]

logger = logging.getLogger(__name__)

# One round trip of a near network: sooner would ask twice for what is on its way, later leaves fewer tries before the
# jitter buffer gives up. On far networks some packets come twice.
ASK_AGAIN_S = 0.04
# The buffer gives up when a packet comes after its time: where none comes any more, the questions end by themselves.
MOST_QUESTIONS = 2 * round(GIVE_UP_AFTER_S / ASK_AGAIN_S)
MAX_MISSING = 64  # packets asked for at once; with more missing a key frame is cheaper


class Retransmission:
    """The questions about one video stream. Only on the event loop."""

    def __init__(self, receiver: RTCRtpReceiver, buffer: MarkerJitterBuffer) -> None:
        self._receiver = receiver
        self._buffer = buffer
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def watch(self, ssrc: int) -> None:
        """Call when a packet has been taken: if some are missing below it, they are asked for until they come or are
        given up."""
        if self._task is None and not self._closed and self._buffer.missing():
            self._task = asyncio.get_running_loop().create_task(self._repeat(ssrc), name="retransmission")
            self._task.add_done_callback(self._finished)

    def close(self) -> None:
        """Ask no more."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()

    async def _repeat(self, ssrc: int) -> None:
        asked = set(self._buffer.missing())  # aiortc has just asked for these itself
        questions = 0
        while asked and questions < MOST_QUESTIONS:
            questions += 1
            await asyncio.sleep(ASK_AGAIN_S)
            missing = self._buffer.missing()
            again = [number for number in missing if number in asked]
            if again and len(again) <= MAX_MISSING:
                await self._receiver._send_rtcp_nack(ssrc, again)
            asked = set(missing)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("asking for missing packets failed", exc_info=error)
