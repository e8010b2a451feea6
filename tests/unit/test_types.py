"""The pipeline's values refuse what they cannot mean."""

import weakref

import numpy as np
import pytest

from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Face,
    Frame,
    Pose,
    Quality,
    Region,
    RegionName,
    Score,
    Status,
)

DETECTOR = DetectorInfo("local", "1", "numpy")


def test_a_frame_must_be_rgb_bytes() -> None:
    with pytest.raises(ValueError, match="uint8"):
        Frame(np.zeros((4, 4, 3), np.float32))
    with pytest.raises(ValueError, match=r"\(H, W, 3\)"):
        Frame(np.zeros((4, 4), np.uint8))
    assert Frame(np.zeros((4, 6, 3), np.uint8)).width == 6


@pytest.mark.parametrize("values", [(float("nan"), 0, 1, 1), (0, 0, -1, 1), (0, 0, 1, float("inf"))])
def test_a_box_must_be_finite_and_not_inside_out(values: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="box"):
        Box(*values)


def test_a_box_around_points_is_the_smallest() -> None:
    assert Box.around(np.array([[1, 5], [4, 2]], np.float32)) == Box(1, 2, 3, 3)


def test_a_face_must_have_all_landmarks() -> None:
    with pytest.raises(ValueError, match="478"):
        Face(Box(0, 0, 1, 1), np.zeros((468, 3), np.float32), Pose(0, 0, 0), 1.0)


def test_a_region_must_be_a_polygon() -> None:
    with pytest.raises(ValueError, match="polygon"):
        Region(RegionName.CHIN, np.zeros((2, 2), np.float32))


def test_a_score_stays_inside_its_interval() -> None:
    with pytest.raises(ValueError, match="order"):
        Score(50, 60, 70, "1")


def test_a_result_that_is_not_ok_says_why() -> None:
    with pytest.raises(ValueError, match="without a reason"):
        ConditionResult(Condition.ACNE, (), DETECTOR, status=Status.WITHHELD)


def test_an_aligned_face_can_be_referred_to_weakly() -> None:
    face = AlignedFace(
        rgb=np.zeros((4, 4, 3), np.uint8),
        landmarks=np.zeros((478, 2), np.float32),
        regions=(),
        skin=np.zeros((4, 4), np.bool_),
        to_frame=np.eye(2, 3),
        px_per_mm=1.0,
        source_px_per_mm=1.0,
        pose=Pose(0, 0, 0),
        quality=Quality(),
    )
    reference = weakref.ref(face)
    assert reference() is face
    del face
    assert reference() is None
