"""The other side of the face is the other side."""

import cv2
import numpy as np
import pytest

from media_pipeline.face_mesh import FaceTracker
from media_pipeline.mesh_topology import BROWS, EYES, FACE_OVAL, LIPS, NOSTRILS, mirrored
from media_pipeline.types import Frame, Image, Points


@pytest.fixture(scope="module")
def points(astronaut: Image) -> Points:
    (face,) = FaceTracker(static=True).track(Frame(astronaut))
    return face.points


def test_mirroring_twice_comes_back() -> None:
    for index in (*FACE_OVAL, *LIPS, *np.concatenate([*EYES, *BROWS, *NOSTRILS])):
        assert mirrored(mirrored(int(index))) == index


def test_paired_points_lie_on_both_sides_of_the_nose_at_one_height(points: Points) -> None:
    across = points[263] - points[33]
    across /= np.linalg.norm(across)
    for right, left in zip(np.concatenate([EYES[0], BROWS[0]]), np.concatenate([EYES[1], BROWS[1]]), strict=True):
        assert (points[right] - points[168]) @ across < 0 < (points[left] - points[168]) @ across
        height = (points[right] - points[left]) @ (-across[1], across[0])
        assert abs(height) < 5  # px of a face 90 px wide


def test_the_features_lie_inside_the_oval(points: Points) -> None:
    oval = points[FACE_OVAL]
    for outline in (*EYES, *BROWS, *NOSTRILS, LIPS):
        for x, y in points[outline]:
            assert cv2.pointPolygonTest(oval, (float(x), float(y)), True) > -2
