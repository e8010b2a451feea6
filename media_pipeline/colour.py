"""Colour of skin in numbers: linear light, CIELAB, typology angle, erythema and melanin indices.

Pictures are 8 bit sRGB (IEC 61966-2-1, D65), so everything that depends on one channel alone is a table of 256 entries.
The indices are optical densities: Takiwaki, J Med Invest 44:121 (1998); as images from ordinary cameras, linear in
haemoglobin and melanin: Yamamoto et al., Skin Res Technol 14:26 (2008).
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Image

__all__ = [
    "erythema_index",
    "hue_degrees",
    "ita_class",
    "ita_degrees",
    "melanin_index",
    "to_lab",
    "to_linear",
    "to_srgb",
]

_DARKEST = 1  # code value that stands for everything darker in logarithms: linear 0.0003

# Cuts between the classes of the individual typology angle, degrees: Chardon et al., Int J Cosmet Sci 13:191 (1991),
# with the sixth class of Del Bino and Bernerd, Br J Dermatol 169 Suppl 3:33 (2013).
_ITA_CLASSES = ((55.0, "very light"), (41.0, "light"), (28.0, "intermediate"), (10.0, "tan"), (-30.0, "brown"))


def to_linear(rgb: Image) -> NDArray[np.float32]:
    """Linear light 0-1, float32 of the picture's shape, of sRGB code values."""
    return np.asarray(cv2.LUT(np.ascontiguousarray(rgb), _linear_table()), np.float32)


def to_srgb(linear: NDArray[np.floating]) -> Image:
    """sRGB code values of linear light, clipped to 0-1 first."""
    clipped = np.clip(linear, 0, 1)
    encoded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * np.power(clipped, 1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255), np.uint8)


def to_lab(rgb: Image) -> NDArray[np.float32]:
    """CIELAB (D65) of a (H, W, 3) picture: L* 0-100, a*, b* about -100 to 100."""
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)


def ita_degrees(lightness: float, b: float) -> float:
    """Individual typology angle, degrees: atan((L* - 50) / b*) (Chardon 1991). Over 90 where b* is negative, which skin
    in white light never is."""
    return float(np.degrees(np.arctan2(lightness - 50.0, b)))


def ita_class(ita: float) -> str:
    """The class of a typology angle: very light, light, intermediate, tan, brown or dark."""
    return next((name for least, name in _ITA_CLASSES if ita > least), "dark")


def hue_degrees(a: float, b: float) -> float:
    """CIELAB hue angle h*, degrees, -180 to 180: below 55 skin looks reddish (arXiv:2309.05148)."""
    return float(np.degrees(np.arctan2(b, a)))


def erythema_index(rgb: Image) -> NDArray[np.float32]:
    """100 (log10 R - log10 G) in linear light, (H, W) float32: grows with haemoglobin. Skin lies about 10 to 60."""
    table = _density_table()
    return np.asarray(cv2.LUT(_channel(rgb, 1), table) - cv2.LUT(_channel(rgb, 0), table), np.float32)


def melanin_index(rgb: Image) -> NDArray[np.float32]:
    """100 log10(1 / R) in linear light, (H, W) float32: grows with melanin. Skin lies about 10 to 150. It also grows
    where less light falls: compare within one light, or against a background estimate."""
    return np.asarray(cv2.LUT(_channel(rgb, 0), _density_table()), np.float32)


def _channel(rgb: Image, channel: int) -> Image:
    return np.ascontiguousarray(rgb[:, :, channel])


@cache
def _linear_table() -> NDArray[np.float32]:
    code = np.arange(256) / 255.0
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear, np.float32)


@cache
def _density_table() -> NDArray[np.float32]:
    """100 log10(1 / linear) by code value."""
    linear = _linear_table().astype(np.float64)
    return np.asarray(-100 * np.log10(np.maximum(linear, linear[_DARKEST])), np.float32)
