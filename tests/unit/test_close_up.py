"""A face that runs out of the picture is found by looking with room around it; what is no face is not."""

import numpy as np
import pytest

from media_pipeline.close_up import face_beyond
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.face_models import ModelPool
from media_pipeline.types import Frame, Image


@pytest.fixture(scope="module")
def models() -> ModelPool:
    return ModelPool(limit=1)


def test_a_cut_out_of_a_face_has_its_mesh_where_the_whole_picture_has_it(hopper: Image, models: ModelPool) -> None:
    tracker = FaceTracker(static=True, models=models)
    (whole,) = tracker.track(Frame(hopper))
    tracker.close()
    box = whole.box
    x0, y0 = round(box.x + 0.06 * box.width), round(box.y + 0.22 * box.height)
    x1, y1 = round(box.x + 0.94 * box.width), round(box.y + 0.97 * box.height)
    cut = face_beyond(Frame(np.ascontiguousarray(hopper[y0:y1, x0:x1])), models)
    assert cut is not None
    apart = np.hypot(*(cut.points + (x0, y0) - whole.points).T).mean()
    assert apart < 0.06 * box.width
    assert cut.points.min() < 0  # some of it lies outside the cut


def test_bricks_and_noise_are_no_face(models: ModelPool) -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (200, 200, 3), np.uint8)
    assert face_beyond(Frame(noise), models) is None
    stripes = np.zeros((200, 300, 3), np.uint8)
    stripes[::16] = 200
    assert face_beyond(Frame(stripes), models) is None
