import numpy as np

from media_pipeline.training.canvases import Canvas
from media_pipeline.training.distractors import draw_in_skin, draw_over_skin
from media_pipeline.training.optics import Layers


def test_what_is_in_the_skin_stays_in_the_skin() -> None:
    skin = np.zeros((120, 120), np.float32)
    skin[:, 60:] = 1
    canvas = Canvas(np.full((120, 120, 3), 0.4, np.float32), skin, 3.0, 0.2)
    inside, outside = 0.0, 0.0
    for seed in range(8):
        layers = Layers.empty((120, 120))
        draw_in_skin(np.random.default_rng(seed), layers, canvas)
        inside += float(np.abs(layers.melanin[:, 60:]).sum() + np.abs(layers.red[:, 60:]).sum())
        outside += float(np.abs(layers.melanin[:, :60]).sum() + np.abs(layers.red[:, :60]).sum())
    assert inside > 10 * outside > 0


def test_what_lies_over_the_skin_hides_it() -> None:
    plain = np.full((120, 120, 3), (0.6, 0.35, 0.25), np.float32)
    hidden = 0
    for seed in range(30):
        picture, seen = draw_over_skin(np.random.default_rng(seed), plain, 3.0, holes=True)
        assert picture.shape == plain.shape and picture.min() >= 0
        assert seen.min() >= 0 and seen.max() <= 1
        hidden += bool(seen.min() < 0.5)
    assert 5 < hidden < 30
