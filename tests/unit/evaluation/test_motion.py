"""A head moves as it is told, and the truth goes with it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from media_pipeline.evaluation.motion import Motion, Shape, move
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.types import Points


def marked(head: Subject, at: Points) -> Subject:
    """The head with a green dot of 5 px at each point."""
    rgb = head.rgb.copy()
    for x, y in at.tolist():
        cv2.circle(rgb, (round(x), round(y)), 2, (0, 255, 0), -1)
    return replace(head, rgb=rgb)


@pytest.mark.parametrize("shape", ["mesh", "ellipsoid"])
@pytest.mark.parametrize("motion", [Motion(25.0), Motion(0.0, -15.0), Motion(-12.0, 6.0, 10.0, 1.3, (60.0, -20.0))])
def test_a_painted_dot_is_where_the_truth_says(head: Subject, motion: Motion, shape: Shape) -> None:
    spots = np.rint(head.points[[50, 280, 151, 4, 199]]).astype(np.float32)
    picture, place = move(marked(head, spots), motion, shape)
    green = picture[:, :, 1].astype(np.int16) - picture[:, :, [0, 2]].max(axis=2)
    for x, y in place(spots):
        left, top = round(float(x)) - 8, round(float(y)) - 8
        window = np.clip(green[top : top + 17, left : left + 17] - 40, 0, None)
        assert window.sum() > 0
        rows, columns = np.mgrid[0:17, 0:17]
        seen = (columns * window).sum() / window.sum() + left, (rows * window).sum() / window.sum() + top
        assert seen == pytest.approx((float(x), float(y)), abs=1.2)


def test_the_middle_of_a_head_stays_in_the_middle_and_grows(head: Subject) -> None:
    _, place = move(head, Motion(scale=2.0, size=(640, 480)), "mesh")
    ears = place(head.points[[234, 454]])
    assert ears.mean(axis=0) == pytest.approx((320, 240), abs=0.01)
    assert np.linalg.norm(ears[1] - ears[0]) == pytest.approx(
        2 * np.linalg.norm(head.points[454] - head.points[234]), rel=1e-3
    )
