"""A planted spot's box stays on the skin it was found on, within the bar where the mesh allows it."""

import itertools
from dataclasses import replace

import av
import numpy as np
import pytest

from benchmarks.clips import close_up, moving_portrait
from media_pipeline.evaluation.anchored import (
    CLIPS,
    MOTIONS,
    Compared,
    Strayed,
    on_clip,
    on_head,
    on_moving_head,
    there_and_back,
)
from media_pipeline.evaluation.motion import Shape
from media_pipeline.evaluation.subjects import Subject

BAR = 0.02  # of the face's width

# (95 of 100 spots, half of them) placed on the skin; of the turned head with no picture in between. One spot in thirty
# still strays beyond the bar there (media_pipeline/EVALUATION_LIVE.md).
KEPT = {
    "moved": (BAR, 0.01),
    "tilted by 15 degrees": (BAR, 0.01),
    "scaled by two": (BAR, 0.01),
    "turned by 10 degrees": (BAR, 0.0075),
    "turned by 25 degrees": (0.025, 0.0075),
}
SIZE = (640, 640)


@pytest.mark.parametrize("shape", ["mesh", "ellipsoid"])
def test_spots_stay_on_a_head_that_moves_turns_and_comes_nearer(head: Subject, shape: Shape) -> None:
    motions = [replace(MOTIONS[name], size=SIZE, shift=(20.0, 15.0)) for name in KEPT]
    compared = on_head(head, motions, shape, scale=0.9)
    for (name, (most, half)), both in zip(KEPT.items(), compared, strict=True):
        one = both.on_skin
        assert one.quantile(0.95) <= both.by_mesh.quantile(0.95) + 0.001, name
        assert len(one.errors) > 40, name
        assert one.quantile(0.95) <= most, name
        assert one.quantile(0.5) <= half, name


def test_spots_stay_on_a_head_that_turns_and_comes_back_in_a_clip(head: Subject) -> None:
    poses = there_and_back(CLIPS["turned to 25 degrees, tilted, nearer, and back"], fps=10)
    assert poses[-1].yaw == pytest.approx(0)
    assert max(pose.yaw for pose in poses) == pytest.approx(25)
    clip = Compared.joined(on_moving_head(head, poses, "ellipsoid", scale=0.5, fps=10))
    assert clip.by_mesh.quantile(0.95) > BAR
    assert clip.on_skin.quantile(0.95) <= BAR + 0.0025
    assert clip.on_skin.quantile(0.5) <= clip.by_mesh.quantile(0.5)


def test_skin_that_flow_follows_on_a_clip_keeps_its_findings() -> None:
    strayed = on_clip(moving_portrait(close_up(), 640, 360, 24), span=10).on_skin
    assert len(strayed.errors) > 300
    assert strayed.quantile(0.95) <= BAR


def test_the_same_on_a_real_clip(shared_data: object) -> None:
    path = f"{shared_data}/video/portrait_zoompan.mp4"
    with av.open(path) as container:
        frames = itertools.islice(container.decode(video=0), 24)
        pictures = (np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in frames)
        strayed = on_clip(pictures, span=15).on_skin
    assert len(strayed.errors) > 500
    assert strayed.quantile(0.95) <= BAR


def test_nothing_followed_is_no_figure() -> None:
    assert np.isnan(Strayed(np.zeros(0)).quantile(0.5))
