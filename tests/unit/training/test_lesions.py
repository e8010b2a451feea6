import math

import numpy as np
import pytest

from media_pipeline.training.lesions import DIAMETER_MM, Kind, Lesion, draw_lesion, plan_lesions
from media_pipeline.training.optics import Layers, Light, apply_layers, lab

SKIN = np.full((96, 96, 3), (0.62, 0.36, 0.25), np.float32)


def test_lesions_sit_on_skin_alone_and_follow_the_scale() -> None:
    skin = np.zeros((300, 300), np.float32)
    skin[40:260, 100:280] = 1
    for px_per_mm in (1.8, 4.2):
        lesions = plan_lesions(np.random.default_rng(3), skin, px_per_mm, burden=400)
        assert len(lesions) > 10
        assert all(skin[int(lesion.y), int(lesion.x)] == 1 for lesion in lesions)
        assert all(0.4 * px_per_mm < lesion.radius < 20 * px_per_mm for lesion in lesions)


def test_no_two_lesions_share_one_place() -> None:
    lesions = plan_lesions(np.random.default_rng(5), np.ones((200, 200), np.float32), 3.0, burden=900)
    for i, one in enumerate(lesions):
        for other in lesions[:i]:
            assert math.hypot(one.x - other.x, one.y - other.y) > 0.7 * max(one.radius, other.radius)


def test_no_skin_bears_no_lesions() -> None:
    assert plan_lesions(np.random.default_rng(0), np.zeros((50, 50), np.float32), 3.0, burden=100) == []


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("tone", [0.0, 1.0])
def test_every_kind_shows_inside_its_box_and_little_outside(kind: Kind, tone: float) -> None:
    shown, spilt = [], []
    for seed in range(12):
        lesion = Lesion(kind, 48, 48, 8, 1.2, 0.4)
        layers = Layers.empty((96, 96))
        draw_lesion(np.random.default_rng(seed), layers, lesion, 1.0, tone, softness=0.0)
        skin = SKIN * (1 - 0.85 * tone)
        change = np.linalg.norm(lab(apply_layers(skin, layers, Light())) - lab(skin), axis=2)
        x0, y0, x1, y1 = (round(v) for v in lesion.box)
        shown.append(float(np.quantile(change[y0:y1, x0:x1], 0.9)))
        change[y0:y1, x0:x1] = 0
        spilt.append(float(np.quantile(change, 0.99)))
    assert np.median(shown) > 3.5
    assert np.median(spilt) < np.median(shown)


def test_a_lesion_beyond_the_edge_is_harmless() -> None:
    layers = Layers.empty((20, 20))
    draw_lesion(np.random.default_rng(0), layers, Lesion(Kind.PAPULE, 500, 500, 5, 1, 0), 1.0, 0.0, 0.0)
    assert not layers.red.any()


def test_every_kind_has_its_sizes() -> None:
    assert set(DIAMETER_MM) == {kind.name for kind in Kind}
