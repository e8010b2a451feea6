"""Angles are those by which the head was turned, with the signs that types.Pose promises."""

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from media_pipeline.face_mesh import FaceTracker
from media_pipeline.pose import REFERENCE, pose_of
from media_pipeline.types import Face, Frame

_TURNED_AWAY = 60.0  # degrees


@pytest.fixture(scope="module")
def straight() -> NDArray[np.float64]:
    """Landmarks of a head that looks straight; points that the fit does not use are noise."""
    landmarks = np.random.default_rng(5).normal(scale=80, size=(478, 3))
    landmarks[list(REFERENCE)] = np.array(list(REFERENCE.values())) * 150
    return landmarks


def _turn(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """The rotation of a head that turns, then looks up, then tilts, each about its own axes."""
    y, p, r = np.radians((yaw, pitch, roll))
    about_neck = np.array([[math.cos(y), 0, -math.sin(y)], [0, 1, 0], [math.sin(y), 0, math.cos(y)]])
    about_ears = np.array([[1, 0, 0], [0, math.cos(p), math.sin(p)], [0, -math.sin(p), math.cos(p)]])
    about_nose = np.array([[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]])
    turned: NDArray[np.float64] = about_neck @ about_ears @ about_nose
    return turned


@settings(max_examples=60, deadline=None)
@given(
    yaw=st.floats(-_TURNED_AWAY, _TURNED_AWAY),
    pitch=st.floats(-_TURNED_AWAY, _TURNED_AWAY),
    roll=st.floats(-170, 170),
    scale=st.floats(0.1, 10),
)
def test_a_turned_head_has_the_angles_it_was_turned_by(
    straight: NDArray[np.float64], yaw: float, pitch: float, roll: float, scale: float
) -> None:
    turned = scale * straight @ _turn(yaw, pitch, roll).T + (400, 300, 5)
    pose = pose_of(turned.astype(np.float32))
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=0.05)


def test_half_an_expression_moves_the_angles_little(straight: NDArray[np.float64]) -> None:
    noise = np.random.default_rng(7).normal(scale=3, size=straight.shape)  # 2 % of the distance between the eyes
    pose = pose_of((straight + noise).astype(np.float32))
    assert max(abs(pose.yaw), abs(pose.pitch), abs(pose.roll)) < 1.5


def _followed(video: Path) -> Iterator[tuple[Face, ...]]:
    capture, tracker = cv2.VideoCapture(str(video)), FaceTracker()
    try:
        while True:
            read, bgr = capture.read()
            if not read:
                return
            yield tracker.track(Frame(np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8)))
    finally:
        tracker.close()
        capture.release()


def test_a_woman_on_video_turns_from_her_right_to_her_left_and_back(shared_data: Path) -> None:
    faces = [found[0] for found in _followed(shared_data / "video" / "head-pose-face-detection-female.mp4")]
    yaw = np.array([face.pose.yaw for face in faces])
    # seen on the pictures: her profile to her right at frame 3, straight ahead at 9, three quarters left about 13
    assert np.argmin(yaw) in range(2, 6)
    assert yaw.min() < -35
    assert abs(yaw[9]) < 15
    assert np.argmax(yaw) in range(11, 16)
    assert 20 < yaw.max() < 50
    assert yaw[-1] < -15
    assert max(abs(face.pose.roll) for face in faces) < 15  # she does not tilt her head


def test_two_people_on_video_tilt_their_heads_to_their_right_and_stay_so(shared_data: Path) -> None:
    frames = list(_followed(shared_data / "video" / "head-pose-face-detection-female-and-male.mp4"))[::4]
    rolls = []
    for found in frames:
        # she is on the picture's left, he on its right
        woman, man = sorted(found, key=lambda face: face.box.x)
        rolls.append((woman.pose.roll, man.pose.roll))
        assert abs(woman.pose.yaw) < 40
        assert abs(man.pose.yaw) < 40
    tilt = np.array(rolls)
    assert (tilt[5:] < -15).all()
    assert (np.ptp(tilt[5:], axis=0) < 8).all()  # held still: the angle does not wander
