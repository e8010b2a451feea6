from collections.abc import Callable

import numpy as np
import pytest

from media_pipeline.training.surroundings import draw_beard, draw_ear, draw_headwear, draw_mouth_corner

SIDE = 120
SKIN = np.full((SIDE, SIDE, 3), (0.6, 0.35, 0.25), np.float32)


@pytest.mark.parametrize("draw", [draw_beard, draw_ear, draw_headwear, draw_mouth_corner])
def test_what_is_drawn_covers_skin_and_says_where(draw: Callable[..., tuple[np.ndarray, np.ndarray]]) -> None:
    covered = 0
    for seed in range(12):
        picture, seen = draw(np.random.default_rng(seed), SKIN, np.ones((SIDE, SIDE), np.float32), 3.0)
        assert picture.shape == SKIN.shape and np.isfinite(picture).all() and picture.min() >= 0
        assert 0 <= seen.min() and seen.max() <= 1
        covered += bool((seen < 0.5).any())
        assert (np.abs(picture - SKIN).max(axis=2)[seen < 0.5] > 0.01).mean() > 0.8 if (seen < 0.5).any() else True
    assert covered >= 4
