"""Asks again for packets that stay missing (negative acknowledgements: RFC 4585, section 6.2.1).

aiortc 1.16 asks once, when it sees a new gap; where the question or its answer is lost too, the picture stands still
until the next key frame. Here the question is repeated for as long as the jitter buffer waits for the packet, ever more
rarely: on a narrow link the answers themselves are what fills it. For the same reason aiortc's own question is held to
the packets just found missing; it would repeat all others, up to 128, with each new gap.

`_send_rtcp_nack` and the generator's `missing` are private members of aiortc;
`tests/unit/signaling/test_retransmission.py` fails when they change.
"""

import asyncio
import logging

from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import RtpPacket

from signaling.jitter_buffer import GIVE_UP_AFTER_S, MarkerJitterBuffer

__all__ = ["ASK_AGAIN_S", "NewGaps", "Retransmission"]

logger = logging.getLogger(__name__)

# One round trip of a near network: sooner would ask twice for what is on its way, later leaves fewer tries before the
# jitter buffer gives up. On far networks some packets come twice. Each further wait for the same is twice as long.
ASK_AGAIN_S = 0.04
# The buffer gives up when a packet comes after its time: where none comes any more, the questions end by themselves.
MOST_QUESTIONS = 6  # over a second, as the waits grow
MAX_MISSING = 64  # packets asked for at once; with more missing a key frame is cheaper


class NewGaps(NackGenerator):
    """Stands where the receiver's generator was: each missing packet is in its question once."""

    def add(self, packet: RtpPacket) -> bool:
        self.missing.clear()
        return super().add(packet)


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
        questions, wait = 0, ASK_AGAIN_S
        while asked and questions < MOST_QUESTIONS:
            questions += 1
            await asyncio.sleep(wait)
            missing = self._buffer.missing()
            again = [number for number in missing if number in asked]
            if again and len(again) <= MAX_MISSING:
                await self._receiver._send_rtcp_nack(ssrc, again)
            wait = min(2 * wait, GIVE_UP_AFTER_S) if again else ASK_AGAIN_S
            asked = set(missing)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("asking for missing packets failed", exc_info=error)
