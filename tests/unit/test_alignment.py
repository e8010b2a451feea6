"""The aligned face is upright, whole, to scale, and its skin mask holds skin."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from media_pipeline.alignment import FACE_WIDTH_MM, align, face_width_px
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.mesh_topology import EYES, LIPS
from media_pipeline.types import Frame, Image, Quality


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    return FaceTracker(static=True)


def _turned(rgb: Image, degrees: float, scale: float, side: int = 700) -> Image:
    matrix = cv2.getRotationMatrix2D((222, 120), degrees, scale)  # about the astronaut's face
    matrix[0, 2] += side / 2 - 222
    matrix[1, 2] += side / 2 - 120
    return np.asarray(cv2.warpAffine(rgb, matrix, (side, side)), np.uint8)


@pytest.mark.parametrize("size", [256, 640])
@pytest.mark.parametrize(("degrees", "scale"), [(0, 1), (25, 1.5), (-40, 3)])
def test_the_face_stands_upright_and_whole_in_the_square(
    tracker: FaceTracker, astronaut: Image, degrees: float, scale: float, size: int
) -> None:
    frame = Frame(_turned(astronaut, degrees, scale))
    (face,) = tracker.track(frame)
    aligned = align(frame, face, Quality(), size=size)
    assert aligned.size == size
    right, left = aligned.landmarks[33], aligned.landmarks[263]
    assert abs(left[1] - right[1]) < 0.02 * size
    assert right[0] < 0.5 * size < left[0]
    assert aligned.landmarks[:, 1].min() > 0.1 * size  # room for the forehead
    assert aligned.landmarks[:, 1].max() < 0.97 * size
    assert aligned.landmarks[:, 0].min() > 0.03 * size
    assert aligned.landmarks[:, 0].max() < 0.97 * size


def test_aligned_pixels_go_back_to_the_frame(tracker: FaceTracker, astronaut: Image) -> None:
    frame = Frame(_turned(astronaut, 30, 2))
    (face,) = tracker.track(frame)
    aligned = align(frame, face, Quality())
    back = aligned.landmarks @ aligned.to_frame[:, :2].T + aligned.to_frame[:, 2]
    np.testing.assert_allclose(back, face.points, atol=0.01)
    pupil = np.rint(aligned.landmarks[468]).astype(int)
    patch = aligned.rgb[pupil[1] - 3 : pupil[1] + 4, pupil[0] - 3 : pupil[0] + 4]
    assert patch.mean() < 90  # the pupil is where the mesh says, in the aligned picture too


def test_the_scale_is_in_millimetres_whatever_the_frame(tracker: FaceTracker, astronaut: Image) -> None:
    scales = []
    for degrees, scale in ((0, 1.5), (20, 3)):
        frame = Frame(_turned(astronaut, degrees, scale))
        (face,) = tracker.track(frame)
        aligned = align(frame, face, Quality())
        width = np.linalg.norm(aligned.landmarks[454] - aligned.landmarks[234])
        assert width / aligned.px_per_mm == pytest.approx(FACE_WIDTH_MM, rel=0.03)
        assert aligned.source_px_per_mm == pytest.approx(face_width_px(face) / FACE_WIDTH_MM)
        scales.append((aligned.px_per_mm, aligned.source_px_per_mm / scale))
    assert scales[0] == pytest.approx(scales[1], rel=0.03)


def test_a_turned_head_is_as_wide_as_a_straight_one(tracker: FaceTracker, astronaut: Image) -> None:
    (face,) = tracker.track(Frame(astronaut))
    angle = math.radians(25)
    turn = np.array([[math.cos(angle), 0, -math.sin(angle)], [0, 1, 0], [math.sin(angle), 0, math.cos(angle)]])
    landmarks = (face.landmarks @ turn.T).astype(np.float32)
    turned = type(face)(face.box, landmarks, face.pose, face.confidence)
    assert face_width_px(turned) == pytest.approx(face_width_px(face), rel=1e-3)


def test_the_skin_mask_holds_cheeks_and_leaves_out_eyes_and_lips(tracker: FaceTracker, astronaut: Image) -> None:
    frame = Frame(astronaut)
    (face,) = tracker.track(frame)
    aligned = align(frame, face, Quality())
    for outline in (*EYES, LIPS):
        inside = np.zeros(aligned.skin.shape, np.uint8)
        cv2.fillPoly(inside, [np.rint(aligned.landmarks[outline]).astype(np.int32)], 1)
        assert not aligned.skin[inside > 0].any()
    for landmark in (50, 280, 151, 5, 199):  # cheeks, forehead, nose, chin
        x, y = np.rint(aligned.landmarks[landmark]).astype(int)
        assert aligned.skin[y, x]
    assert 0.2 < aligned.skin.mean() < 0.5


def test_what_the_segmentation_excludes_and_what_lies_beyond_the_frame_is_no_skin(
    tracker: FaceTracker, astronaut: Image
) -> None:
    frame = Frame(astronaut)
    (face,) = tracker.track(frame)
    plain = align(frame, face, Quality())
    right_half = np.zeros(astronaut.shape[:2], np.bool_)
    right_half[:, 223:] = True
    halved = align(frame, face, Quality(), segmentation=right_half)
    assert 0.3 < halved.skin.sum() / plain.skin.sum() < 0.7
    assert not (halved.skin & ~plain.skin).any()

    cut = Frame(np.ascontiguousarray(astronaut[:, 215:]))
    landmarks = face.landmarks - np.array((215, 0, 0), np.float32)
    half = type(face)(face.box, landmarks, face.pose, face.confidence)
    assert 0.3 < align(cut, half, Quality()).skin.sum() / plain.skin.sum() < 0.8


def test_a_segmentation_of_another_shape_is_refused(tracker: FaceTracker, astronaut: Image) -> None:
    frame = Frame(astronaut)
    (face,) = tracker.track(frame)
    with pytest.raises(ValueError, match="segmentation must be"):
        align(frame, face, Quality(), segmentation=np.ones((10, 10), np.bool_))


def test_every_face_at_hand_can_be_aligned(tracker: FaceTracker, shared_data: Path) -> None:
    for path in sorted((shared_data / "faces").glob("[cp]*/*.jpg")):
        bgr = cv2.imread(str(path))
        assert bgr is not None
        frame = Frame(np.ascontiguousarray(bgr[:, :, ::-1]))
        (face,) = tracker.track(frame)
        aligned = align(frame, face, Quality(), size=320)
        assert 0.9 < aligned.px_per_mm < 2.2, path.name
        assert 0.15 < aligned.skin.mean() < 0.5, path.name
