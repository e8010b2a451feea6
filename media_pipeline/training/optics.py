"""Light and skin: sRGB against linear light, the absorption of blood and melanin, and the shading of a rough surface.

Skin is taken as a bright scatterer under absorbers, so a pigment of optical density d multiplies linear light by
10 ** (-d * spectrum). The spectra are the relative absorption of oxygenated and deoxygenated haemoglobin and of
eumelanin, averaged over the bands of an sRGB camera and scaled to 1 in their strongest band; the blue of blood is
lowered, because blue light is scattered back before it goes deep (Takiwaki 1998, J Med Invest 44:121).
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Layers", "Light", "apply_layers", "lab", "to_linear", "to_srgb"]

Array = NDArray[np.float32]

OXYGENATED = np.array([0.10, 1.00, 0.72], np.float32)
DEOXYGENATED = np.array([0.30, 1.00, 0.52], np.float32)
MELANIN = np.array([0.42, 0.62, 1.00], np.float32)
PUS = np.array([0.92, 0.84, 0.60], np.float32)  # reflectance of a pustule's head
LOG_10 = float(np.log(10.0))


@dataclass(slots=True, eq=False)
class Layers:
    """What is laid over skin, maps of (H, W) float32: optical densities of red and violet blood and of melanin, height
    in px, the share of pus 0-1."""

    red: Array
    violet: Array
    melanin: Array
    height: Array
    pus: Array

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> "Layers":
        return cls(*(np.zeros(shape, np.float32) for _ in range(5)))

    def cut(self, window: tuple[slice, slice]) -> "Layers":
        """A copy of a part."""
        maps = (self.red, self.violet, self.melanin, self.height, self.pus)
        return Layers(*(one[window].copy() for one in maps))

    def since(self, before: "Layers") -> "Layers":
        """What was laid over since `before`: the differences, and the share of pus where it rose."""
        return Layers(
            self.red - before.red,
            self.violet - before.violet,
            self.melanin - before.melanin,
            self.height - before.height,
            np.where(self.pus > before.pus, self.pus, np.float32(0)),
        )


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a scene: direction of the key light in the picture's plane (unit vector), how strongly slopes shade
    (0-1.5), and how much the skin shines (0-1), brightest where the surface's slope equals `mirror`."""

    direction: tuple[float, float] = (-0.5, -0.8)
    shading: float = 0.6
    shine: float = 0.1
    mirror: tuple[float, float] = (0.0, 0.0)
    colour: tuple[float, float, float] = field(default=(1.0, 1.0, 1.0))


def to_linear(rgb: NDArray[np.uint8]) -> Array:
    """sRGB uint8 to linear light, float32 0-1 (IEC 61966-2-1)."""
    table = np.arange(256, dtype=np.float64) / 255
    table = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    linear: Array = table.astype(np.float32)[rgb]
    return linear


def to_srgb(linear: Array) -> Array:
    """Linear light to sRGB-encoded float32 0-1, clipped."""
    clipped = np.clip(linear, 0.0, 1.0)
    encoded: Array = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * np.power(clipped, 1 / 2.4) - 0.055)
    return encoded.astype(np.float32)


def lab(linear: Array) -> Array:
    """Linear light to CIE L*a*b* (D65), float32."""
    converted: Array = cv2.cvtColor(to_srgb(linear), cv2.COLOR_RGB2LAB).astype(np.float32)
    return converted


def apply_layers(linear: Array, layers: Layers, light: Light) -> Array:
    """Skin with the layers on it, under the light: linear (H, W, 3) in and out."""
    density = (
        layers.red[..., None] * OXYGENATED
        + layers.violet[..., None] * DEOXYGENATED
        + layers.melanin[..., None] * MELANIN
    )
    result = linear * np.exp(-LOG_10 * density)
    if layers.pus.any():
        level = np.clip(linear.max(axis=2, keepdims=True) * 1.12, 0, 1)
        alpha = layers.pus[..., None]
        result = result * (1 - alpha) + level * PUS * np.array(light.colour, np.float32) * alpha
    if layers.height.any():
        slope_x = cv2.Sobel(layers.height, cv2.CV_32F, 1, 0, ksize=3) / 8
        slope_y = cv2.Sobel(layers.height, cv2.CV_32F, 0, 1, ksize=3) / 8
        # `direction` points from the skin to the light; a slope that rises away from the light faces it.
        facing = -(slope_x * light.direction[0] + slope_y * light.direction[1])
        shade = np.clip(1.0 + light.shading * facing, 0.35, 1.6)
        result = result * shade[..., None]
        if light.shine > 0:
            flat = np.exp(-(light.mirror[0] ** 2 + light.mirror[1] ** 2) / 0.02)
            off = (slope_x - light.mirror[0]) ** 2 + (slope_y - light.mirror[1]) ** 2
            gloss = np.clip(np.exp(-off / 0.02) - flat, 0, 1) * light.shine
            bump = np.clip(layers.height, 0, 1)
            result = result + (gloss * bump)[..., None] * np.array(light.colour, np.float32)
    return np.asarray(result, np.float32)
