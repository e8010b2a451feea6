"""Landmarks lie on the reference's skin where the mesh strays, and are the mesh's own where nothing says better."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.face_mesh import FaceTracker
from media_pipeline.registration import SkinRegistration
from media_pipeline.types import Face, Frame, Image, Pose

SCALE = 2.0
BAR = 0.02  # of the face's width
TURNED = Pose(25.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def face(enlarged: Image) -> Face:
    tracker = FaceTracker(static=True)
    try:
        return tracker.track(Frame(enlarged))[0]
    finally:
        tracker.close()


@pytest.fixture(scope="module")
def enlarged(astronaut: Image) -> Image:
    return np.asarray(cv2.resize(astronaut[:260, 100:360], None, fx=SCALE, fy=SCALE), np.uint8)


def strayed(face: Face, most: float = 0.035) -> Face:
    """A mesh that strays as meshes of turned heads do: smoothly, by some hundredths of the face's width."""
    x, y = ((face.points - face.box.centre) / face.box.width).T
    field = np.stack([np.cos(2.5 * x + y), np.sin(3 * y - x)], axis=1) * most * face.box.width / np.sqrt(2)
    landmarks = face.landmarks.copy()
    landmarks[:, :2] += field
    return replace(face, landmarks=landmarks, pose=TURNED)


def errors(found: Face, truth: Face) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(found.points - truth.points, axis=1) / truth.box.width, np.float32)


def referred(picture: Image, face: Face) -> SkinRegistration:
    registration = SkinRegistration()
    assert registration.on_skin(Frame(picture), face, clear=True) is face
    return registration


def later(picture: Image, seconds: float = 0.1) -> Frame:
    return Frame(picture, received_at=seconds)


def test_a_mesh_that_strays_is_brought_back_to_the_skin(enlarged: Image, face: Face) -> None:
    wrong = strayed(face)
    found = referred(enlarged, face).on_skin(later(enlarged), wrong, clear=True)
    assert np.quantile(errors(wrong, face), 0.5) > BAR
    assert np.quantile(errors(found, face), 0.95) < BAR
    assert np.quantile(errors(found, face), 0.5) < BAR / 3


def test_so_it_is_in_other_light_and_from_nearer(enlarged: Image, face: Face) -> None:
    wrong = strayed(face)
    dimmed = np.linspace(0.35, 0.9, enlarged.shape[1])[None, :, None]
    nearer = np.asarray(cv2.resize((enlarged * dimmed).astype(np.uint8), None, fx=1.5, fy=1.5), np.uint8)
    larger = replace(
        wrong,
        landmarks=wrong.landmarks * np.float32(1.5),
        box=replace(
            face.box,
            x=face.box.x * 1.5,
            y=face.box.y * 1.5,
            width=face.box.width * 1.5,
            height=face.box.height * 1.5,
        ),
    )
    found = referred(enlarged, face).on_skin(later(nearer), larger, clear=False)
    back = replace(face, landmarks=found.landmarks / np.float32(1.5))
    assert np.quantile(errors(back, face), 0.95) < BAR


def test_a_face_that_has_not_turned_costs_nothing(enlarged: Image, face: Face) -> None:
    registration = referred(enlarged, face)
    wrong = replace(strayed(face), pose=face.pose)
    assert registration.on_skin(later(enlarged), wrong, clear=True) is wrong


@pytest.mark.parametrize("what", ["covered", "noise", "somebody upside down"])
def test_where_the_skin_is_not_to_be_seen_the_mesh_is_left_alone(enlarged: Image, face: Face, what: str) -> None:
    other = {
        "covered": np.full_like(enlarged, 120),
        "noise": np.random.default_rng(1).integers(0, 255, enlarged.shape, np.uint8),
        "somebody upside down": np.ascontiguousarray(enlarged[::-1]),
    }[what]
    wrong = strayed(face)
    found = referred(enlarged, face).on_skin(later(other), wrong, clear=False)
    assert float(np.linalg.norm(found.points - wrong.points, axis=1).max()) <= 0.01 * face.box.width


def test_a_hand_over_half_the_face_leaves_the_other_half_better(enlarged: Image, face: Face) -> None:
    half = enlarged.copy()
    middle = int(face.box.centre[0])
    half[:, middle:] = (190, 150, 130)
    wrong = strayed(face)
    found = referred(enlarged, face).on_skin(later(half), wrong, clear=False)
    seen = face.points[:, 0] < middle - 0.08 * face.box.width
    assert np.quantile(errors(found, face)[seen], 0.9) < BAR
    assert errors(found, face)[~seen].mean() <= errors(wrong, face)[~seen].mean()


def test_what_can_not_be_measured_any_more_fades(enlarged: Image, face: Face) -> None:
    registration = referred(enlarged, face)
    wrong = strayed(face)
    registration.on_skin(later(enlarged, 0.1), wrong, clear=False)
    farther = replace(wrong, pose=Pose(30.0, 0.0, 0.0))
    covered = np.full_like(enlarged, 120)
    fading = registration.on_skin(later(covered, 0.4), farther, clear=False)
    moved = float(errors(fading, wrong).mean())
    assert 0.005 < moved < 0.025
    assert registration.on_skin(later(covered, 1.5), farther, clear=False) is farther


def test_a_busy_server_leaves_the_mesh_alone(enlarged: Image, face: Face) -> None:
    wrong = strayed(face)
    assert referred(enlarged, face).on_skin(later(enlarged), wrong, clear=True, measure=False) is wrong


def test_it_keeps_its_reference_through_being_busy(enlarged: Image, face: Face) -> None:
    registration = referred(enlarged, face)
    wrong = strayed(face)
    for at in (1.0, 2.0, 3.0, 9.0):
        registration.on_skin(later(enlarged, at), wrong, clear=True, measure=False)
    assert np.quantile(errors(registration.on_skin(later(enlarged, 9.1), wrong, clear=True), face), 0.95) < BAR


def test_an_unclear_picture_is_no_reference(enlarged: Image, face: Face) -> None:
    registration = SkinRegistration()
    registration.on_skin(Frame(enlarged), face, clear=False)
    wrong = strayed(face)
    assert registration.on_skin(later(enlarged), wrong, clear=False) is wrong


def test_a_face_that_comes_to_look_into_the_camera_is_the_better_reference(enlarged: Image, face: Face) -> None:
    aside = replace(strayed(face), pose=Pose(35.0, 0.0, 0.0))
    registration = referred(enlarged, aside)
    registration.on_skin(later(enlarged, 0.1), replace(face, pose=Pose(2.0, 0.0, 0.0)), clear=True)
    found = registration.on_skin(later(enlarged, 0.2), aside, clear=True)
    assert np.quantile(errors(found, face), 0.95) < BAR


def test_a_reference_that_shows_something_else_is_given_up(enlarged: Image, face: Face) -> None:
    covered = np.random.default_rng(2).integers(0, 255, enlarged.shape, np.uint8)
    registration = referred(covered, face)
    wrong = strayed(face)
    registration.on_skin(later(enlarged, 1.0), wrong, clear=True)
    registration.on_skin(later(enlarged, 5.0), replace(face, pose=TURNED), clear=True)  # the new reference
    found = registration.on_skin(later(enlarged, 5.1), replace(wrong, pose=Pose(0.0, 0.0, 0.0)), clear=True)
    assert np.quantile(errors(found, face), 0.9) < BAR
