"""The skin is laid out the same way wherever the face is in the picture."""

import cv2
import numpy as np
import pytest

from media_pipeline.face_mesh import FaceTracker
from media_pipeline.mesh_topology import FACE_OVAL
from media_pipeline.types import Box, Face, Frame, Image
from media_pipeline.unwrapping import FACE_PX, SIDE, Layout


@pytest.fixture(scope="module")
def face(astronaut: Image) -> Face:
    tracker = FaceTracker(static=True)
    try:
        return tracker.track(Frame(astronaut))[0]
    finally:
        tracker.close()


def moved(picture: Image, face: Face, scale: float, degrees: float) -> tuple[Image, Face]:
    """The picture scaled and turned about the face, and the mesh with it."""
    matrix = np.asarray(cv2.getRotationMatrix2D(face.box.centre, degrees, scale), np.float64)
    matrix[:, 2] += np.array((300.0, 300.0)) - face.box.centre
    pixels = matrix.copy()
    pixels[:, 2] += pixels[:, :2].sum(axis=1) / 2 - 0.5
    turned = np.asarray(cv2.warpAffine(picture, pixels, (600, 600)), np.uint8)
    landmarks = face.landmarks * np.float32(scale)
    landmarks[:, :2] = face.points @ matrix[:, :2].T + matrix[:, 2]
    low, size = landmarks[:, :2].min(axis=0), np.ptp(landmarks[:, :2], axis=0)
    box = Box(float(low[0]), float(low[1]), float(size[0]), float(size[1]))
    return turned, Face(box, landmarks, face.pose, face.confidence)


def test_the_face_is_upright_in_the_square(face: Face) -> None:
    at = Layout(face).landmarks
    assert np.linalg.norm(at[454] - at[234]) == pytest.approx(FACE_PX, rel=1e-4)
    assert at[454, 1] == pytest.approx(at[234, 1], abs=0.01)
    assert at[FACE_OVAL].min() > -2  # the chin of a long face may just run out of it
    assert at[FACE_OVAL].max() < SIDE + 2


def test_on_its_own_picture_the_mesh_lies_on_itself(face: Face) -> None:
    layout = Layout(face)
    there = layout.on(face).at(layout.landmarks)
    away = np.linalg.norm(there - face.points, axis=1) / face.box.width
    assert np.quantile(away, 0.95) < 0.005  # what lies at the square's rim is held inside it


@pytest.mark.parametrize(("scale", "degrees"), [(1.0, 90.0), (2.0, 0.0), (3.0, 20.0), (1.0, -180.0)])
def test_a_moved_face_is_laid_out_alike(astronaut: Image, face: Face, scale: float, degrees: float) -> None:
    layout = Layout(face)
    before = layout.on(face).picture(Frame(astronaut)).astype(np.float32)
    picture, there = moved(astronaut, face, scale, degrees)
    after = layout.on(there).picture(Frame(picture)).astype(np.float32)
    middle = np.s_[30:110, 40:104]
    assert np.abs(before - after)[middle].mean() < 4


def test_it_can_be_laid_elsewhere(face: Face) -> None:
    layout = Layout(face)
    at = layout.on(face)
    aside = at.moved(np.full_like(layout.grid, 3.0))
    middle = np.array([[72.0, 72.0]], np.float32)
    assert aside.at(middle) == pytest.approx(at.at(middle + 3), abs=0.05)


def test_skin_that_faces_the_camera_shows_all_of_its_area(face: Face) -> None:
    layout = Layout(face)
    middle = layout.landmarks[[50, 280, 205, 425]]
    assert layout.on(face).facing(middle) == pytest.approx(np.ones(4), abs=0.1)


def test_a_face_that_runs_out_of_the_picture_repeats_its_edge(astronaut: Image, face: Face) -> None:
    gone = Face(face.box, face.landmarks - np.array([5000, 5000, 0], np.float32), face.pose, face.confidence)
    picture = Layout(face).on(gone).picture(Frame(astronaut))
    assert picture.shape == (SIDE, SIDE)
    assert np.ptp(picture) < 60
