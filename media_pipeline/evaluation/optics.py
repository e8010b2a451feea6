"""Light on skin, as simple as it can be and still right about dark skin.

A pixel's linear light is what the surface throws back unchanged plus what came out of the skin again. Only the second
part passes pigment, so what is planted multiplies it by 10^-density and leaves the surface's share alone: the same
redness shows less on dark skin, because there the surface's share is a larger part of the whole.
"""

import math

import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Image

__all__ = ["HAEMOGLOBIN", "MELANIN", "SURFACE", "Floats", "absorb", "ita_degrees", "to_linear", "to_srgb"]

Floats = NDArray[np.float32]

# Density per channel (R, G, B), the strongest 1: what brown spots and reddened skin take from the light in photographs.
# Flatter than the pigments' own spectra, because light scatters on its way. Not shared with the detectors.
MELANIN = (0.48, 0.68, 1.0)
HAEMOGLOBIN = (0.10, 0.95, 1.0)
SURFACE = 0.015  # linear; share of white light that polished skin reflects at its surface under soft light

_CODES = np.arange(256, dtype=np.float64) / 255
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
_STEPS = np.arange(1 << 16, dtype=np.float64) / ((1 << 16) - 1)
_ENCODED = np.rint(
    255 * np.where(_STEPS <= 0.0031308, _STEPS * 12.92, 1.055 * np.power(_STEPS, 1 / 2.4) - 0.055)
).astype(np.uint8)
_TO_XYZ = np.array(
    [(0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)]
)
_WHITE = np.array((0.95047, 1.0, 1.08883))


def to_linear(rgb: Image) -> Floats:
    """sRGB 0-255 (..., 3) in linear light 0-1."""
    return np.asarray(_LINEAR[rgb], np.float32)


def to_srgb(linear: Floats) -> Image:
    """Linear light, clipped to 0-1, as sRGB 0-255."""
    return np.asarray(_ENCODED[(np.clip(linear, 0.0, 1.0) * (len(_ENCODED) - 1) + 0.5).astype(np.int32)], np.uint8)


def absorb(linear: Floats, density: Floats) -> Floats:
    """Linear light (H, W, 3) after the density (H, W, 3) was added to the skin (negative: taken away)."""
    surface = np.minimum(linear, SURFACE)
    return (surface + (linear - surface) * np.power(np.float32(10), -density)).astype(np.float32)


def ita_degrees(linear: Floats) -> float:
    """Individual typology angle of the mean of (N, 3) linear colours, taken as seen under D65."""
    xyz = _TO_XYZ @ linear.reshape(-1, 3).mean(axis=0).astype(np.float64) / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    lightness, b = 116 * f[1] - 16, 200 * (f[1] - f[2])
    return math.degrees(math.atan2(lightness - 50, b))
