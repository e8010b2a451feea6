"""Between the network and a worker: the encoded frames of one session that nobody has decoded yet.

Video is a chain: a frame can be decoded only after all before it back to the last key frame. So nothing is replaced
one by one; the worker drains the box, decodes all and analyses the newest. When a worker stays away too long the box
empties itself and waits for a key frame, which is cheaper than decoding what is stale.
"""

import threading
from dataclasses import dataclass

__all__ = ["EncodedFrame", "Mailbox", "MailboxStatistics"]

MAX_FRAMES = 45  # 1.5 s at 30 fps: later than that, a new key frame shows the present sooner
MAX_BYTES = 4 * 1024 * 1024  # 1.5 s at 20 Mbit/s, above what any client is asked for


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One complete encoded picture. codec: "VP8" or "H264"; rtp_timestamp: 90 kHz ticks as sent, 0 to 2**32 - 1;
    received_at: when its last packet was read, seconds, monotonic; keyframe: needs none before it."""

    data: bytes
    codec: str
    rtp_timestamp: int
    received_at: float
    keyframe: bool


@dataclass(frozen=True, slots=True)
class MailboxStatistics:
    """Counts since the start. received = taken + dropped + waiting."""

    received: int
    taken: int
    dropped: int
    waiting: int

    def not_analysed(self, analysed: int) -> int:
        """Frames that were dropped, or decoded on the way to a newer one, where so many were analysed."""
        return max(0, self.received - analysed - self.waiting)


class Mailbox:
    """Bounded, thread-safe, counts what it dropped."""

    def __init__(self, max_frames: int = MAX_FRAMES, max_bytes: int = MAX_BYTES) -> None:
        if max_frames < 1 or max_bytes < 1:
            raise ValueError("a mailbox holds at least one frame and one byte")
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._frames: list[EncodedFrame] = []
        self._bytes = 0
        self._received = 0
        self._taken = 0
        self._dropped = 0
        self._awaiting_keyframe = True

    def put(self, frame: EncodedFrame) -> bool:
        """Add the next frame in decoding order. False when a key frame should be asked for, because the chain is
        broken: this frame, and perhaps all before it, were dropped."""
        with self._lock:
            self._received += 1
            if frame.keyframe:
                # nothing before a key frame is needed to decode it or what follows
                self._clear()
                self._awaiting_keyframe = False
            elif self._awaiting_keyframe:
                self._dropped += 1
                return False
            if len(self._frames) >= self._max_frames or self._bytes + len(frame.data) > self._max_bytes:
                self._dropped += 1
                self._clear()
                self._awaiting_keyframe = True
                return False
            self._frames.append(frame)
            self._bytes += len(frame.data)
            return True

    def drain(self) -> list[EncodedFrame]:
        """Take everything, oldest first."""
        with self._lock:
            frames, self._frames = self._frames, []
            self._bytes = 0
            self._taken += len(frames)
            return frames

    def break_chain(self) -> None:
        """The decoder lost its state: drop what waits and take nothing before the next key frame."""
        with self._lock:
            self._clear()
            self._awaiting_keyframe = True

    @property
    def statistics(self) -> MailboxStatistics:
        with self._lock:
            return MailboxStatistics(self._received, self._taken, self._dropped, len(self._frames))

    def _clear(self) -> None:
        self._dropped += len(self._frames)
        self._frames.clear()
        self._bytes = 0
