import numpy as np
import pytest

from media_pipeline.evaluation.optics import HAEMOGLOBIN, MELANIN, absorb, ita_degrees, to_linear, to_srgb

LIGHT = np.array([[[224, 172, 150]]], np.uint8)
DARK = np.array([[[82, 55, 44]]], np.uint8)


def test_linear_light_and_back_is_the_same_picture() -> None:
    codes = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    np.testing.assert_array_equal(to_srgb(to_linear(codes)), codes)


def test_light_beyond_white_is_white() -> None:
    np.testing.assert_array_equal(to_srgb(np.array([[[-1.0, 0.5, 7.0]]], np.float32)), [[[0, 188, 255]]])


def test_pigment_darkens_by_its_density_what_came_out_of_the_skin() -> None:
    linear = np.full((1, 1, 3), 0.515, np.float32)
    darker = absorb(linear, np.full((1, 1, 3), 1.0, np.float32))
    np.testing.assert_allclose(darker, 0.015 + 0.05, atol=1e-6)


def test_taking_away_what_was_added_gives_the_skin_back() -> None:
    linear = to_linear(LIGHT)
    density = np.full((1, 1, 3), 0.3, np.float32)
    np.testing.assert_allclose(absorb(absorb(linear, density), -density), linear, rtol=1e-5)


def test_the_same_redness_shows_less_on_dark_skin() -> None:
    density = 0.15 * np.array(HAEMOGLOBIN, np.float32)

    def green_lost(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
        before = to_linear(rgb)
        return float(1 - (absorb(before, density) / before)[0, 0, 1])

    assert green_lost(DARK) < 0.8 * green_lost(LIGHT)


def test_ita_tells_light_from_dark_skin_and_melanin_lowers_it() -> None:
    assert ita_degrees(to_linear(LIGHT)) > 41
    assert ita_degrees(to_linear(DARK)) < -30
    browner = absorb(to_linear(LIGHT), 0.3 * np.array(MELANIN, np.float32))
    assert ita_degrees(browner) < ita_degrees(to_linear(LIGHT)) - 15


def test_ita_of_a_published_colour() -> None:
    # Lab of sRGB (198, 150, 122) under D65 is about (65.9, 14.6, 22.0): atan(15.9 / 22.0) = 35.9 degrees
    assert ita_degrees(to_linear(np.array([[[198, 150, 122]]], np.uint8))) == pytest.approx(35.9, abs=1.0)
