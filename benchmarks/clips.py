"""Clips for measuring: a real portrait that moves, encoded once so that sending it costs a client next to nothing."""

from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import av
import cv2
import numpy as np

from media_pipeline.types import Image

__all__ = ["Clip", "close_up", "encode", "moving_portrait", "portrait"]

HEADS = {"hopper": (slice(50, 370), slice(90, 430)), "astronaut": (slice(38, 206), slice(110, 340))}  # rows, columns


class Clip:
    """An encoded clip: packets in decoding order, the first a key frame; loops seamlessly when sent again."""

    def __init__(self, packets: list[bytes], codec: str, fps: int, width: int, height: int) -> None:
        self.packets = packets
        self.codec = codec
        self.fps = fps
        self.width = width
        self.height = height


def portrait(name: str = "hopper") -> Image:
    """A public-domain portrait that comes with a package: hopper (matplotlib) or astronaut (scikit-image)."""
    path = {
        "hopper": Path(str(files("matplotlib"))) / "mpl-data" / "sample_data" / "grace_hopper.jpg",
        "astronaut": Path(str(files("skimage"))) / "data" / "astronaut.png",
    }[name]
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def close_up(name: str = "astronaut") -> Image:
    """The portrait's head, as near as a camera gate wants it."""
    return np.ascontiguousarray(portrait(name)[HEADS[name]])


def moving_portrait(picture: Image, width: int, height: int, frames: int, *, zoom: float = 1.0) -> Iterator[Image]:
    """The portrait on a grey background, swaying gently: (height, width, 3) each; ends where it began. zoom 1 fills the
    height."""
    scale = zoom * height / picture.shape[0]
    for number in range(frames):
        phase = 2 * np.pi * number / frames
        dx = width / 2 - picture.shape[1] * scale / 2 + 0.03 * width * np.sin(phase)
        dy = height / 2 - picture.shape[0] * scale / 2 + 0.02 * height * np.sin(2 * phase)
        matrix = np.array([[scale, 0, dx], [0, scale, dy]], np.float64)
        moved = cv2.warpAffine(
            picture,
            matrix,
            (width, height),
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(90, 90, 90),
        )
        yield np.asarray(moved, dtype=np.uint8)


def encode(
    pictures: Iterator[Image] | list[Image], fps: int = 30, *, codec: str = "VP8", kbps: int = 1500, gop: int = 60
) -> Clip:
    """Encode as a browser would in real time: one pass, no B-frames, a key frame every gop pictures."""
    context: av.VideoCodecContext | None = None
    packets: list[bytes] = []
    width = height = 0
    for number, picture in enumerate(pictures):
        if context is None:
            height, width = picture.shape[:2]
            context = _encoder(codec, width, height, fps, kbps, gop)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        frame.time_base = Fraction(1, fps)
        packets.extend(bytes(packet) for packet in context.encode(frame))
    if context is None:
        raise ValueError("a clip needs at least one picture")
    packets.extend(bytes(packet) for packet in context.encode(None))
    return Clip(packets, codec, fps, width, height)


def _encoder(codec: str, width: int, height: int, fps: int, kbps: int, gop: int) -> av.VideoCodecContext:
    name, options = {
        "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
        "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}),
    }[codec]
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.bit_rate = kbps * 1000
    context.framerate = Fraction(fps)
    context.time_base = Fraction(1, fps)
    context.gop_size = gop
    context.options = options
    return context
