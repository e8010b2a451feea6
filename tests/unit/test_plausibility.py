"""Nonsense is told from faces, and one person is one face."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.face_mesh import FaceTracker
from media_pipeline.plausibility import implausibility, left_over_tilt, mirror_disagreement, without_doubles
from media_pipeline.pose import REFERENCE
from media_pipeline.types import Box, Face, Frame, Image, Pose


@pytest.fixture(scope="module")
def tracker() -> Iterator[FaceTracker]:
    tracker = FaceTracker(static=True)
    yield tracker
    tracker.close()


@pytest.fixture(scope="module")
def landmarks(tracker: FaceTracker, astronaut: Image) -> NDArray[np.float32]:
    (face,) = tracker.track(Frame(astronaut))
    return face.landmarks


def _face(x: float, y: float, width: float, confidence: float = 0.9) -> Face:
    return Face(Box(x, y, width, 1.3 * width), np.zeros((478, 3), np.float32), Pose(0, 0, 0), confidence)


def _read(path: Path) -> Image | None:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if bgr is None else np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8)


def _sample(name: str) -> Image:
    """A picture that comes with scikit-image."""
    picture = _read(Path(str(files("skimage") / "data" / name)))
    assert picture is not None
    return picture


def _scaled(landmarks: NDArray[np.float32], x: float, y: float, z: float = 1.0) -> NDArray[np.float32]:
    return np.asarray(landmarks * (x, y, z), np.float32)


def test_a_real_mesh_may_be_a_face(landmarks: NDArray[np.float32]) -> None:
    assert implausibility(landmarks, 512, 512) is None


def test_coordinates_that_are_no_numbers_are_no_face(landmarks: NDArray[np.float32]) -> None:
    broken = landmarks.copy()
    broken[7, 1] = np.nan
    assert implausibility(broken, 512, 512) == "the mesh has coordinates that are no numbers"


def test_a_face_outside_the_picture_is_no_face(landmarks: NDArray[np.float32]) -> None:
    away = landmarks + np.array((5000, 0, 0), np.float32)
    assert implausibility(away, 512, 512) == "most of the face lies outside the picture"
    cut = landmarks + np.array((-195, 0, 0), np.float32)  # a quarter of the face is beyond the left edge
    assert implausibility(cut, 512, 512) is None


def test_a_face_of_a_few_pixels_is_no_face(landmarks: NDArray[np.float32]) -> None:
    assert implausibility(_scaled(landmarks, 0.1, 0.1, 0.1), 512, 512) == "the face is too small to be meshed"


@pytest.mark.parametrize("stretch", [0.6, 1.8])
def test_a_stretched_face_is_no_face(landmarks: NDArray[np.float32], stretch: float) -> None:
    assert implausibility(_scaled(landmarks, 1, stretch), 512, 1024) == "the mesh has not the proportions of a face"


def test_a_symmetric_mesh_and_its_mirror_image_agree() -> None:
    unit = np.full((478, 3), 0.5, np.float32)
    unit[list(REFERENCE)] = 0.5 + 0.3 * np.array(list(REFERENCE.values()), np.float32)
    assert mirror_disagreement(unit, unit) < 0.001
    assert mirror_disagreement(unit, np.empty((0, 3), np.float32)) == float("inf")


def test_pictures_without_a_face_have_none(tracker: FaceTracker) -> None:
    cat = _sample("chelsea.png")
    # the camera's man is seen from the side, from behind his ear
    for picture in (cat, _sample("camera.png"), _sample("coins.png"), _sample("coffee.png"), _sample("rocket.jpg")):
        for quarter_turns in range(4):
            turned = np.ascontiguousarray(np.rot90(picture, quarter_turns))
            for frame in (turned, np.ascontiguousarray(turned[:, ::-1])):
                assert tracker.track(Frame(frame)) == ()
    assert tracker.track(Frame(np.ascontiguousarray(cat[:, ::-1]))) == ()
    assert tracker.rejections  # the mesh model is sure of the mirrored cat: 0.999


def test_a_live_session_does_not_take_a_cat_for_a_person() -> None:
    tracker = FaceTracker()
    cat = Frame(np.ascontiguousarray(_sample("chelsea.png")[:, ::-1]))
    assert [len(tracker.track(cat)) for _ in range(20)] == [0] * 20
    tracker.close()


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_face_in_a_turned_picture_is_meshed_the_right_way_up(
    tracker: FaceTracker, astronaut: Image, landmarks: NDArray[np.float32], quarter_turns: int
) -> None:
    (face,) = tracker.track(Frame(np.ascontiguousarray(np.rot90(astronaut, quarter_turns))))
    expected = landmarks[:, :2]
    for _ in range(quarter_turns):
        expected = np.column_stack([expected[:, 1], astronaut.shape[0] - expected[:, 0]])
    assert np.abs(face.points - expected).mean() < 0.02 * face.box.width
    roll = {0: 0, 1: -90, 2: 180, 3: 90}[quarter_turns]
    assert abs((face.pose.roll - roll + 180) % 360 - 180) < 8


def test_every_portrait_passes(tracker: FaceTracker, shared_data: Path) -> None:
    for path in sorted((shared_data / "faces").glob("[cp]*/*.jpg")):
        picture = _read(path)
        assert picture is not None
        assert len(tracker.track(Frame(picture))) == 1, path.name


def test_hard_pictures_have_the_faces_they_show(tracker: FaceTracker, shared_data: Path) -> None:
    for path in sorted((shared_data / "faces" / "hard").iterdir()):
        picture = _read(path)
        if picture is None:
            continue
        count = len(tracker.track(Frame(picture)))
        if path.name.startswith("noface"):
            assert count == 0, path.name
        elif path.name == "three_faces.jpg":
            assert count >= 2
        else:
            assert count == 1, path.name


def test_one_person_found_twice_is_one_face_the_surest_one() -> None:
    faces = without_doubles([_face(100, 100, 80, 0.8), _face(110, 95, 90, 0.95), _face(400, 100, 60)])
    assert [face.box.x for face in faces] == [110, 400]


def test_people_beside_each_other_stay_two_the_nearer_first() -> None:
    faces = without_doubles([_face(100, 100, 80), _face(190, 100, 100)])
    assert [face.box.x for face in faces] == [190, 100]


@pytest.mark.parametrize(
    ("roll", "left_over"), [(0, 0), (44, 0), (-40, 0), (90, 0), (-93, 3), (70, 20), (60, 30), (178, 2), (-135, 45)]
)
def test_only_tilts_that_no_quarter_turn_explains_are_left_over(roll: float, left_over: float) -> None:
    assert left_over_tilt(roll) == pytest.approx(left_over)
