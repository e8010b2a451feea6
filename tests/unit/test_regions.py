"""Nine regions on bare skin, beside each other, and turned away when the head is."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from media_pipeline.face_mesh import FaceTracker
from media_pipeline.mesh_topology import BROWS, EYES, FACE_OVAL, LIPS, NOSTRILS
from media_pipeline.regions import polygons_at, regions_of
from media_pipeline.types import Box, Face, Frame, Image, Points, RegionName

SIDE = 800  # px of the canvas a face is drawn on


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    return FaceTracker(static=True)


def _enlarged(face: Face) -> Face:
    """The face on a canvas of SIDE px, so that a pixel is a small part of it."""
    scale = 0.8 * SIDE / max(face.box.width, face.box.height)
    landmarks = (face.landmarks - (*(face.box.x, face.box.y), 0)) * scale + (0.1 * SIDE, 0.1 * SIDE, 0)
    landmarks = landmarks.astype(np.float32)
    return Face(Box.around(landmarks[:, :2]), landmarks, face.pose, face.confidence)


def _filled(polygon: Points) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(polygon * 16).astype(np.int32)], 1, shift=4)
    return mask.astype(bool)


def test_the_nine_regions_are_there_once_each(tracker: FaceTracker, astronaut: Image) -> None:
    (face,) = tracker.track(Frame(astronaut))
    regions = regions_of(face)
    assert sorted(region.name for region in regions) == sorted(RegionName)
    assert all(region.visible for region in regions)


def test_left_is_the_persons_own_left(tracker: FaceTracker, astronaut: Image) -> None:
    (face,) = tracker.track(Frame(astronaut))
    centre = {region.name: region.polygon.mean(axis=0) for region in regions_of(face)}
    for left, right in (("left_cheek", "right_cheek"), ("under_left_eye", "under_right_eye")):
        assert centre[RegionName(left)][0] > centre[RegionName("nose")][0] > centre[RegionName(right)][0]
    column = ["forehead", "glabella", "nose", "perioral", "chin"]
    heights = [centre[RegionName(name)][1] for name in column]
    assert heights == sorted(heights)


@pytest.mark.parametrize("picture", ["astronaut", "hopper"])
def test_regions_keep_off_each_other_and_off_what_is_not_skin(
    tracker: FaceTracker, picture: str, request: pytest.FixtureRequest
) -> None:
    (face,) = tracker.track(Frame(request.getfixturevalue(picture)))
    _check_regions(_enlarged(face))


def test_regions_keep_off_on_every_frontal_face(tracker: FaceTracker, shared_data: Path) -> None:
    for path in sorted((shared_data / "faces").glob("[cp]*/*.jpg")):
        bgr = cv2.imread(str(path))
        assert bgr is not None
        (face,) = tracker.track(Frame(np.ascontiguousarray(bgr[:, :, ::-1])))
        if abs(face.pose.yaw) < 12:
            _check_regions(_enlarged(face))


def _check_regions(face: Face) -> None:
    filled = {region.name: _filled(region.polygon) for region in regions_of(face)}
    total = np.sum(list(filled.values()), axis=0)
    area = int((total > 0).sum())
    assert int((total > 1).sum()) < 0.01 * area  # shared borders alone
    oval = _filled(face.points[FACE_OVAL])
    assert 0.5 < area / oval.sum() < 0.85
    assert int(((total > 0) & ~oval).sum()) < 0.02 * area
    for outline in (*EYES, *BROWS, *NOSTRILS, LIPS):
        feature = _filled(face.points[outline])
        assert ((total > 0) & feature).sum() < 0.08 * feature.sum(), outline
    for name, mask in filled.items():
        assert mask.sum() > 0.008 * area, name


def test_a_turned_head_hides_the_far_cheek(tracker: FaceTracker, astronaut: Image) -> None:
    (face,) = tracker.track(Frame(astronaut))
    for degrees, hidden in ((55, RegionName.LEFT_CHEEK), (-55, RegionName.RIGHT_CHEEK)):
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
        landmarks = ((face.landmarks - face.landmarks.mean(axis=0)) @ turn.T + (250, 250, 0)).astype(np.float32)
        turned = Face(Box.around(landmarks[:, :2]), landmarks, face.pose, 1.0)
        visible = {region.name: region.visible for region in regions_of(turned)}
        assert not visible[hidden]
        assert visible[RegionName.NOSE]
        assert sum(visible.values()) >= 5


def test_polygons_of_other_pixels_are_the_same_shapes(tracker: FaceTracker, astronaut: Image) -> None:
    (face,) = tracker.track(Frame(astronaut))
    for region, polygon in zip(regions_of(face), polygons_at(face.points * 2 + 5), strict=True):
        np.testing.assert_allclose(polygon, region.polygon * 2 + 5, rtol=1e-4)
