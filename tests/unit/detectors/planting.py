"""Aligned faces of plain skin in any tone, and things planted on them: place, size and strength are known.

The geometry (landmarks, regions, mask) is a real face's; the skin is a flat colour with a little noise and light from
above, so that a detector finds on it what was planted and nothing else.
"""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.colour import to_linear, to_srgb
from media_pipeline.types import AlignedFace

Floats = NDArray[np.float32]

MELANIN = (0.39, 0.58, 1.0)
HAEMOGLOBIN = (0.15, 1.0, 0.85)
SHADOW = (1.0, 1.0, 1.0)
SURFACE = np.float32(0.01)  # linear light that skin reflects before it meets pigment
TONES = {  # linear R, G, B of skin
    "light": (0.62, 0.40, 0.29),
    "tan": (0.34, 0.19, 0.11),
    "dark": (0.10, 0.055, 0.032),
}


def plain(face: AlignedFace, tone: str, seed: int = 1) -> AlignedFace:
    """The face with plain skin of that tone all over the square."""
    rows = np.linspace(0, 1, face.size, dtype=np.float32)[:, None, None]
    light = 1.05 - 0.12 * rows  # from above
    noise = np.random.default_rng(seed).normal(0, 0.012, (face.size, face.size, 1)).astype(np.float32)
    linear = np.array(TONES[tone], np.float32) * light * np.exp(cv2.GaussianBlur(noise, (0, 0), 0.8))[..., None]
    return replace(face, rgb=to_srgb(linear), source_px_per_mm=max(3.0, face.source_px_per_mm))


def absorb(face: AlignedFace, amount: Floats, colour: tuple[float, float, float]) -> AlignedFace:
    """The face with amount (S, S), in optical density, of a pigment laid under its shining surface."""
    below = np.maximum(to_linear(face.rgb) - SURFACE, 0)
    linear = below * np.power(10.0, -amount[..., None] * np.array(colour, np.float32)) + SURFACE
    return replace(face, rgb=to_srgb(linear))


def disc(face: AlignedFace, centre: NDArray[np.floating], radius_mm: float, edge_mm: float = 0.5) -> Floats:
    """1 inside, 0 outside, falling over edge_mm."""
    y, x = np.mgrid[0 : face.size, 0 : face.size].astype(np.float32)
    distance = np.hypot(x - centre[0], y - centre[1]) / face.px_per_mm
    return np.asarray(1 / (1 + np.exp(np.clip(4 * (distance - radius_mm) / edge_mm, -30, 30))), np.float32)


def line(face: AlignedFace, start: NDArray[np.floating], end: NDArray[np.floating], width_mm: float = 1.2) -> Floats:
    """1 along a line, falling off as a Gaussian of that full width."""
    canvas = np.zeros((face.size, face.size), np.uint8)
    shift = 4
    ends = [np.round(point * 2**shift).astype(int).tolist() for point in (start, end)]
    cv2.line(canvas, ends[0], ends[1], 255, 1, cv2.LINE_AA, shift)
    blurred = cv2.GaussianBlur(canvas.astype(np.float32), (0, 0), width_mm * face.px_per_mm / 2.355)
    return np.asarray(blurred / max(1e-6, float(blurred.max())), np.float32)


def scales(face: AlignedFace, seed: int = 2) -> Floats:
    """Fine flaking: noise of 0.3 mm, standard deviation 1."""
    noise = np.random.default_rng(seed).standard_normal((face.size, face.size)).astype(np.float32)
    fine = cv2.GaussianBlur(noise, (0, 0), 0.3 * face.px_per_mm)
    return np.asarray(fine / fine.std(), np.float32)


def mm(face: AlignedFace, x: float, y: float) -> NDArray[np.float32]:
    """A step of x, y millimetres in aligned px."""
    return np.array([x, y], np.float32) * np.float32(face.px_per_mm)
