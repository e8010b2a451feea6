"""What borders on a face's skin or covers it in one piece: ears, hats and scarves, beards, the corners of a mouth.

All of it was taken for lesions by an earlier model. Each function draws one of them at a place of its own choosing and
returns the picture (S, S, 3), linear, and the share of skin still seen (S, S), 0-1.
"""

import math

import cv2
import numpy as np

from media_pipeline.training.canvases import noise_map
from media_pipeline.training.optics import Array

__all__ = ["draw_beard", "draw_ear", "draw_headwear", "draw_mouth_corner"]

BLOOD = np.array([0.96, 0.72, 0.74], np.float32)  # what an ear's blood leaves of R, G, B


def draw_ear(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    """An ear, 55 to 70 mm high: redder than the face, folded, with a dark hollow and at times an ear-ring's glint."""
    height, width = rng.uniform(55, 70) * ppm, rng.uniform(26, 36) * ppm
    size = picture.shape[0]
    x, y = rng.uniform(-0.1 * size, 1.1 * size, 2)
    side, tilt = float(rng.choice([-1.0, 1.0])), float(rng.normal(0, 0.15))
    u, v = _turned(size, x, y, tilt)
    u, v = side * u / (width / 2), v / (height / 2)
    shape = np.clip((1 - np.hypot(u, v * (1 + 0.25 * np.clip(v, 0, 1)))) * 0.15 * width, 0, 1).astype(np.float32)
    skin = np.median(picture.reshape(-1, 3), axis=0)
    flushed = skin * BLOOD ** rng.uniform(0, 1.6)
    rim = np.exp(-(((np.hypot(u, v) - 0.82) / 0.10) ** 2))
    fold = np.exp(-(((np.hypot(u + 0.15, v + 0.1) - 0.5) / 0.13) ** 2))
    hollow = np.exp(-(((u + 0.35) / 0.22) ** 2 + ((v - 0.05) / 0.25) ** 2))
    shade = 1 + rng.uniform(0.05, 0.25) * (rim + 0.7 * fold) - rng.uniform(0.4, 0.8) * hollow
    ear = np.asarray(flushed * np.clip(shade + 0.06 * noise_map(rng, size, 4 * ppm), 0.1, 1.6)[..., None], np.float32)
    return _cover(picture, seen, shape, ear)


def draw_headwear(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    """The edge of a hat, a band or a scarf: cloth of any colour with stripes or spots, and its shadow on the skin."""
    size = picture.shape[0]
    x, y = rng.uniform(0, size, 2)
    u, v = _turned(size, x, y, float(rng.uniform(0, 2 * math.pi)))
    edge = v + rng.uniform(2, 12) * ppm * noise_map(rng, size, 40 * ppm) + rng.uniform(0, 0.004) / ppm * u * u
    alpha = np.clip(edge / max(0.7, 0.3 * ppm), 0, 1).astype(np.float32)
    shadow = np.exp(-(np.clip(-edge, 0, None) / (rng.uniform(1, 6) * ppm)))
    colour = rng.uniform(0.01, 0.7, 3)
    other = rng.uniform(0.01, 0.7, 3)
    pitch = rng.uniform(1.5, 14) * ppm
    pattern = np.sin(u * 2 * math.pi / pitch)
    if rng.random() < 0.5:  # spots: round, of a lesion's size, and none
        pattern = pattern * np.sin(v * 2 * math.pi / pitch)
    strength = rng.choice([0.0, rng.uniform(0.2, 1.0)])
    cloth = colour + strength * (other - colour) * (pattern[..., None] > 0.3)
    cloth = cloth * (1 + 0.12 * noise_map(rng, size, 6 * ppm))[..., None]
    shaded = picture * (1 - rng.uniform(0.1, 0.6) * shadow)[..., None]
    return _cover(np.asarray(shaded, np.float32), seen, alpha, np.asarray(np.clip(cloth, 0, 1), np.float32))


def draw_beard(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    """Short hairs side by side, dense in the middle and single at the edge, with skin and ingrown redness between."""
    size = picture.shape[0]
    area = np.clip(rng.uniform(1, 3) * (noise_map(rng, size, 45 * ppm) + rng.uniform(-0.9, 0.3)), 0, 1)
    dark = rng.uniform(0.0, 0.35) * area
    colour = 0.5 * rng.uniform(0.02, 0.9) ** 2 * np.array([1.0, rng.uniform(0.6, 1), rng.uniform(0.3, 1)])
    canvas = np.zeros((size, size), np.uint8)
    ys, xs = np.nonzero(area > 0)
    if not len(xs):
        return picture, seen
    main, length = rng.uniform(0, 2 * math.pi), rng.uniform(0.6, 5.0) * ppm
    for at in rng.integers(0, len(xs), min(3000, int(rng.uniform(0.15, 0.9) * len(xs) / ppm**2))).tolist():
        if rng.random() > area[ys[at], xs[at]]:
            continue
        angle = main + rng.normal(0, 0.35)
        start = (int(xs[at] * 8), int(ys[at] * 8))
        end = (int(start[0] + 8 * length * math.cos(angle)), int(start[1] + 8 * length * math.sin(angle)))
        cv2.line(canvas, start, end, int(rng.integers(90, 256)), 1, cv2.LINE_AA, 3)
    hairs = cv2.GaussianBlur(canvas, (0, 0), max(0.4, 0.15 * ppm)) / np.float32(255)
    alpha = np.asarray(np.clip(hairs * rng.uniform(0.5, 1.0) + dark, 0, 1), np.float32)
    return _cover(picture, seen, alpha, np.asarray(colour, np.float32))


def draw_mouth_corner(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    """Where two lips meet: red wedges that run out into a dark, moist line and a dimple of shade beside it."""
    size = picture.shape[0]
    x, y = rng.uniform(0, size, 2)
    side = float(rng.choice([-1.0, 1.0]))
    u, v = _turned(size, x, y, float(rng.normal(0, 0.3)))
    u = side * u / ppm  # mm into the mouth
    v = v / ppm
    open_mm = rng.uniform(0.2, 2.0)
    lips = np.clip((np.clip(u, 0, 22) * rng.uniform(0.25, 0.45) - np.abs(v)) / 0.6, 0, 1) * (u > 0)
    line = np.exp(-((v / (0.4 + open_mm * np.clip(u / 20, 0, 1))) ** 2)) * np.clip((u + rng.uniform(1, 4)) / 2, 0, 1)
    line = line * (u < 40)
    dimple = np.exp(-(((u + 2.5) / 2.0) ** 2 + ((v - 0.5) / rng.uniform(1.5, 4)) ** 2))
    skin = np.median(picture.reshape(-1, 3), axis=0)
    red = skin * np.array([rng.uniform(0.7, 1.05), rng.uniform(0.35, 0.6), rng.uniform(0.4, 0.7)])
    shaded = np.asarray(picture * (1 - rng.uniform(0.1, 0.45) * dimple)[..., None], np.float32)
    picture, seen = _cover(shaded, seen, np.asarray(lips, np.float32), np.asarray(red, np.float32))
    dark = np.asarray(skin * [0.22, 0.09, 0.09], np.float32)
    return _cover(picture, seen, np.asarray(line * rng.uniform(0.6, 1.0), np.float32), dark)


def _turned(size: int, x: float, y: float, angle: float) -> tuple[Array, Array]:
    """Coordinates (S, S) px about (x, y), turned."""
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32)
    c, s = math.cos(angle), math.sin(angle)
    along, across = (xx - x) * c + (yy - y) * s, (yy - y) * c - (xx - x) * s
    return np.asarray(along, np.float32), np.asarray(across, np.float32)


def _cover(picture: Array, seen: Array, alpha: Array, colour: Array) -> tuple[Array, Array]:
    covered = picture * (1 - alpha[..., None]) + colour * alpha[..., None]
    return np.asarray(covered, np.float32), np.asarray(seen * (1 - alpha), np.float32)
