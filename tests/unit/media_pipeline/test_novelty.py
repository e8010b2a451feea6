"""A picture that is sent again is not new, however it was encoded; a face that is held still is."""

import numpy as np
import pytest

from benchmarks.clips import close_up, encode, moving_portrait
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.mailbox import EncodedFrame
from media_pipeline.novelty import Novelty
from media_pipeline.types import Frame, Image
from media_pipeline.video_decoder import VideoDecoder, is_keyframe


def decoded(pictures: list[Image], kbps: int) -> list[Frame]:
    """What arrives of them."""
    decoder = VideoDecoder()
    frames = []
    for number, data in enumerate(encode(pictures, kbps=kbps, gop=1000).packets):
        picture = decoder.decode(EncodedFrame(data, "VP8", number * 3000, 0.0, is_keyframe("VP8", data)))
        assert picture is not None
        frames.append(Frame(decoder.to_rgb(picture), number))
    return frames


def news(frames: list[Frame]) -> list[bool]:
    tracker, novelty = FaceTracker(), Novelty()
    try:
        return [novelty.is_new(frame, tracker.track(frame)[0]) for frame in frames]
    finally:
        tracker.close()


@pytest.mark.parametrize("kbps", [300, 2000])
def test_one_picture_sent_again_and_again_is_new_once(kbps: int) -> None:
    (picture,) = moving_portrait(close_up(), 640, 360, 1)
    frames = decoded([picture] * 31, kbps)
    assert news(frames[::10]) == [True, False, False, False]


def test_a_face_that_sways_by_a_quarter_of_a_pixel_is_new_every_time() -> None:
    rng = np.random.default_rng(1)
    pictures = list(moving_portrait(close_up(), 640, 360, 480))[:31:3]  # 1/8 px a picture
    noisy = [np.clip(one + rng.normal(0, 1.5, one.shape), 0, 255).astype(np.uint8) for one in pictures]
    assert all(news(decoded(noisy, 1500)[::2]))


def test_another_size_is_new() -> None:
    (picture,) = moving_portrait(close_up(), 640, 360, 1)
    frames = [Frame(picture), Frame(picture), Frame(np.ascontiguousarray(picture[:, 40:-40]))]
    assert news(frames) == [True, False, True]
