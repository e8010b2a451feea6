"""Findings stay on the skin when the face moves, turns in the picture and comes nearer."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.anchoring import Anchors
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.types import Box, Condition, Face, Finding, Frame, Image, RegionName

BAR = 0.02  # of the face's width: how far a finding may be from the truth

# skin of the portrait, px: forehead, cheeks, nose, chin
SPOTS = [(245, 75), (195, 135), (262, 140), (228, 130), (230, 182)]


def finding(x: float, y: float, size: float = 8.0) -> Finding:
    line = np.array([[x - size, y], [x, y + 2], [x + size, y]], np.float32)
    box = Box(x - size / 2, y - size / 2, size, size)
    return Finding(f"{x},{y}", Condition.ACNE, RegionName.NOSE, box, 0.9, outline=line)


def face_of(picture: Image) -> Face:
    tracker = FaceTracker(static=True)
    try:
        (face,) = tracker.track(Frame(picture))
        return face
    finally:
        tracker.close()


def moved(picture: Image, matrix: NDArray[np.float64]) -> Image:
    warped = cv2.warpAffine(picture, matrix, (900, 900), flags=cv2.INTER_LINEAR, borderValue=(90, 90, 90))
    return np.asarray(warped, np.uint8)


def matrix(scale: float, degrees: float, shift: tuple[float, float]) -> NDArray[np.float64]:
    made = cv2.getRotationMatrix2D((225.0, 125.0), degrees, scale)
    made[:, 2] += np.array(shift)
    return np.asarray(made, np.float64)


@pytest.mark.parametrize(
    ("scale", "degrees", "shift"),
    [(1.0, 0.0, (80.0, 200.0)), (2.0, 0.0, (200.0, 300.0)), (1.5, 20.0, (150.0, 250.0)), (0.8, -25.0, (60.0, 90.0))],
)
def test_a_finding_keeps_its_place_within_two_per_cent_of_the_faces_width(
    astronaut: Image, scale: float, degrees: float, shift: tuple[float, float]
) -> None:
    then = face_of(moved(astronaut, matrix(1.0, 0.0, (0.0, 0.0))))
    motion = matrix(scale, degrees, shift)
    now = face_of(moved(astronaut, motion))
    placed = Anchors([finding(*spot) for spot in SPOTS], then).on(now)
    for (x, y), one in zip(SPOTS, placed, strict=True):
        truth = motion @ (x, y, 1)
        assert np.linalg.norm(truth - one.box.centre) <= BAR * now.box.width
        assert one.outline is not None
        assert np.linalg.norm(motion @ (x - 8, y, 1) - one.outline[0]) <= BAR * now.box.width
        assert one.box.width == pytest.approx(8 * scale, rel=0.15)
        assert one.box.height == pytest.approx(8 * scale, rel=0.15)


def test_on_its_own_frame_a_finding_stays_where_it_was(astronaut: Image) -> None:
    face = face_of(astronaut)
    for spot, one in zip(SPOTS, Anchors([finding(*spot) for spot in SPOTS], face).on(face), strict=True):
        assert one.box.centre == pytest.approx(spot, abs=0.01)
        assert one.box.width == pytest.approx(8, rel=0.01)


def test_tied_together_each_finding_goes_where_it_goes_tied_alone(astronaut: Image) -> None:
    then, now = face_of(astronaut), face_of(moved(astronaut, matrix(1.5, 20.0, (150.0, 250.0))))
    findings = [finding(*spot) for spot in SPOTS]
    for one, tied in zip(findings, Anchors.each(findings, then), strict=True):
        ((there,), (alone,)) = tied.on(now), Anchors([one], then).on(now)
        assert there.id == one.id
        assert there.box.centre == pytest.approx(alone.box.centre)
        assert there.outline == pytest.approx(alone.outline)


def test_nothing_found_is_nothing_to_move(astronaut: Image) -> None:
    face = face_of(astronaut)
    assert Anchors([], face).on(face) == ()
