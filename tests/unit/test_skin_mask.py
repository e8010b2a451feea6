"""The skin mask keeps skin of every tone, with its redness and moles, and leaves out what lies on it or beside it."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.decode import decode
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.mesh_topology import FACE_OVAL
from media_pipeline.skin_mask import SkinSegmenter
from media_pipeline.types import Face, Frame, Image, Mask

NOSE_TIP, LEFT_CHEEK, RIGHT_CHEEK, FOREHEAD, MOUSTACHE = 4, 425, 205, 151, 164


@pytest.fixture(scope="module")
def segmenter() -> Iterator[SkinSegmenter]:
    segmenter = SkinSegmenter()
    yield segmenter
    segmenter.close()


@pytest.fixture(scope="module")
def tracker() -> Iterator[FaceTracker]:
    tracker = FaceTracker(static=True)
    yield tracker
    tracker.close()


@pytest.fixture(scope="module")
def astronaut_face(tracker: FaceTracker, astronaut: Image) -> Face:
    (face,) = tracker.track(Frame(astronaut))
    return face


def at(mask: Mask, face: Face, landmark: int, radius: int = 3) -> float:
    """Share of skin in a square around a landmark."""
    x, y = (int(value) for value in face.points[landmark])
    return float(mask[y - radius : y + radius + 1, x - radius : x + radius + 1].mean())


def inside(face: Face, shape: tuple[int, ...]) -> Mask:
    oval = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(oval, [face.points[FACE_OVAL].astype(np.int32)], 1)
    return oval.astype(np.bool_)


def painted(rgb: Image, centre: NDArray[np.float32], axes: tuple[float, float], colour: tuple[int, int, int]) -> Image:
    copy = rgb.copy()
    x, y = (int(value) for value in centre)
    cv2.ellipse(copy, (x, y), (round(axes[0]), round(axes[1])), 0, 0, 360, colour, -1, cv2.LINE_AA)
    return copy


def test_cheeks_nose_and_forehead_are_skin_and_nothing_outside_the_face_is(
    segmenter: SkinSegmenter, astronaut: Image, astronaut_face: Face
) -> None:
    mask = segmenter.segment(Frame(astronaut), astronaut_face)
    assert mask.shape == astronaut.shape[:2] and mask.dtype == np.bool_
    for landmark in (NOSE_TIP, LEFT_CHEEK, RIGHT_CHEEK, FOREHEAD):
        assert at(mask, astronaut_face, landmark) == 1
    assert not mask[
        ~cv2.dilate(inside(astronaut_face, mask.shape).astype(np.uint8), np.ones((5, 5))).astype(bool)
    ].any()


def test_a_lock_of_hair_and_a_cloth_on_the_cheek_are_left_out(
    segmenter: SkinSegmenter, astronaut: Image, astronaut_face: Face
) -> None:
    mm = astronaut_face.box.width / 140
    cheek = astronaut_face.points[LEFT_CHEEK]
    for colour in ((22, 18, 17), (60, 90, 160), (120, 120, 118)):
        mask = segmenter.segment(Frame(painted(astronaut, cheek, (5 * mm, 12 * mm), colour)), astronaut_face)
        assert at(mask, astronaut_face, LEFT_CHEEK, radius=2) == 0, colour
        assert at(mask, astronaut_face, RIGHT_CHEEK) == 1


def test_redness_and_moles_stay_skin(segmenter: SkinSegmenter, astronaut: Image, astronaut_face: Face) -> None:
    mm = astronaut_face.box.width / 140
    cheek = astronaut_face.points[LEFT_CHEEK]
    red = segmenter.segment(Frame(painted(astronaut, cheek, (10 * mm, 10 * mm), (190, 60, 55))), astronaut_face)
    assert at(red, astronaut_face, LEFT_CHEEK) == 1
    mole = segmenter.segment(Frame(painted(astronaut, cheek, (2 * mm, 2 * mm), (50, 30, 22))), astronaut_face)
    assert at(mole, astronaut_face, LEFT_CHEEK) == 1


def test_darker_or_warmer_light_changes_little(
    segmenter: SkinSegmenter, astronaut: Image, astronaut_face: Face
) -> None:
    before = segmenter.segment(Frame(astronaut), astronaut_face)
    for gains in ((0.7, 0.7, 0.7), (1.0, 0.92, 0.8)):
        changed = (astronaut.astype(np.float32) * np.array(gains, np.float32)).astype(np.uint8)
        after = segmenter.segment(Frame(changed), astronaut_face)
        assert (before & after).sum() / (before | after).sum() > 0.93


def test_a_face_that_reaches_over_the_frame_is_cut_at_its_edge(
    segmenter: SkinSegmenter, tracker: FaceTracker, astronaut: Image, astronaut_face: Face
) -> None:
    shift = int(astronaut_face.points[NOSE_TIP, 0])
    half = np.ascontiguousarray(astronaut[:, shift:])
    landmarks = astronaut_face.landmarks - np.array((shift, 0, 0), np.float32)
    face = Face(astronaut_face.box, landmarks, astronaut_face.pose, astronaut_face.confidence)
    mask = segmenter.segment(Frame(half), face)
    assert mask.shape == half.shape[:2]
    assert at(mask, face, LEFT_CHEEK) == 1


def test_a_face_outside_the_frame_has_no_skin(segmenter: SkinSegmenter, astronaut: Image, astronaut_face: Face) -> None:
    landmarks = astronaut_face.landmarks + np.array((5000, 0, 0), np.float32)
    face = Face(astronaut_face.box, landmarks, astronaut_face.pose, astronaut_face.confidence)
    assert not segmenter.segment(Frame(astronaut), face).any()


def share_of_skin(segmenter: SkinSegmenter, tracker: FaceTracker, path: Path) -> tuple[float, Mask, Face]:
    frame = Frame(decode(path.read_bytes()))
    face = tracker.track(frame)[0]
    mask = segmenter.segment(frame, face)
    return float(mask[inside(face, mask.shape)].mean()), mask, face


@pytest.mark.parametrize("name", ["woman_0002_f2", "woman_0003_f2", "woman_0027_f2", "woman_0096_f0"])
def test_bare_faces_of_light_to_dark_skin_keep_most_of_their_skin(
    segmenter: SkinSegmenter, tracker: FaceTracker, shared_data: Path, name: str
) -> None:
    share, _, _ = share_of_skin(segmenter, tracker, shared_data / "faces/clear" / f"{name}.jpg")
    assert share > 0.75


def test_beard_and_hat_are_left_out(segmenter: SkinSegmenter, tracker: FaceTracker, shared_data: Path) -> None:
    _, mask, face = share_of_skin(segmenter, tracker, shared_data / "faces/portraits/portrait_03.jpg")
    assert at(mask, face, MOUSTACHE, radius=2) == 0 and at(mask, face, FOREHEAD, radius=2) == 1
    _, mask, face = share_of_skin(segmenter, tracker, shared_data / "faces/portraits/portrait_01.jpg")
    assert at(mask, face, 10, radius=1) == 0 and at(mask, face, RIGHT_CHEEK, radius=2) == 1


def test_glasses_frames_are_left_out(segmenter: SkinSegmenter, tracker: FaceTracker, shared_data: Path) -> None:
    _, mask, face = share_of_skin(segmenter, tracker, shared_data / "faces/portraits/portrait_02.jpg")
    temple = (face.points[[127, 34]].mean(axis=0) + face.points[[130]].mean(axis=0)) / 2
    x, y = (int(value) for value in temple)
    assert not mask[y - 4 : y + 5, x].all()


def test_fair_and_curly_hair_at_the_temples_is_left_out_and_the_forehead_is_not(
    segmenter: SkinSegmenter, tracker: FaceTracker, shared_data: Path
) -> None:
    _, mask, face = share_of_skin(segmenter, tracker, shared_data / "faces/clear/woman_0017_f1.jpg")
    assert at(mask, face, 127, radius=8) < 0.1 and at(mask, face, FOREHEAD, radius=8) == 1
    _, mask, face = share_of_skin(segmenter, tracker, shared_data / "faces/portraits/portrait_03.jpg")
    assert at(mask, face, FOREHEAD, radius=3) == 1  # behind glasses
