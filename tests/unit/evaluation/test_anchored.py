"""A planted spot's box stays on the skin it was found on, within the bar where the mesh allows it."""

import itertools
from dataclasses import replace

import av
import numpy as np
import pytest

from benchmarks.clips import close_up, moving_portrait
from media_pipeline.evaluation.anchored import MOTIONS, Strayed, on_clip, on_head
from media_pipeline.evaluation.motion import Shape
from media_pipeline.evaluation.subjects import Subject

BAR = 0.02  # of the face's width

# (95 of 100 spots, half of them): what is kept today. In the picture's plane that is well within the bar; of a head
# that turns by 25 degrees one spot in six strays beyond it (media_pipeline/EVALUATION_LIVE.md).
KEPT = {
    "moved": (BAR, 0.01),
    "tilted by 15 degrees": (BAR, 0.01),
    "scaled by two": (BAR, 0.01),
    "turned by 10 degrees": (0.025, 0.0125),
    "turned by 25 degrees": (0.045, BAR),
}
SIZE = (640, 640)


@pytest.mark.parametrize("shape", ["mesh", "ellipsoid"])
def test_spots_stay_on_a_head_that_moves_turns_and_comes_nearer(head: Subject, shape: Shape) -> None:
    motions = [replace(MOTIONS[name], size=SIZE, shift=(20.0, 15.0)) for name in KEPT]
    strayed = on_head(head, motions, shape, scale=0.9)
    for (name, (most, half)), one in zip(KEPT.items(), strayed, strict=True):
        assert len(one.errors) > 40, name
        assert one.quantile(0.95) <= most, name
        assert one.quantile(0.5) <= half, name


def test_skin_that_flow_follows_on_a_clip_keeps_its_findings() -> None:
    strayed = on_clip(moving_portrait(close_up(), 640, 360, 24), span=10)
    assert len(strayed.errors) > 300
    assert strayed.quantile(0.95) <= BAR


def test_the_same_on_a_real_clip(shared_data: object) -> None:
    path = f"{shared_data}/video/portrait_zoompan.mp4"
    with av.open(path) as container:
        frames = itertools.islice(container.decode(video=0), 24)
        strayed = on_clip((np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in frames), span=15)
    assert len(strayed.errors) > 500
    assert strayed.quantile(0.95) <= BAR


def test_nothing_followed_is_no_figure() -> None:
    assert np.isnan(Strayed(np.zeros(0)).quantile(0.5))
