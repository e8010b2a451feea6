import numpy as np
import pytest

from media_pipeline.training.optics import Layers, Light, apply_layers, lab, to_linear, to_srgb


def test_srgb_and_linear_light_are_each_others_inverse() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(1, -1, 1).repeat(3, axis=2)
    np.testing.assert_allclose(to_srgb(to_linear(codes)) * 255, codes, atol=0.01)


@pytest.mark.parametrize("shade", [0.08, 0.5])
def test_blood_reddens_and_melanin_browns_light_and_dark_skin(shade: float) -> None:
    skin = np.full((9, 9, 3), (1.0, 0.62, 0.42), np.float32) * shade
    bare = lab(skin)[4, 4]
    blood, melanin = Layers.empty((9, 9)), Layers.empty((9, 9))
    blood.red += 0.3
    melanin.melanin += 0.3
    reddened = lab(apply_layers(skin, blood, Light()))[4, 4]
    browned = lab(apply_layers(skin, melanin, Light()))[4, 4]
    assert reddened[1] - bare[1] > 5  # a*
    assert browned[0] < bare[0] - 3  # L*
    assert browned[1] - bare[1] < reddened[1] - bare[1]


def test_empty_layers_change_nothing() -> None:
    skin = np.random.default_rng(0).random((8, 8, 3), np.float32)
    np.testing.assert_allclose(apply_layers(skin, Layers.empty((8, 8)), Light(shine=0.5)), skin, rtol=1e-6)


def test_a_bump_is_brighter_on_the_side_of_the_light() -> None:
    yy, xx = np.mgrid[0:41, 0:41].astype(np.float32)
    layers = Layers.empty((41, 41))
    layers.height += 6 * np.exp(-((xx - 20) ** 2 + (yy - 20) ** 2) / 60)
    skin = np.full((41, 41, 3), 0.3, np.float32)
    lit = apply_layers(skin, layers, Light(direction=(-1.0, 0.0), shading=0.8, shine=0.0))
    assert lit[20, 15, 1] > 0.32 and lit[20, 25, 1] < 0.28
