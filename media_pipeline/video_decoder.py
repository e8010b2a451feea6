"""Encoded video to pixels: one decoder thread per stream, and only the pictures that somebody wants are converted."""

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from media_pipeline.errors import PipelineError
from media_pipeline.mailbox import EncodedFrame
from media_pipeline.types import Image

__all__ = ["DecodeError", "VideoDecoder", "VideoTooLarge", "is_keyframe", "vp8_size"]

DECODERS = {
    "VP8": "vp8",
    "H264": "h264",
}  # FFmpeg's own VP8 decoder takes a fifth less time than libvpx (0.63, 0.79 ms)
VP8_START_CODE = b"\x9d\x01\x2a"  # RFC 6386, section 9.1
H264_KEY_UNITS = {5, 7}  # IDR slice, sequence parameter set: ITU-T H.264, table 7-1


class DecodeError(PipelineError):
    """The stream cannot be decoded from here; ask for a key frame."""


class VideoTooLarge(PipelineError):
    """The picture has more pixels than are decoded. width, height: what it has."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(f"the video is {width}x{height}")
        self.width = width
        self.height = height


class VideoDecoder:
    """Decodes one VP8 or H264 stream. Not for two threads at once.

    max_pixels bounds what is decoded (VideoTooLarge above it); larger pictures than max_side are scaled down as they
    are converted, so that what follows has a known cost.
    """

    def __init__(self, max_pixels: int = 1920 * 1088, max_side: int = 1280) -> None:
        self._max_pixels = max_pixels
        self._max_side = max_side
        self._codec_name = ""
        self._context: av.VideoCodecContext | None = None
        self._reformatter = VideoReformatter()

    def decode(self, frame: EncodedFrame) -> VideoFrame | None:
        """The decoded picture, in the decoder's own format, or None where the codec has none to give yet.

        Raises DecodeError where the data is broken or its codec unknown, VideoTooLarge above the pixel cap.
        """
        size = vp8_size(frame.data) if frame.codec == "VP8" and frame.keyframe else None
        if size is not None and size[0] * size[1] > self._max_pixels:
            raise VideoTooLarge(*size)
        context = self._context_for(frame.codec)
        packet = av.Packet(frame.data)
        packet.pts = frame.rtp_timestamp
        try:
            pictures = context.decode(packet)
        except av.FFmpegError as error:
            raise DecodeError(f"{frame.codec} data cannot be decoded") from error
        if not pictures:
            return None
        picture = pictures[-1]
        if picture.width * picture.height > self._max_pixels:
            raise VideoTooLarge(picture.width, picture.height)
        return picture

    def to_rgb(self, picture: VideoFrame) -> Image:
        """(H, W, 3) uint8 RGB, scaled so that no side is longer than max_side."""
        scale = min(1.0, self._max_side / max(picture.width, picture.height))
        width, height = max(2, round(picture.width * scale)), max(2, round(picture.height * scale))
        converted = self._reformatter.reformat(picture, width=width, height=height, format="rgb24", threads=1)
        array = converted.to_ndarray()
        return np.ascontiguousarray(array, dtype=np.uint8)

    def close(self) -> None:
        """Free the codec."""
        self._context = None
        self._codec_name = ""

    def _context_for(self, codec_name: str) -> av.VideoCodecContext:
        if self._context is None or codec_name != self._codec_name:
            if codec_name not in DECODERS:
                raise DecodeError(f"{codec_name} is not a codec of this server")
            context = av.CodecContext.create(DECODERS[codec_name], "r")
            assert isinstance(context, av.VideoCodecContext)
            context.thread_count = 1  # many sessions share few cores; frame threads would also add a frame of delay
            self._context, self._codec_name = context, codec_name
        return self._context


def is_keyframe(codec_name: str, data: bytes) -> bool:
    """Whether an encoded picture can be decoded without any before it (RFC 6386, section 9.1; H.264 NAL unit types,
    Annex B start codes)."""
    if codec_name == "VP8":
        return len(data) >= 10 and data[0] & 1 == 0 and data[3:6] == VP8_START_CODE
    start = data.find(b"\x00\x00\x01")
    while 0 <= start < len(data) - 3:
        if data[start + 3] & 0x1F in H264_KEY_UNITS:
            return True
        start = data.find(b"\x00\x00\x01", start + 3)
    return False


def vp8_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a VP8 key frame declares, px; None where it is not one."""
    if not is_keyframe("VP8", data):
        return None
    width = int.from_bytes(data[6:8], "little") & 0x3FFF
    height = int.from_bytes(data[8:10], "little") & 0x3FFF
    return width, height
