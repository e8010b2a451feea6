"""A jitter buffer that hands a video frame on as soon as it is whole.

aiortc's own waits for the first packet of the *next* frame, 33 ms at 30 frames a second. RTP marks a video frame's last
packet (RFC 3550, section 5.1; RFC 7741, section 4.1), so a run of packets with one timestamp that ends in the marker is
a frame. Senders without RTX probe with padding packets in the media stream itself, without payload; they carry no
picture and are skipped. A hole that is not filled in time is given up: what depends on it is dropped up to the next key
frame, and one is asked for.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from aiortc.jitterbuffer import JitterFrame
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add

__all__ = ["FrameBatch", "MarkerJitterBuffer"]

CAPACITY = 512  # packets, over a second of 4 Mbit/s; a power of two, so that slots stay in step when numbers wrap
GIVE_UP_AFTER_S = 0.25  # two round trips of a slow mobile network for a retransmission to arrive
MAX_MISORDER = 100  # as in aiortc: an older packet than that means the stream began anew


@dataclass
class FrameBatch(JitterFrame):
    """The frames that one packet completed, in order. aiortc's receiver passes it on untouched but for `timestamp`."""

    frames: list[tuple[bytes, int]]  # encoded data, RTP timestamp

    def __init__(self, frames: list[tuple[bytes, int]]) -> None:
        super().__init__(data=b"", timestamp=frames[-1][1])
        self.frames = frames


class MarkerJitterBuffer:
    """Takes the place of aiortc's video jitter buffer (1.16); same contract for add()."""

    def __init__(
        self,
        on_loss: Callable[[], None] = lambda: None,
        *,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """on_loss is called when packets are given up: what comes next refers to pictures that never came."""
        self._capacity = capacity
        self._packets: list[RtpPacket | None] = [None] * capacity
        self._origin: int | None = None  # sequence number of the first packet that has not been handed on
        self._highest = 0  # sequence number of the newest packet taken; what lies between and is not there is missing
        self._on_loss = on_loss
        self._clock = clock
        self._hole_since: float | None = None
        self._cut_timestamp: int | None = None  # of a frame whose beginning was given up

    def add(self, packet: RtpPacket) -> tuple[bool, FrameBatch | None]:
        """Take a packet whose depayloaded `_data` is set (empty for padding). Returns (a key frame should be asked for,
        the frames that are whole now)."""
        ask = False
        if self._origin is None:
            self._origin = packet.sequence_number
        ahead = self._ahead(packet.sequence_number)
        behind = -ahead & 0xFFFF
        if behind < ahead:
            if behind < MAX_MISORDER:
                return False, None  # a duplicate, or too late
            self._restart_at(packet.sequence_number)
            ask, ahead = True, 0
        if ahead >= self._capacity:
            self._restart_at(packet.sequence_number)
            ask = True
        self._packets[packet.sequence_number % self._capacity] = packet
        if ahead >= self._ahead(self._highest) or self._ahead(self._highest) >= self._capacity:
            self._highest = packet.sequence_number
        frames = self._whole_frames()
        if self._hole_is_stale(packet.sequence_number):
            self._give_up(packet)
            ask = True
        return ask, FrameBatch(frames) if frames else None

    def missing(self) -> list[int]:
        """Sequence numbers that are waited for, the oldest first: not come, and below one that has."""
        if self._origin is None:
            return []
        reach = self._ahead(self._highest)
        if reach >= self._capacity:  # everything up to the newest has been handed on
            return []
        return [uint16_add(self._origin, count) for count in range(reach) if self._at(count) is None]

    def _whole_frames(self) -> list[tuple[bytes, int]]:
        frames: list[tuple[bytes, int]] = []
        while (frame := self._take_frame()) is not None:
            frames.append(frame)
        return frames

    def _take_frame(self) -> tuple[bytes, int] | None:
        """The frame at the origin, if whole: ended by its marker, or by a packet of another timestamp behind it."""
        self._skip_useless()
        packets: list[RtpPacket] = []
        for count in range(self._capacity):
            packet = self._at(count)
            if packet is None:
                return None
            ended_before = bool(packets) and packet.timestamp != packets[0].timestamp
            if not ended_before:
                packets.append(packet)
            if ended_before or packet.marker:
                self._remove(len(packets))
                self._hole_since = None
                return b"".join(_payload(part) for part in packets), packets[0].timestamp
        return None

    def _skip_useless(self) -> None:
        """Drop packets at the origin that carry nothing, or the rest of a frame that was given up."""
        while (packet := self._at(0)) is not None:
            if _payload(packet) and packet.timestamp != self._cut_timestamp:
                return
            self._remove(1)

    def _hole_is_stale(self, newest: int) -> bool:
        """Whether something has been missing below the newest packet for too long."""
        reach = self._ahead(newest)
        waiting = reach < self._capacity and any(self._at(count) is None for count in range(reach))
        if not waiting:
            self._hole_since = None
            return False
        now = self._clock()
        if self._hole_since is None:
            self._hole_since = now
        return now - self._hole_since > GIVE_UP_AFTER_S

    def _give_up(self, newest: RtpPacket) -> None:
        """Drop everything up to the newest packet: what stands behind the hole refers to what is missing."""
        self._on_loss()
        self._hole_since = None
        if not newest.marker:
            self._cut_timestamp = newest.timestamp
        self._remove(self._ahead(newest.sequence_number) + 1)

    def _ahead(self, sequence_number: int) -> int:
        """How far behind the origin in the stream a packet is, 0 to 65535."""
        assert self._origin is not None
        return uint16_add(sequence_number, -self._origin)

    def _at(self, count: int) -> RtpPacket | None:
        assert self._origin is not None
        return self._packets[(self._origin + count) % self._capacity]

    def _remove(self, count: int) -> None:
        """Forget that many packets at the origin."""
        assert self._origin is not None
        for _ in range(count):
            self._packets[self._origin % self._capacity] = None
            self._origin = uint16_add(self._origin, 1)

    def _restart_at(self, sequence_number: int) -> None:
        self._on_loss()
        self._remove(self._capacity)
        self._origin = sequence_number
        self._hole_since = None


def _payload(packet: RtpPacket) -> bytes:
    """What aiortc's receiver has taken out of the RTP payload format; it hangs it on the packet under this name."""
    data: bytes = packet._data  # type: ignore[attr-defined]
    return data
