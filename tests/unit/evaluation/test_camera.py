from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.evaluation.camera import PLAIN, Shot, Taken, take
from media_pipeline.evaluation.optics import to_linear
from media_pipeline.evaluation.planting import Planted
from media_pipeline.evaluation.scenes import DISTURBANCES, SMALL_CHANGES
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.types import Condition, Frame

MARKED = (9, 50, 280, 199)  # between the brows, on the cheeks, on the chin


def _picture(taken: Taken) -> NDArray[np.uint8]:
    decoded = cv2.imdecode(np.frombuffer(taken.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[:, :, ::-1]).astype(np.uint8)


def _shoot(head: Subject, shot: Shot) -> Taken:
    truth = [Planted(Condition.ACNE, head.points[[index]] + np.float32(d)) for index in MARKED for d in (0,)]
    return take(head, head.rgb, truth, shot, np.random.default_rng(0))


def test_a_plain_picture_is_the_head_as_it_is(head: Subject) -> None:
    picture = _picture(_shoot(head, PLAIN))
    assert picture.shape == head.rgb.shape
    assert np.abs(picture.astype(int) - head.rgb).mean() < 4


@pytest.mark.parametrize("shot", [*DISTURBANCES, *SMALL_CHANGES], ids=lambda shot: shot.name)
def test_the_truth_moves_with_the_face(head: Subject, shot: Shot) -> None:
    """What was marked at a landmark is found at that landmark of the face in the new picture."""
    taken = _shoot(head, shot)
    tracker = FaceTracker(static=True)
    try:
        faces = tracker.track(Frame(_picture(taken)))
    finally:
        tracker.close()
    if shot.name == "very dim" and not faces:
        pytest.skip("no face is seen in so little light")
    assert faces
    for index, planted in zip(MARKED, taken.truth, strict=True):
        off = np.linalg.norm(planted.outline[0] - faces[0].points[index]) / taken.px_per_mm
        assert off < 5.0, f"landmark {index} is {off:.1f} mm away"


def test_light_and_colour_do_what_they_say(head: Subject) -> None:
    plain = _picture(_shoot(head, PLAIN)).astype(float)
    assert _picture(_shoot(head, Shot(exposure=0.5))).mean() < 0.8 * plain.mean()
    warm = _picture(_shoot(head, Shot(warmth=1.4))).astype(float)
    assert warm[..., 0].mean() / warm[..., 2].mean() > 1.1 * plain[..., 0].mean() / plain[..., 2].mean()
    half = plain.shape[1] // 2
    side = _picture(_shoot(head, Shot(side=2.0))).astype(float)
    assert side[:, :half].mean() / side[:, half:].mean() > 1.1 * plain[:, :half].mean() / plain[:, half:].mean()


def test_blur_takes_detail_and_fewer_pixels_are_fewer(head: Subject) -> None:
    def detail(shot: Shot) -> float:
        return float(cv2.Laplacian(_picture(_shoot(head, shot)).mean(axis=2), cv2.CV_64F).var())

    assert detail(Shot(blur_mm=0.9, noise=0)) < 0.5 * detail(Shot(noise=0))
    taken = _shoot(head, Shot(scale=0.5))
    assert _picture(taken).shape == (300, 256, 3)
    assert taken.px_per_mm == pytest.approx(head.px_per_mm / 2)


def test_the_same_seed_takes_the_same_picture(head: Subject) -> None:
    assert _shoot(head, Shot(noise=3)).jpeg == _shoot(head, Shot(noise=3)).jpeg


@pytest.mark.parametrize("shot", [Shot("half", scale=0.5), Shot("round", roll=180.0), Shot("moved", shift=(5.0, -3.0))])
def test_the_truth_is_counted_from_the_corner_whatever_is_done_to_the_picture(head: Subject, shot: Shot) -> None:
    rgb = np.zeros_like(head.rgb)
    x, y = np.rint(head.points[1]).astype(int)
    rgb[y - 4 : y + 4, x - 6 : x + 6] = 255
    truth = [Planted(Condition.ACNE, np.array([(x - 6, y - 4), (x + 6, y + 4)], np.float32))]
    taken = take(head, rgb, truth, replace(shot, noise=0.0, quality=100), np.random.default_rng(0))
    light = to_linear(_picture(taken))[..., 1].astype(np.float64)
    middle = [float((light.sum(axis=axis) * (np.arange(light.shape[1 - axis]) + 0.5)).sum()) for axis in (0, 1)]
    np.testing.assert_allclose(taken.truth[0].outline.mean(axis=0), np.array(middle) / light.sum(), atol=0.1)
