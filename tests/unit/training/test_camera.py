import numpy as np

from media_pipeline.training.camera import Shot, choose_shot, take

CLEAN = Shot((1.0, 1.0, 1.0), 1.0, 0.0, 1.0, 0.0, 0.0, smooth=False, quality=97)


def edge() -> np.ndarray:
    scene = np.full((64, 64, 3), 0.1, np.float32)
    scene[:, 32:] = 0.6
    return scene


def steepest(rgb: np.ndarray) -> int:
    return int(np.abs(np.diff(rgb[32, :, 1].astype(int))).max())


def test_blur_and_lost_detail_soften_an_edge() -> None:
    rng = np.random.default_rng
    sharp = steepest(take(rng(0), edge(), CLEAN))
    blurred = Shot((1.0, 1.0, 1.0), 1.0, 2.5, 1.0, 0.0, 0.0, smooth=False, quality=97)
    shrunk = Shot((1.0, 1.0, 1.0), 1.0, 0.0, 3.0, 0.0, 0.0, smooth=False, quality=97)
    assert steepest(take(rng(0), edge(), blurred)) < sharp / 2
    assert steepest(take(rng(0), edge(), shrunk)) < 0.8 * sharp


def test_every_shot_gives_a_picture() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        rgb = take(rng, edge(), choose_shot(rng))
        assert rgb.shape == (64, 64, 3) and rgb.dtype == np.uint8
