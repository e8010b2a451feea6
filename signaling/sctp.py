"""Data channels that do not take a late packet for a lost one.

aiortc 1.16 counts: a chunk that three later ones overtake is lost (RFC 9260, section 7.2.4), and a message that may not
be sent again is given up with it. Where packets overtake each other that is most of the messages, and the congestion
window falls each time. Here time decides, as in TCP's RACK (RFC 8985, section 6.2): lost is what is missing for longer
than a round trip and the spread of round trips, when something sent later has come. Two more limits keep a result of
six chunks from leaving in one piece: bursts of four chunks, the rest a round trip later, and a window that begins with
three. And timers that wait for three seconds at first, for one later, are those of browsers here.

Loss still halves the window where packets queue, as aiortc does. Where round trips are as short as ever it was not
congestion that lost a chunk, and the window gives way by less, as in TCP Veno (Fu and Liew, 2003). A time-out sets it
to one chunk in any case.

These are private members of aiortc; `tests/unit/signaling/test_sctp.py` fails when they change.
"""

import math
import time

from aiortc import RTCPeerConnection, RTCSctpTransport
from aiortc.rtcsctptransport import (
    SCTP_RTO_MAX,
    USERDATA_MAX_LENGTH,
    Chunk,
    DataChunk,
    SackChunk,
)

__all__ = ["allow_for_reordering"]

# As Chromium's: RFC 9260 asks for 1 s and 1 s, from when clocks were coarse.
RTO_INITIAL_S = 0.5
RTO_MIN_S = 0.4
INITIAL_WINDOW = 10 * USERDATA_MAX_LENGTH  # as TCP's (RFC 6928): a result that is whole, and a little more
BURSTS = 4  # of four chunks each; more than the largest result, less than would fill a router's queue
LEAST_SPREAD_S = 0.01  # what busy event loops add to a round trip
# A queue is what has made round trips longer by that much: a quarter, and what jitter does.
QUEUE_RATIO, QUEUE_S = 1.25, 0.02
UNCONGESTED_DECREASE = 0.8  # TCP Veno's factor for loss without a queue
SHORTEST_FORGOTTEN = 1 / 1024  # per round trip timed: a longer way is taken for the usual one within half a minute
LOST_AT_ONCE, NOT_LOST = 2, 0  # reports that a chunk is missing: aiortc adds one, and gives it up at three


def allow_for_reordering(pc: RTCPeerConnection) -> None:
    """Have the connection's data channels wait for what is late. Between its first description and the second."""
    transport = pc.sctp
    if transport is None:
        return
    transport.__class__ = _PatientSctp
    transport._rto = RTO_INITIAL_S
    transport._cwnd = INITIAL_WINDOW


class _PatientSctp(RTCSctpTransport):
    _shortest = math.inf  # smoothed round trip when nothing queued, s
    _window_before: int | None = None  # bytes, while a SACK is handled that may make it smaller

    async def _send_chunk(self, chunk: Chunk) -> None:
        if isinstance(chunk, DataChunk):
            chunk._last_sent = time.monotonic()  # type: ignore[attr-defined]
        await super()._send_chunk(chunk)

    async def _receive_sack_chunk(self, chunk: SackChunk) -> None:
        now = time.monotonic()
        self._time_round_trip(chunk, now)
        if chunk.gaps:
            latest = now - self._longest_round_trip()
            for sent in self._sent_queue:
                late = not (sent._acked or sent._abandoned or sent._retransmit) and _sent_at(sent) < latest
                sent._misses = LOST_AT_ONCE if late else NOT_LOST
        self._window_before = self._cwnd if self._fast_recovery_exit is None else None
        await super()._receive_sack_chunk(chunk)

    def _update_advanced_peer_ack_point(self) -> None:
        """aiortc's next step after it has adjusted the window to a SACK, and before it sends."""
        before, self._window_before = self._window_before, None
        if before is not None and self._cwnd < before and not self._queueing():
            self._ssthresh = max(int(before * UNCONGESTED_DECREASE), min(before, INITIAL_WINDOW))
            self._cwnd = self._ssthresh
        super()._update_advanced_peer_ack_point()

    async def _transmit(self) -> None:
        for _ in range(BURSTS):
            waiting = len(self._outbound_queue)
            await super()._transmit()
            if not self._outbound_queue or len(self._outbound_queue) == waiting:
                return

    def _update_rto(self, R: float) -> None:
        """aiortc's measure of what a SACK says cumulatively: behind a hole it is far too long."""

    def _time_round_trip(self, chunk: SackChunk, now: float) -> None:
        """Take the newest chunk that is acknowledged, if it is for the first time and was sent once."""
        newest = (chunk.cumulative_tsn + (chunk.gaps[-1][1] if chunk.gaps else 0)) % 2**32
        for sent in self._sent_queue:
            if sent.tsn == newest:
                if not sent._acked and sent._sent_count == 1:
                    super()._update_rto(now - _sent_at(sent))
                    assert self._srtt is not None
                    assert self._rttvar is not None
                    grown = self._shortest + (self._srtt - self._shortest) * SHORTEST_FORGOTTEN
                    self._shortest = self._srtt if self._srtt < self._shortest else grown
                    self._rto = max(RTO_MIN_S, min(self._srtt + 4 * self._rttvar, SCTP_RTO_MAX))
                return

    def _queueing(self) -> bool:
        return self._srtt is None or self._srtt > self._shortest * QUEUE_RATIO + QUEUE_S

    def _longest_round_trip(self) -> float:
        if self._srtt is None or self._rttvar is None:
            return RTO_INITIAL_S
        return self._srtt + max(4 * self._rttvar, LEAST_SPREAD_S)


def _sent_at(chunk: DataChunk) -> float:
    """When it was sent last, s, monotonic."""
    at: float = chunk._last_sent  # type: ignore[attr-defined]
    return at
