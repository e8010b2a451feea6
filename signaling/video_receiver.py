"""Takes the encoded frames of an aiortc video receiver before aiortc decodes them.

aiortc 1.16 decodes every track on a thread of its own into an unbounded queue and joins that thread on the event loop.
This adapter puts three parts of its own into the receiver, before it starts: a jitter buffer that does not wait for
the next frame and has what is missing asked for again, a time stamp mapper that keeps the sender's RTP timestamps, and
a queue whose items go to the session's mailbox, so that frames are decoded by the worker that analyses them. The
receiver's own thread ends at once.

These are private members of aiortc; `tests/unit/signaling/test_video_receiver.py` fails when they change.
"""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpReceiver
from aiortc.rtp import RtpPacket

from media_pipeline.mailbox import EncodedFrame
from media_pipeline.video_decoder import is_keyframe
from signaling.jitter_buffer import FrameBatch, MarkerJitterBuffer
from signaling.retransmission import NewGaps, Retransmission

__all__ = ["VideoReceiver", "silence"]

PREFIX = "_RTCRtpReceiver__"
KEYFRAME_REQUEST_INTERVAL_S = 0.3  # a key frame needs a round trip and an encoder's time; asking again sooner only adds


class VideoReceiver:
    """Passes each whole frame to on_frame, the giving up of lost packets to on_loss and the end of the stream to
    on_end, all on the event loop. on_frame returns False when a key frame should be asked for."""

    def __init__(
        self,
        receiver: RTCRtpReceiver,
        on_frame: Callable[[EncodedFrame], bool],
        on_loss: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self._ended = False
        self._asked_at = float("-inf")
        self._keyframe_wanted: threading.Event = _private(receiver, "decoder_error")
        self.jitter_buffer = _WatchedBuffer(receiver, on_loss)
        _replace(receiver, "jitter_buffer", self.jitter_buffer)
        _replace(receiver, "nack_generator", NewGaps())
        _replace(receiver, "timestamp_mapper", _SameTimestamps())
        _replace(receiver, "decoder_queue", _Tap(self._take, self._end))

    def want_keyframe(self) -> None:
        """Have a picture loss indication (RFC 4585, section 6.3.1) sent with the next packet, unless one was just sent.
        From any thread."""
        now = time.monotonic()
        if now - self._asked_at >= KEYFRAME_REQUEST_INTERVAL_S:
            self._asked_at = now
            self._keyframe_wanted.set()

    def _take(self, codec: str, batch: FrameBatch) -> None:
        now = time.monotonic()
        for data, rtp_timestamp in batch.frames:
            frame = EncodedFrame(data, codec, rtp_timestamp, now, is_keyframe(codec, data))
            if not self._on_frame(frame):
                self.want_keyframe()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self.jitter_buffer.retransmission.close()
            self._on_end()


def silence(receiver: RTCRtpReceiver) -> None:
    """Have a receiver drop all it gets, undecoded: audio is accepted and ignored."""
    receiver._enabled = False
    _replace(receiver, "decoder_queue", _Tap(lambda codec, batch: None, lambda: None))


class _WatchedBuffer(MarkerJitterBuffer):
    """Has what is missing asked for again."""

    def __init__(self, receiver: RTCRtpReceiver, on_loss: Callable[[], None]) -> None:
        super().__init__(on_loss)
        self.retransmission = Retransmission(receiver, self)

    def add(self, packet: RtpPacket) -> tuple[bool, FrameBatch | None]:
        result = super().add(packet)
        self.retransmission.watch(packet.ssrc)
        return result


class _Tap(queue.Queue[Any]):
    """Stands where the receiver's decoder queue was: what is put goes on at once, and the decoder thread, which gets,
    is told to end."""

    def __init__(self, take: Callable[[str, FrameBatch], None], end: Callable[[], None]) -> None:
        super().__init__()
        self._take_item = take
        self._end_stream = end

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if item is None:
            self._end_stream()
        else:
            codec, batch = item
            self._take_item(codec.name, batch)

    def get(self, block: bool = True, timeout: float | None = None) -> None:
        return None


class _SameTimestamps:
    """Stands where the receiver's timestamp mapper was, which would count from the first frame."""

    def map(self, timestamp: int) -> int:
        return timestamp


def _private(receiver: RTCRtpReceiver, name: str) -> Any:
    return getattr(receiver, PREFIX + name)


def _replace(receiver: RTCRtpReceiver, name: str, part: object) -> None:
    _private(receiver, name)  # raises AttributeError where aiortc has changed
    setattr(receiver, PREFIX + name, part)
