from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.training.canvases import cut_face, load_face, noise_map, procedural_skin
from media_pipeline.training.optics import lab


def test_a_portraits_skin_is_found_without_eyes_and_lips(hopper: NDArray[np.uint8], tmp_path: Path) -> None:
    path = tmp_path / "face.png"
    cv2.imwrite(str(path), hopper[..., ::-1])
    face = load_face(path)
    assert face is not None and not face.grey
    assert 0.3 < face.px_per_mm < 3
    assert 0.02 < (face.skin > 0).mean() < 0.4
    tile = cut_face(np.random.default_rng(1), face, 128, 1.0)
    assert tile.linear.shape == (128, 128, 3) and 0 <= tile.linear.min() and tile.linear.max() <= 1


def test_a_picture_without_a_face_gives_none(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((200, 200, 3), 120, np.uint8))
    assert load_face(path) is None


def test_a_file_that_is_no_picture_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text.jpg"
    path.write_text("no picture")
    with pytest.raises(ValueError, match="not a picture"):
        load_face(path)


def test_procedural_skin_comes_in_light_and_dark_tones() -> None:
    backdrop = np.zeros((200, 200, 3), np.uint8)
    canvases = [procedural_skin(np.random.default_rng(seed), 64, 2.5, backdrop) for seed in range(24)]
    lightness = {c.tone: float(np.median(lab(c.linear)[c.skin > 0.5][:, 0])) for c in canvases if c.skin.any()}
    tones = sorted(lightness)
    assert lightness[tones[0]] > 60 and lightness[tones[-1]] < 52
    assert np.corrcoef(tones, [lightness[t] for t in tones])[0, 1] < -0.8


def test_noise_has_unit_spread() -> None:
    noise = noise_map(np.random.default_rng(0), 100, 8)
    assert noise.shape == (100, 100) and abs(noise.mean()) < 1e-3 and noise.std() == pytest.approx(1, abs=1e-3)
