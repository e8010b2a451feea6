"""A face is steady when it is seen well and does not move: not drifting, not turning, not through a gap."""

import numpy as np
import pytest

from media_pipeline.steadiness import LONGEST_GAP_S, STEADY_S, Steadiness
from media_pipeline.types import Box, Face, Issue, Pose, Quality

GOOD = Quality((), {})


def face(x: float = 100.0, width: float = 100.0, yaw: float = 0.0) -> Face:
    return Face(Box(x, 100, width, 120), np.zeros((478, 3), np.float32), Pose(yaw, 0, 0), 0.9)


def steady_after(seconds: float, fps: float, *, speed: float = 0.0) -> float:
    """speed: px a second to the side, the face being 100 px wide."""
    steadiness, at = Steadiness(), 50.0
    steady = steadiness.update(face(), GOOD, at)
    for number in range(1, round(seconds * fps) + 1):
        steady = steadiness.update(face(100 + speed * number / fps), GOOD, at + number / fps)
    return steady


@pytest.mark.parametrize("fps", [5, 30, 60])
def test_a_still_face_is_steady_for_as_long_as_it_is_seen_at_any_rate(fps: float) -> None:
    assert steady_after(2.0, fps) == pytest.approx(2.0)


def test_slow_drifting_is_no_steadiness() -> None:
    assert steady_after(5.0, 30, speed=8.0) < STEADY_S
    assert steady_after(1.0, 30, speed=2.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("seen", "quality"),
    [
        (None, GOOD),
        (face(), Quality((Issue.BLURRED,), {})),
        (face(104), GOOD),
        (face(100, 105), GOOD),
        (face(yaw=6), GOOD),
    ],
    ids=["no face", "not good", "moved", "nearer", "turned"],
)
def test_what_is_not_steady_starts_anew(seen: Face | None, quality: Quality) -> None:
    steadiness = Steadiness()
    steadiness.update(face(), GOOD, 10.0)
    assert steadiness.update(face(), GOOD, 10.3) == pytest.approx(0.3)
    assert steadiness.update(seen, quality, 10.4) == 0.0
    assert steadiness.update(face(), GOOD, 10.5) == 0.0 or seen is not None


def test_nothing_is_known_of_a_gap_or_of_a_clock_that_went_back() -> None:
    steadiness = Steadiness()
    steadiness.update(face(), GOOD, 10.0)
    assert steadiness.update(face(), GOOD, 10.1 + LONGEST_GAP_S) == 0.0
    assert steadiness.update(face(), GOOD, 9.0) == 0.0
