"""Nonsense is told from faces, and one person is one face."""

import numpy as np
from numpy.typing import NDArray

from media_pipeline.plausibility import implausibility, without_doubles
from media_pipeline.types import Box, Face, Pose


def _face(x: float, y: float, width: float, confidence: float = 0.9) -> Face:
    return Face(Box(x, y, width, 1.3 * width), _landmarks(), Pose(0, 0, 0), confidence)


def _landmarks() -> NDArray[np.float32]:
    return np.zeros((478, 3), np.float32)


def test_coordinates_that_are_no_numbers_are_no_face() -> None:
    landmarks = _landmarks()
    landmarks[7, 1] = np.nan
    assert implausibility(landmarks, 640, 360) == "the mesh has coordinates that are no numbers"


def test_one_person_found_twice_is_one_face_the_surest_one() -> None:
    faces = without_doubles([_face(100, 100, 80, 0.8), _face(110, 95, 90, 0.95), _face(400, 100, 60)])
    assert [face.box.x for face in faces] == [110, 400]


def test_people_beside_each_other_stay_two_the_nearer_first() -> None:
    faces = without_doubles([_face(100, 100, 80), _face(190, 100, 100)])
    assert [face.box.x for face in faces] == [190, 100]
