"""Colour conversions agree with their definitions and with an independent implementation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab

from media_pipeline.colour import (
    erythema_index,
    hue_degrees,
    ita_class,
    ita_degrees,
    melanin_index,
    to_lab,
    to_linear,
    to_srgb,
)
from media_pipeline.types import Image


@pytest.fixture(scope="module")
def colours() -> Image:
    return np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)


def test_there_and_back_is_the_same_picture(colours: Image) -> None:
    linear = to_linear(colours)
    assert linear.dtype == np.float32
    assert linear.min() >= 0
    assert linear.max() <= 1
    assert np.array_equal(to_srgb(linear), colours)


def test_linear_light_is_that_of_the_standard() -> None:
    grey = np.full((1, 1, 3), 188, np.uint8)  # half the light of white
    assert to_linear(grey)[0, 0, 0] == pytest.approx(0.503, abs=0.001)


def test_light_out_of_range_is_clipped() -> None:
    assert to_srgb(np.array([[[-1.0, 0.5, 7.0]]])).tolist() == [[[0, 188, 255]]]


def test_lab_agrees_with_scikit_image(colours: Image) -> None:
    assert np.abs(to_lab(colours) - rgb2lab(colours)).max() < 0.6


@pytest.mark.parametrize(
    ("lightness", "b", "name"),
    [
        (75, 12, "very light"),
        (68, 18, "light"),
        (61, 17, "intermediate"),
        (55, 17, "tan"),
        (45, 16, "brown"),
        (30, 14, "dark"),
    ],
)
def test_typology_angles_have_their_classes(lightness: float, b: float, name: str) -> None:
    assert ita_class(ita_degrees(lightness, b)) == name


def test_class_borders_are_the_published_ones() -> None:
    classes = [ita_class(angle) for angle in (55.1, 55, 41, 28, 10, -30)]
    assert classes == ["very light", "light", "intermediate", "tan", "brown", "dark"]


def test_hue_is_the_angle_in_the_colour_plane() -> None:
    assert hue_degrees(1, 1) == pytest.approx(45)
    assert hue_degrees(0, -1) == pytest.approx(-90)


@given(st.integers(60, 255), st.integers(30, 255), st.floats(0.4, 1.0))
def test_erythema_does_not_depend_on_how_much_light_falls(red: int, green: int, light: float) -> None:
    picture = np.full((1, 1, 3), (red, green, 50), np.uint8)
    dimmed = to_srgb(to_linear(picture) * light)
    assert erythema_index(dimmed)[0, 0] == pytest.approx(erythema_index(picture)[0, 0], abs=4)


def test_more_blood_raises_erythema_and_more_melanin_raises_melanin() -> None:
    skin = np.full((1, 1, 3), (200, 150, 130), np.uint8)
    flushed = to_srgb(to_linear(skin) * (0.97, 0.75, 0.8))
    tanned = to_srgb(to_linear(skin) * (0.7, 0.6, 0.5))
    assert erythema_index(flushed)[0, 0] > erythema_index(skin)[0, 0] + 8
    assert melanin_index(tanned)[0, 0] > melanin_index(skin)[0, 0] + 12
    assert melanin_index(np.full((1, 1, 3), 255, np.uint8))[0, 0] == pytest.approx(0, abs=0.01)


def test_black_has_finite_indices() -> None:
    black = np.zeros((2, 2, 3), np.uint8)
    assert np.isfinite(erythema_index(black)).all()
    assert np.isfinite(melanin_index(black)).all()
