"""What is on faces and is no acne: moles, freckles, age spots, blotches, veins, pores, wrinkles, scars, holes like
nostrils and mouths, and over the skin hair, stubble, glasses, jewellery, cloth, shadow and shine. None of it gets a
label."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.training.canvases import Canvas, noise_map
from media_pipeline.training.optics import Array, Layers
from media_pipeline.training.surroundings import draw_beard, draw_ear, draw_headwear, draw_mouth_corner

__all__ = ["draw_in_skin", "draw_over_skin"]


def draw_in_skin(rng: np.random.Generator, layers: Layers, canvas: Canvas) -> None:
    """Moles, freckles, blotches, veins, pores, wrinkles and scars, laid into the skin's own layers."""
    size, ppm = canvas.linear.shape[0], canvas.px_per_mm
    skin = canvas.skin
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 6))):
            _mole(rng, layers, ppm)
    if rng.random() < 0.3:
        freckles = _spots(rng, size, int(rng.integers(20, 220)), (0.3 * ppm, 1.0 * ppm))
        gather = np.clip(0.6 + noise_map(rng, size, rng.uniform(10, 40) * ppm), 0, 1.5)
        layers.melanin += rng.uniform(0.04, 0.22) * freckles * gather
    if rng.random() < 0.12:
        for _ in range(int(rng.integers(1, 9))):
            _age_spot(rng, layers, ppm)
    for _ in range(int(rng.poisson(0.7))):
        patch = np.clip(noise_map(rng, size, rng.uniform(10, 30) * ppm) - rng.uniform(0.2, 1.2), 0, 1.5)
        layers.melanin += rng.uniform(0.02, 0.10) * patch
    for _ in range(int(rng.poisson(1.0))):
        flush = np.clip(noise_map(rng, size, rng.uniform(14, 50) * ppm) - rng.uniform(0.0, 1.0), 0, 1.5)
        layers.red += rng.uniform(0.02, 0.12) * flush
    if rng.random() < 0.12:
        lines = _strands(rng, size, int(rng.integers(2, 14)), rng.uniform(2, 10) * ppm, max(1, round(0.25 * ppm)))
        layers.red += rng.uniform(0.05, 0.25) * lines
    if rng.random() < 0.45:
        where = np.clip(0.3 + noise_map(rng, size, rng.uniform(10, 30) * ppm), 0, 1)
        pores = _spots(rng, size, int(rng.uniform(0.1, 0.5) * (size / ppm) ** 2), (0.12 * ppm, 0.32 * ppm)) * where
        layers.height -= rng.uniform(0.1, 0.6) * pores
        layers.melanin += rng.uniform(0.0, 0.22) * pores
    if rng.random() < 0.3:
        thickness = max(1, round(rng.uniform(0.3, 0.9) * ppm))
        furrows = _strands(rng, size, int(rng.integers(1, 9)), rng.uniform(10, 60) * ppm, thickness)
        layers.height -= rng.uniform(0.3, 1.5) * cv2.GaussianBlur(furrows, (0, 0), 0.3 * ppm)
    if rng.random() < 0.15:
        scars = _spots(rng, size, int(rng.integers(3, 40)), (0.4 * ppm, 1.2 * ppm))
        layers.height -= rng.uniform(0.2, 0.8) * ppm * 0.4 * scars
    for name in ("red", "melanin", "height"):
        setattr(layers, name, np.asarray(getattr(layers, name) * np.clip(skin + 0.05, 0, 1), np.float32))


def draw_over_skin(rng: np.random.Generator, linear: Array, px_per_mm: float, *, holes: bool) -> tuple[Array, Array]:
    """Everything that lies over the skin. Returns the picture and the (S, S) share of skin still seen, 0-1."""
    size = linear.shape[0]
    seen = np.ones((size, size), np.float32)
    picture = linear
    if holes and rng.random() < 0.35:
        picture, seen = _holes(rng, picture, seen, px_per_mm)
    if rng.random() < 0.12:
        dots = _spots(rng, size, int(rng.integers(100, 900)), (0.15 * px_per_mm, 0.3 * px_per_mm))
        beard = np.clip(noise_map(rng, size, 30 * px_per_mm) + rng.uniform(-0.3, 0.6), 0, 1)
        picture = picture * (1 - rng.uniform(0.3, 0.85) * (dots * beard))[..., None]
    if rng.random() < 0.3:
        colour = _hair_colour(rng)
        count, length = int(rng.integers(1, 60)), rng.uniform(8, 80) * px_per_mm
        hair = _strands(rng, size, count, length, max(1, round(rng.uniform(0.15, 0.5) * px_per_mm)))
        if rng.random() < 0.5:
            hair *= np.clip(noise_map(rng, size, 50 * px_per_mm) * 4, 0, 1)
        picture, seen = _cover(picture, seen, hair * rng.uniform(0.5, 1.0), colour)
    for chance, draw in ((0.08, draw_beard), (0.10, draw_ear), (0.08, draw_mouth_corner), (0.10, draw_headwear)):
        if rng.random() < chance:
            picture, seen = draw(rng, picture, seen, px_per_mm)
    if rng.random() < 0.10:
        picture, seen = _glasses(rng, picture, seen, px_per_mm)
    if rng.random() < 0.08:
        picture, seen = _jewellery(rng, picture, seen, px_per_mm)
    if rng.random() < 0.10:
        picture, seen = _cloth(rng, picture, seen, px_per_mm)
    if rng.random() < 0.25:
        edge = noise_map(rng, size, rng.uniform(10, 60) * px_per_mm) * rng.uniform(1, 8) + rng.uniform(-1, 1)
        shadow = 1 - rng.uniform(0.15, 0.7) * np.clip(edge, 0, 1)
        picture = picture * shadow[..., None]
    if rng.random() < 0.12:
        picture, seen = _flash(rng, picture, seen, px_per_mm)
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 3))):
            glow = np.clip(noise_map(rng, size, rng.uniform(4, 40) * px_per_mm) - rng.uniform(1.0, 2.3), 0, None)
            if rng.random() < 0.25:  # hard edges and the speckle of pores in a flash
                glow = np.clip(glow * rng.uniform(1.5, 4), 0, 1)
                glow *= np.clip(1 + 0.4 * noise_map(rng, size, 0.5 * px_per_mm), 0, 2)
            picture = picture + (rng.uniform(0.03, 0.4) * glow)[..., None]
    return np.asarray(np.clip(picture, 0, 1.3), np.float32), seen


def _unit(image: NDArray[Any]) -> Array:
    """A picture of 0-255 as float32 0-1."""
    return np.asarray(image / np.float32(255), np.float32)


def _mole(rng: np.random.Generator, layers: Layers, ppm: float) -> None:
    size = layers.red.shape[0]
    radius = rng.uniform(0.4, 2.4) * ppm
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32)
    x, y = rng.uniform(0, size, 2)
    r = np.hypot((xx - x) * rng.uniform(0.85, 1.15), yy - y) / radius
    core = np.clip((1 + 0.15 - r) / 0.3, 0, 1)
    layers.melanin += rng.uniform(0.3, 1.1) * core
    if rng.random() < 0.4:
        layers.height += radius * rng.uniform(0.1, 0.6) * np.clip(1 - r * r, 0, 1)


def _age_spot(rng: np.random.Generator, layers: Layers, ppm: float) -> None:
    """A flat brown spot with a sharp, ragged edge, 3 to 14 mm."""
    size = layers.red.shape[0]
    radius = rng.uniform(1.5, 7) * ppm
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32)
    x, y = rng.uniform(0, size, 2)
    r = np.hypot((xx - x) * rng.uniform(0.7, 1.3), yy - y) / radius
    r = r + 0.22 * noise_map(rng, size, 1.2 * radius) + 0.08 * noise_map(rng, size, 0.5 * radius)
    edge = rng.uniform(0.08, 0.25)
    layers.melanin += rng.uniform(0.06, 0.35) * np.clip((1 + edge - r) / (2 * edge), 0, 1)


def _flash(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    """A flash on oily skin: a burnt-out patch that breaks up into the grain of the pores at its edge."""
    size = picture.shape[0]
    broad = noise_map(rng, size, rng.uniform(12, 45) * ppm) - rng.uniform(0.4, 1.7)
    grain = noise_map(rng, size, rng.uniform(0.6, 1.4) * ppm) + 0.6 * noise_map(rng, size, 2.5 * ppm)
    glow = np.clip(broad * (1 + rng.uniform(0.1, 0.5) * grain), 0, 1)
    strength = rng.uniform(0.15, 0.7)
    tint = 1 + rng.normal(0, 0.06, 3)
    lit = np.asarray(picture + (strength * glow)[..., None] * tint, np.float32)
    return lit, np.asarray(seen * (1 - np.clip(2 * strength * glow, 0, 1)), np.float32)


def _spots(rng: np.random.Generator, size: int, count: int, radii: tuple[float, float]) -> Array:
    """(size, size) 0-1 with `count` small soft spots at random places, radii in px."""
    canvas = np.zeros((size, size), np.uint8)
    for _ in range(min(count, 4000)):
        x, y = (int(v) for v in rng.integers(0, size * 16, 2))
        radius = int(rng.uniform(*radii) * 16)
        cv2.circle(canvas, (x, y), max(radius, 5), int(rng.integers(90, 256)), -1, cv2.LINE_AA, 4)
    return _unit(cv2.GaussianBlur(canvas, (0, 0), max(0.4, radii[0] * 0.5)))


def _strands(rng: np.random.Generator, size: int, count: int, length: float, thickness: int) -> Array:
    """(size, size) 0-1 with `count` bent lines that run in about one direction."""
    canvas = np.zeros((size, size), np.uint8)
    main = rng.uniform(0, 2 * math.pi)
    for _ in range(count):
        angle, bend = main + rng.normal(0, 0.25), rng.normal(0, 0.08)
        x, y = rng.uniform(-0.1 * size, 1.1 * size, 2)
        points = []
        for _step in range(14):
            points.append((int(x * 8), int(y * 8)))
            x, y = x + math.cos(angle) * length / 13, y + math.sin(angle) * length / 13
            angle += bend
        line = np.array(points, np.int32)
        cv2.polylines(canvas, [line], False, int(rng.integers(120, 256)), thickness, cv2.LINE_AA, 3)
    return _unit(canvas)


def _cover(picture: Array, seen: Array, alpha: Array, colour: Array) -> tuple[Array, Array]:
    covered = picture * (1 - alpha[..., None]) + colour * alpha[..., None]
    return np.asarray(covered, np.float32), np.asarray(seen * (1 - alpha), np.float32)


def _hair_colour(rng: np.random.Generator) -> Array:
    return np.asarray(
        0.7 * rng.uniform(0.02, 0.9) ** 2 * np.array([1.0, rng.uniform(0.6, 1), rng.uniform(0.3, 1)]), np.float32
    )


def _polygon(size: int, points: NDArray[np.float64], blur: float) -> Array:
    canvas = np.zeros((size, size), np.uint8)
    cv2.fillPoly(canvas, [(points * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    return _unit(cv2.GaussianBlur(canvas, (0, 0), max(0.5, blur)))


def _ellipse(rng: np.random.Generator, size: int, axes: tuple[float, float], blur: float) -> Array:
    t = np.linspace(0, 2 * math.pi, 40)
    turn, centre = rng.uniform(0, math.pi), rng.uniform(0, size, 2)
    c, s = math.cos(turn), math.sin(turn)
    x, y = axes[0] * np.cos(t), axes[1] * np.sin(t)
    return _polygon(size, np.stack([x * c - y * s, x * s + y * c], axis=1) + centre, blur)


def _holes(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    """Nostrils in pairs, mouth lines, lips and eyes, as far as a tile needs them."""
    size = picture.shape[0]
    kind = int(rng.integers(0, 4))
    skin = np.median(picture.reshape(-1, 3), axis=0)
    if kind == 0:
        for _ in range(2):
            hole = _ellipse(rng, size, (rng.uniform(2, 6) * ppm, rng.uniform(1.2, 3) * ppm), rng.uniform(0.2, 1) * ppm)
            picture, seen = _cover(
                picture, seen, hole * rng.uniform(0.6, 1), np.asarray(skin * [0.2, 0.1, 0.08], np.float32)
            )
    elif kind == 1:
        lips = _ellipse(rng, size, (rng.uniform(18, 28) * ppm, rng.uniform(4, 9) * ppm), rng.uniform(0.3, 1) * ppm)
        picture, seen = _cover(
            picture, seen, lips * rng.uniform(0.5, 1), np.asarray(skin * [0.8, 0.4, 0.5], np.float32)
        )
    elif kind == 2:
        white = _ellipse(rng, size, (14 * ppm, 5 * ppm), 0.4 * ppm)
        picture, seen = _cover(picture, seen, white, np.asarray(skin.max() * np.array([1, 0.95, 0.9]), np.float32))
        iris = _ellipse(rng, size, (5.5 * ppm, 5.5 * ppm), 0.3 * ppm)
        picture, seen = _cover(picture, seen, iris, _hair_colour(rng))
    else:
        crease = _strands(rng, size, 1, rng.uniform(15, 45) * ppm, max(1, round(rng.uniform(0.6, 2) * ppm)))
        crease = np.asarray(cv2.GaussianBlur(crease, (0, 0), 0.5 * ppm), np.float32)
        picture, seen = _cover(picture, seen, crease, np.asarray(skin * [0.35, 0.15, 0.13], np.float32))
    return picture, seen


def _glasses(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    size = picture.shape[0]
    canvas = np.zeros((size, size), np.uint8)
    x, y = (int(v) for v in rng.integers(0, size, 2))
    axes = (int(rng.uniform(18, 30) * ppm), int(rng.uniform(14, 24) * ppm))
    thick = max(1, round(rng.uniform(0.6, 4) * ppm))
    cv2.ellipse(canvas, (x, y), axes, rng.normal(0, 10), 0, 360, 255, thick, cv2.LINE_AA)
    cv2.line(canvas, (x - axes[0], y), (x - 3 * axes[0], y - int(rng.normal(0, 20))), 255, thick, cv2.LINE_AA)
    frame = _unit(cv2.GaussianBlur(canvas, (0, 0), 0.6))
    shadow = np.roll(_unit(cv2.GaussianBlur(canvas, (0, 0), 1.2 * ppm)), round(2 * ppm), axis=0)
    picture = np.asarray(picture * (1 - 0.4 * shadow[..., None]), np.float32)
    glint = 1 + 2.0 * np.clip(noise_map(rng, size, 8 * ppm) - 1, 0, 1)[..., None]
    return _cover(picture, seen, frame, np.asarray(_hair_colour(rng) * glint, np.float32))


def _jewellery(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    size = picture.shape[0]
    metal = np.array([[0.8, 0.55, 0.2], [0.7, 0.7, 0.72], [0.75, 0.45, 0.35], [0.3, 0.3, 0.5]][int(rng.integers(4))])
    x, y = rng.uniform(0, size, 2)
    for _ in range(int(rng.integers(1, 9))):
        radius = rng.uniform(0.7, 3.5) * ppm
        yy, xx = np.mgrid[0:size, 0:size].astype(np.float32)
        r = np.hypot(xx - x, yy - y) / radius
        alpha = np.clip((1.1 - r) * 4, 0, 1).astype(np.float32)
        glint = np.exp(-((xx - x + 0.3 * radius) ** 2 + (yy - y + 0.35 * radius) ** 2) / (0.25 * radius**2))
        colour = metal * (0.35 + 0.3 * (1 - r[..., None])) + glint[..., None]
        picture, seen = _cover(picture, seen, alpha, np.asarray(np.clip(colour, 0, 1.2), np.float32))
        x, y = x + rng.normal(0, 1.2) * radius, y + rng.uniform(1, 2.5) * radius
    return picture, seen


def _cloth(rng: np.random.Generator, picture: Array, seen: Array, ppm: float) -> tuple[Array, Array]:
    size = picture.shape[0]
    edge = noise_map(rng, size, 120 * ppm) * 6 + rng.uniform(-8, 0)
    alpha = np.clip(edge, 0, 1).astype(np.float32)
    colour = rng.uniform(0.02, 0.8, 3) * np.ones((size, size, 1))
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32)
    turn, pitch = rng.uniform(0, math.pi), rng.uniform(0.5, 4) * ppm
    weave = np.sin((xx * math.cos(turn) + yy * math.sin(turn)) * 2 * math.pi / pitch)
    if rng.random() < 0.5:
        weave = weave * np.sin((yy * math.cos(turn) - xx * math.sin(turn)) * 2 * math.pi / pitch)
    if rng.random() < 0.3:
        colour = np.where(weave[..., None] > 0.4, rng.uniform(0.02, 0.8, 3), colour)
    colour = colour * (1 + rng.uniform(0, 0.3) * weave + 0.15 * noise_map(rng, size, 10 * ppm))[..., None]
    return _cover(picture, seen, alpha, np.asarray(np.clip(colour, 0, 1), np.float32))
