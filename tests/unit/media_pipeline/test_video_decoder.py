"""Decoding: real encoders' output in, RGB of a bounded size out; what is broken or too large is refused cheaply."""

import threading

import numpy as np
import pytest

from benchmarks.clips import Clip, encode, moving_portrait, portrait
from media_pipeline.mailbox import EncodedFrame
from media_pipeline.types import Image
from media_pipeline.video_decoder import DecodeError, VideoDecoder, VideoTooLarge, is_keyframe, vp8_size


def pictures(width: int, height: int, frames: int = 4) -> list[Image]:
    return list(moving_portrait(portrait(), width, height, frames))


def frames_of(clip: Clip) -> list[EncodedFrame]:
    return [
        EncodedFrame(data, clip.codec, number * 3000, 0.0, is_keyframe(clip.codec, data))
        for number, data in enumerate(clip.packets)
    ]


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_pictures_come_back_as_they_were(codec: str) -> None:
    originals = pictures(320, 240)
    decoder = VideoDecoder()
    for original, frame in zip(originals, frames_of(encode(originals, codec=codec)), strict=True):
        picture = decoder.decode(frame)
        assert picture is not None
        assert picture.pts == frame.rtp_timestamp
        rgb = decoder.to_rgb(picture)
        assert rgb.shape == original.shape
        assert rgb.dtype == np.uint8
        assert np.abs(rgb.astype(int) - original).mean() < 6


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_key_frames_are_told_from_others(codec: str) -> None:
    assert [frame.keyframe for frame in frames_of(encode(pictures(320, 240), codec=codec))] == [
        True,
        False,
        False,
        False,
    ]


def test_the_size_of_a_vp8_key_frame_is_read_from_its_header() -> None:
    first, second, *_ = encode(pictures(322, 240)).packets
    assert vp8_size(first) == (322, 240)
    assert vp8_size(second) is None


def test_large_pictures_are_scaled_as_they_are_converted() -> None:
    (frame,) = frames_of(encode(pictures(1920, 1080, 1)))
    decoder = VideoDecoder()
    picture = decoder.decode(frame)
    assert picture is not None
    assert decoder.to_rgb(picture).shape == (720, 1280, 3)


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_more_pixels_than_the_cap_are_refused_with_their_size(codec: str) -> None:
    (frame,) = frames_of(encode(pictures(640, 480, 1), codec=codec))
    with pytest.raises(VideoTooLarge) as caught:
        VideoDecoder(max_pixels=320 * 240).decode(frame)
    assert (caught.value.width, caught.value.height) == (640, 480)


def test_the_size_may_change_from_key_frame_to_key_frame() -> None:
    decoder = VideoDecoder()
    shapes = []
    for width, height in [(320, 240), (640, 360), (180, 320)]:
        (frame,) = frames_of(encode(pictures(width, height, 1)))
        picture = decoder.decode(frame)
        assert picture is not None
        shapes.append(decoder.to_rgb(picture).shape)
    assert shapes == [(240, 320, 3), (360, 640, 3), (320, 180, 3)]


def test_broken_data_is_an_error_and_the_next_key_frame_mends_it() -> None:
    first, *_ = frames_of(encode(pictures(320, 240)))
    decoder = VideoDecoder()
    with pytest.raises(DecodeError):
        decoder.decode(EncodedFrame(b"\x00" * 40, "VP8", 0, 0.0, True))
    assert decoder.decode(first) is not None


def test_an_unknown_codec_is_an_error() -> None:
    with pytest.raises(DecodeError, match="AV1"):
        VideoDecoder().decode(EncodedFrame(b"x", "AV1", 0, 0.0, True))


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_a_decoder_starts_no_threads(codec: str) -> None:
    before = threading.active_count()
    tasks = _kernel_threads()
    decoder = VideoDecoder()
    for frame in frames_of(encode(pictures(640, 360), codec=codec)):
        decoder.decode(frame)
    assert threading.active_count() == before
    # the encoder of the clip is gone by now; what is left beyond the start would be the decoder's
    assert _kernel_threads() <= tasks
    decoder.close()


def _kernel_threads() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("Threads:"))


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x00\x01", b"\x00\x00\x01\x67", b"\xff" * 20])
def test_key_frame_detection_survives_any_bytes(data: bytes) -> None:
    assert is_keyframe("VP8", data) is False
    assert is_keyframe("H264", data) is (data == b"\x00\x00\x01\x67")
