"""Draws conditions onto a head and says exactly where.

Each `plant_...` adds density (what the skin swallows more) and relief (what its shape throws back more or less) for one
condition at a severity of 1 mild, 2 moderate or 3 severe, at places drawn from the generator, and returns the truth in
px of the head's picture, counted from its upper left corner as findings are: the first pixel's middle is at 0.5, 0.5.
Lengths are millimetres by the face's width.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import measure

from media_pipeline.evaluation.optics import HAEMOGLOBIN, MELANIN, Floats, absorb, to_linear, to_srgb
from media_pipeline.evaluation.subjects import Subject, bare_skin
from media_pipeline.types import Condition, Image, Mask, Points

__all__ = ["PLANTERS", "Planted", "plant"]

LOWER_LIDS = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (263, 249, 390, 373, 374, 380, 381, 382, 362))


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """One thing that was drawn. outline (N, 2) px: the closed edge of a lesion or patch, the open course of a line."""

    condition: Condition
    outline: Points


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """Something small: its window in the picture, and its strength there, 0-1."""

    rows: slice
    columns: slice
    shape: Floats

    def outline(self) -> Points:
        """The edge at half its strength, between the pixels, as `_contour` counts."""
        around = np.pad(self.shape, 1)
        edges = [edge[:, ::-1] - 1 for edge in measure.find_contours(around, 0.5)]  # type: ignore[no-untyped-call]
        if not edges:  # less than a pixel of it
            return _contour(self.shape >= self.shape.max()) + self._corner
        longest = max(edges, key=len)
        return np.asarray(longest, np.float32) + self._corner

    @property
    def _corner(self) -> Points:
        return np.array((self.columns.start, self.rows.start), np.float32)


@dataclass(slots=True, eq=False)
class Canvas:
    """What is drawn so far: density (H, W, 3), relief (H, W) as a factor's logarithm to base 10, and the truth."""

    subject: Subject
    rng: np.random.Generator
    skin: Mask
    density: Floats
    relief: Floats
    truth: list[Planted] = field(default_factory=list)

    @property
    def mm(self) -> float:
        return self.subject.px_per_mm

    def stain(self, amount: Floats, pigment: tuple[float, float, float]) -> None:
        """Add `amount` (H, W) of a pigment."""
        self.density += amount[:, :, None] * np.array(pigment, np.float32)

    def stamp(self, stamp: Stamp, amount: float, pigment: tuple[float, float, float]) -> None:
        """Add a pigment in the stamp's shape."""
        self.density[stamp.rows, stamp.columns] += (
            stamp.shape[:, :, None] * np.float32(amount) * np.array(pigment, np.float32)
        )

    def noise(self, size_mm: float) -> Floats:
        """(H, W) smooth noise, mean 0, deviation 1, of that grain."""
        height, width = self.skin.shape
        step = max(1.0, size_mm * self.mm / 2)
        small = (max(4, round(height / step)), max(4, round(width / step)))
        raw = cv2.GaussianBlur(self.rng.standard_normal(small).astype(np.float32), (0, 0), 1.0)
        grown = cv2.resize(raw, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.asarray((grown - grown.mean()) / max(float(grown.std()), 1e-6), np.float32)

    def at(self, index: int) -> tuple[float, float]:
        """The landmark's place, px."""
        return float(self.subject.points[index][0]), float(self.subject.points[index][1])


def plant(
    subject: Subject, condition: Condition, severity: int, rng: np.random.Generator
) -> tuple[Image, list[Planted]]:
    """The head's picture with one condition, and what was planted."""
    skin = bare_skin(subject)
    shape = skin.shape
    canvas = Canvas(subject, rng, skin, np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32))
    PLANTERS[condition](canvas, severity)
    linear = to_linear(subject.rgb)
    drawn = absorb(linear, canvas.density) * np.power(np.float32(10), canvas.relief)[:, :, None]
    truth = [replace(planted, outline=planted.outline + np.float32(0.5)) for planted in canvas.truth]
    return to_srgb(drawn.astype(np.float32)), truth


def plant_acne(canvas: Canvas, severity: int) -> None:
    """Papules, pustules and, when severe, nodules: 6, 16, 34 of them, on cheeks, forehead and chin."""
    places = FreePlaces(canvas)
    for _ in range((6, 16, 34)[severity - 1]):
        kind = canvas.rng.choice(
            ["papule", "pustule", "nodule"], p=[0.62, 0.30, 0.08] if severity == 3 else [0.7, 0.3, 0]
        )
        radius = {"papule": (0.9, 2.0), "pustule": (1.1, 2.2), "nodule": (2.6, 3.8)}[kind]
        size = float(canvas.rng.uniform(*radius)) * canvas.mm
        spot = places.take(size)
        if spot is None:
            continue
        blob = _blob(canvas, spot, size, softness=0.5)
        canvas.stamp(blob, float(canvas.rng.uniform(0.14, 0.28)), HAEMOGLOBIN)
        canvas.stamp(_blob(canvas, spot, size * 1.6, softness=1.0), 0.05, HAEMOGLOBIN)
        canvas.stamp(blob, float(canvas.rng.uniform(0.0, 0.06)), MELANIN)
        _dome(canvas, spot, size, height=0.02 if kind != "nodule" else 0.025)
        if kind == "pustule":
            core = _blob(canvas, spot, size * 0.45, softness=0.5)
            canvas.stamp(core, -0.15, HAEMOGLOBIN)
            canvas.stamp(core, 0.10, (0.0, 0.1, 1.0))
            canvas.relief[core.rows, core.columns] += core.shape * np.float32(0.06)
        canvas.truth.append(Planted(Condition.ACNE, blob.outline()))


def plant_wrinkles(canvas: Canvas, severity: int) -> None:
    """Lines across the forehead, between the brows and at the eyes' outer corners; deeper, longer and more of them with
    severity. A valley that is dark above and light below, as a lamp over the head shows it."""
    depth = (0.05, 0.09, 0.15)[severity - 1]
    forehead, frown, feet = _forehead_lines, _frown_lines, _crows_feet
    for draw, width_mm in ((forehead, 0.55), (frown, 0.5), (feet, 0.4)):
        for line in draw(canvas, severity):
            inside = _longest_run_on_skin(canvas, line)
            if inside is not None:
                _furrow(canvas, inside, depth * float(canvas.rng.uniform(0.85, 1.15)), width_mm * canvas.mm)
                canvas.truth.append(Planted(Condition.WRINKLES, inside))


def _forehead_lines(canvas: Canvas, severity: int) -> list[Points]:
    rng, (left, brow), (right, _), (_, top) = canvas.rng, canvas.at(105), canvas.at(334), canvas.at(10)
    half, lines = (right - left) / 2, []
    for height in np.linspace(0.3, 0.75, (2, 3, 4)[severity - 1]):
        y = brow + (top - brow) * (height + rng.uniform(-0.04, 0.04))
        middle, reach = (left + right) / 2 + rng.uniform(-0.12, 0.12) * half, rng.uniform(0.55, 0.95)
        x = np.linspace(middle - half * reach, middle + half * reach, 60)
        bow = 2.0 * canvas.mm * ((x - middle) / half) ** 2
        lines.append(_course(x, y + bow + _wander(rng, 60, 0.7 * canvas.mm)))
    return lines


def _frown_lines(canvas: Canvas, severity: int) -> list[Points]:
    rng, (middle, brow), mm = canvas.rng, canvas.at(9), canvas.mm
    y = np.linspace(brow - 6 * mm, brow + 9 * mm, 40)
    sides = (-1, 1)[: 1 if severity == 1 else 2]
    return [_course(middle + side * rng.uniform(3.0, 4.5) * mm + _wander(rng, 40, 0.4 * mm), y) for side in sides]


def _crows_feet(canvas: Canvas, severity: int) -> list[Points]:
    rng, mm, lines = canvas.rng, canvas.mm, []
    for corner, temple in ((33, 127), (263, 356)):
        x, y = canvas.at(corner)
        outward = np.sign(canvas.at(temple)[0] - x)
        for angle in np.radians(np.linspace(-28, 28, (2, 3, 4)[severity - 1]) + rng.uniform(-4, 4)):
            reach = np.linspace(5.0, rng.uniform(13, 19), 40) * mm
            sway = _wander(rng, 40, 0.3 * mm)
            lines.append(_course(x + outward * reach * np.cos(angle), y + reach * np.sin(angle) + sway))
    return lines


def _course(x: NDArray[np.floating[Any]], y: NDArray[np.floating[Any]]) -> Points:
    return np.stack([x, y], axis=1).astype(np.float32)


def plant_eyebags(canvas: Canvas, severity: int) -> None:
    """Under both eyes a darker crescent (pigment, blood or both) and, from moderate on, a bag: light above, a dark fold
    below."""
    amount = (0.08, 0.15, 0.24)[severity - 1]
    pigment = [MELANIN, HAEMOGLOBIN, (0.7, 0.75, 1.0)][int(canvas.rng.integers(3))]
    for lower_lid in LOWER_LIDS:
        lid = canvas.subject.points[list(lower_lid)]
        first, last = sorted((lid[0], lid[-1]), key=lambda corner: float(corner[0]))  # in the picture, left to right
        along = float(np.linalg.norm(last - first))
        middle = lid.mean(axis=0) + np.array((0.0, 7.0 * canvas.mm), np.float32)
        angle = float(np.degrees(np.arctan2(last[1] - first[1], last[0] - first[0])))
        mask = np.zeros(canvas.skin.shape, np.uint8)
        centre, axes = (round(float(middle[0])), round(float(middle[1]))), (round(along * 0.52), round(6.5 * canvas.mm))
        cv2.ellipse(mask, centre, axes, angle, 0, 360, 1, -1)
        shape = mask.astype(np.float32) * canvas.skin
        soft = cv2.GaussianBlur(shape, (0, 0), 2.0 * canvas.mm)
        canvas.stain(soft * np.float32(amount * canvas.rng.uniform(0.9, 1.1)), pigment)
        if severity > 1:
            fold = np.zeros(canvas.skin.shape, np.uint8)
            cv2.ellipse(fold, centre, axes, angle, 20, 160, 1, max(1, round(1.2 * canvas.mm)))
            fold_soft = cv2.GaussianBlur(fold.astype(np.float32), (0, 0), 1.0 * canvas.mm)
            bag = cv2.GaussianBlur(shape, (0, 0), 2.2 * canvas.mm)
            bag = np.roll(bag, -round(1.0 * canvas.mm), axis=0)
            canvas.relief += bag * np.float32(0.02 * severity) - fold_soft * np.float32(0.05 * severity)
        canvas.truth.append(Planted(Condition.EYEBAGS, _contour(soft > 0.4)))


def plant_eczema(canvas: Canvas, severity: int) -> None:
    """One, two or three red patches with a ragged edge, fine light scales and roughness, on cheeks, forehead, chin."""
    places = list(canvas.rng.permutation([205, 425, 151, 199]))[: (1, 2, 3)[severity - 1]]
    rough = canvas.noise(0.5)
    for index in places:
        patch = _patch(canvas, int(index), float(canvas.rng.uniform(9, 12 + 2 * severity)), ragged=0.45)
        amount = np.float32((0.07, 0.11, 0.16)[severity - 1])
        canvas.stain(patch * amount * (1 + 0.18 * canvas.noise(2.0)), HAEMOGLOBIN)
        scales = np.clip(canvas.noise(0.7) - 1.5, 0, 1.0) * patch
        canvas.relief += scales * np.float32(0.10) + rough * patch * np.float32(0.010 + 0.006 * severity)
        canvas.truth.append(Planted(Condition.ECZEMA, _contour(patch > 0.5)))


ROSACEA_LEAST_MM2 = 60.0  # pieces of the planted redness smaller than that are crumbs of its ragged edge


def plant_rosacea(canvas: Canvas, severity: int) -> None:
    """Redness that fades outwards over nose, inner cheeks and chin, with a few fine vessels from moderate on. The truth
    is where it is at half its strength or more, each piece of it by itself."""
    field_ = np.zeros(canvas.skin.shape, np.float32)
    height, width = canvas.skin.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    for index, radius_mm in ((4, 15), (50, 19), (280, 19), (199, 11), (9, 8)):
        x, y = canvas.at(index)
        field_ = np.maximum(
            field_, np.exp(-(((xs - x) ** 2 + (ys - y) ** 2) / (2 * (radius_mm * canvas.mm * 0.75) ** 2)))
        )
    field_ *= np.clip(1 + 0.15 * canvas.noise(6.0), 0.5, 1.5)
    amount = (0.06, 0.11, 0.18)[severity - 1]
    canvas.stain(
        (field_ * cv2.GaussianBlur(canvas.skin.astype(np.float32), (0, 0), canvas.mm) * amount).astype(np.float32),
        HAEMOGLOBIN,
    )
    for index in (50, 280) if severity > 1 else ():
        for _ in range(3 * severity):
            x, y = canvas.at(index)
            start = np.array((x, y)) + canvas.rng.normal(0, 7 * canvas.mm, 2)
            heading = canvas.rng.uniform(0, np.pi)
            steps = np.linspace(0, canvas.rng.uniform(4, 9) * canvas.mm, 20)
            line = start + np.stack([np.cos(heading) * steps, np.sin(heading) * steps], axis=1)
            line += np.stack(
                [_wander(canvas.rng, 20, 0.5 * canvas.mm), _wander(canvas.rng, 20, 0.5 * canvas.mm)], axis=1
            )
            vessel = _stroke(canvas, line.astype(np.float32), 0.3 * canvas.mm)
            canvas.stain(vessel * canvas.skin * np.float32(0.12), HAEMOGLOBIN)
    smallest = ROSACEA_LEAST_MM2 * canvas.mm**2
    for piece in _contours((field_ > 0.5) & canvas.skin, smallest):
        canvas.truth.append(Planted(Condition.ROSACEA, piece))


def plant_hyperpigmentation(canvas: Canvas, severity: int) -> None:
    """Two, three or four brown patches with a soft ragged edge on cheeks, forehead and chin."""
    places = list(canvas.rng.permutation([205, 425, 151, 199]))[: (2, 3, 4)[severity - 1]]
    for index in places:
        patch = _patch(canvas, int(index), float(canvas.rng.uniform(8, 10 + 2 * severity)), ragged=0.35)
        amount = np.float32((0.08, 0.14, 0.22)[severity - 1])
        canvas.stain(patch * amount * (1 + 0.12 * canvas.noise(2.5)), MELANIN)
        canvas.truth.append(Planted(Condition.HYPERPIGMENTATION, _contour(patch > 0.5)))


def plant_dark_spots(canvas: Canvas, severity: int) -> None:
    """4, 10 or 22 brown spots of 1.6 to 5 mm with a fairly sharp edge."""
    places = FreePlaces(canvas)
    for _ in range((4, 10, 22)[severity - 1]):
        size = float(canvas.rng.uniform(0.8, 2.5)) * canvas.mm
        spot = places.take(size)
        if spot is None:
            continue
        blob = _blob(canvas, spot, size, softness=0.3)
        canvas.stamp(blob, float(canvas.rng.uniform(0.18, 0.36)), MELANIN)
        canvas.truth.append(Planted(Condition.DARK_SPOTS, blob.outline()))


PLANTERS: Mapping[Condition, Callable[[Canvas, int], None]] = MappingProxyType(
    {
        Condition.ACNE: plant_acne,
        Condition.WRINKLES: plant_wrinkles,
        Condition.EYEBAGS: plant_eyebags,
        Condition.ECZEMA: plant_eczema,
        Condition.ROSACEA: plant_rosacea,
        Condition.HYPERPIGMENTATION: plant_hyperpigmentation,
        Condition.DARK_SPOTS: plant_dark_spots,
    }
)


class FreePlaces:
    """Places on bare skin, away from its edge, the eyes' hollows and each other."""

    EDGE_MM = 3.0

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._taken: list[tuple[float, float, float]] = []
        self._room = cv2.distanceTransform(canvas.skin.astype(np.uint8), cv2.DIST_L2, 3)
        for lid in (145, 374):
            x, y = canvas.at(lid)
            half, below = 17 * canvas.mm, 14 * canvas.mm
            self._room[round(y) : round(y + below), max(0, round(x - half)) : round(x + half)] = 0

    def take(self, radius: float) -> tuple[float, float] | None:
        """A place for something of that radius (px); None where none is left."""
        rng = self._canvas.rng
        ys, xs = np.nonzero(self._room > radius + self.EDGE_MM * self._canvas.mm)
        for _ in range(60 if len(xs) else 0):
            n = int(rng.integers(len(xs)))
            x, y = float(xs[n]), float(ys[n])
            if all(np.hypot(x - a, y - b) > 1.8 * (radius + c) for a, b, c in self._taken):
                self._taken.append((x, y, radius))
                return x, y
        return None


def _blob(canvas: Canvas, centre: tuple[float, float], radius: float, softness: float) -> Stamp:
    """A disc with a wavy edge, 0.5 at its radius (px), fading over `softness` radii."""
    reach = round(radius * (1.6 + softness) + 3)
    height, width = canvas.skin.shape
    x0, y0 = max(0, round(centre[0]) - reach), max(0, round(centre[1]) - reach)
    x1, y1 = min(width, round(centre[0]) + reach + 1), min(height, round(centre[1]) + reach + 1)
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    angle = np.arctan2(ys - centre[1], xs - centre[0])
    phase, stretch = canvas.rng.uniform(0, 2 * np.pi, 2), float(canvas.rng.uniform(-0.12, 0.12))
    wavy = 1 + stretch * np.cos(2 * angle + phase[0]) + 0.07 * np.cos(3 * angle + phase[1])
    distance = np.hypot(xs - centre[0], ys - centre[1]) / (radius * wavy)
    shape = np.clip(0.5 + (1 - distance) / max(softness, 1e-3), 0, 1).astype(np.float32)
    return Stamp(
        slice(y0, y1), slice(x0, x1), cv2.GaussianBlur(shape, (0, 0), max(0.4, 0.12 * radius)).astype(np.float32)
    )


def _dome(canvas: Canvas, centre: tuple[float, float], radius: float, height: float) -> None:
    """A bump lit from above: lighter on its upper slope, darker on its lower, a small shine near the top."""
    bump = _blob(canvas, centre, radius, softness=0.8)
    smooth = cv2.GaussianBlur(bump.shape, (0, 0), 0.35 * radius)
    slope = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3) * radius
    canvas.relief[bump.rows, bump.columns] += (slope * height).astype(np.float32)
    shine = _blob(canvas, (centre[0] - 0.2 * radius, centre[1] - 0.3 * radius), max(0.22 * radius, 0.6), softness=0.8)
    canvas.relief[shine.rows, shine.columns] += shine.shape * np.float32(height)


def _furrow(canvas: Canvas, line: Points, depth: float, width: float) -> None:
    """A valley along the line, fading at both ends: dark in the middle, a lighter lip below it."""
    share = np.linspace(0, 1, len(line), dtype=np.float32)
    fade = np.clip(np.minimum(share, 1 - share) * 6, 0, 1) * (1 + 0.15 * _wander(canvas.rng, len(line), 1.0))
    valley = _stroke(canvas, line, width, fade)
    lip = np.roll(_stroke(canvas, line, width * 1.4, fade), max(1, round(width * 1.6)), axis=0)
    canvas.relief += (-depth * valley + 0.30 * depth * lip).astype(np.float32)


def _stroke(canvas: Canvas, line: Points, sigma: float, weights: Floats | None = None) -> Floats:
    """(H, W) 0-1: a line with a Gaussian profile of `sigma` px, 1 along its middle times the weight there."""
    scale = 4  # drawn finer than the picture, so that thin lines are neither jagged nor lost
    low = np.floor(line.min(axis=0) - 5 * sigma - 2).astype(int).clip(0)
    high = np.ceil(line.max(axis=0) + 5 * sigma + 3).astype(int)
    high = np.minimum(high, np.array(canvas.skin.shape)[::-1])
    size = (high - low) * scale
    drawn = np.zeros((int(size[1]), int(size[0])), np.float32)
    fine = (line - low + 0.5) * scale - 0.5
    for n in range(len(fine) - 1):
        value = 1.0 if weights is None else float(weights[n])
        a, b = np.rint(fine[n]).astype(int), np.rint(fine[n + 1]).astype(int)
        cv2.line(drawn, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), value, 1)
    blurred = cv2.GaussianBlur(drawn, (0, 0), sigma * scale) * np.float32(np.sqrt(2 * np.pi) * sigma * scale)
    small = cv2.resize(blurred, (int(size[0]) // scale, int(size[1]) // scale), interpolation=cv2.INTER_AREA)
    result = np.zeros(canvas.skin.shape, np.float32)
    result[low[1] : high[1], low[0] : high[0]] = np.clip(small, 0, 1.2)
    return result


def _patch(canvas: Canvas, index: int, radius_mm: float, ragged: float) -> Floats:
    """(H, W) 0-1 on bare skin: a patch about a landmark with a ragged edge."""
    x, y = canvas.at(index)
    height, width = canvas.skin.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    stretch = float(canvas.rng.uniform(0.75, 1.3))
    distance = np.hypot((xs - x) / stretch, (ys - y) * stretch) / (radius_mm * canvas.mm)
    edge = 1 - distance + ragged * 0.45 * canvas.noise(5.0) + ragged * 0.2 * canvas.noise(1.8)
    inside = ((edge > 0) & (distance < 1.8) & canvas.skin).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    if count > 1:
        inside = (labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 0.8 * canvas.mm), np.float32)


def _longest_run_on_skin(canvas: Canvas, line: Points) -> Points | None:
    """The longest part of the line that lies on bare skin, None when less than 5 mm of it does."""
    height, width = canvas.skin.shape
    pixels = np.rint(line).astype(int)
    inside = (pixels >= 0).all(axis=1) & (pixels[:, 0] < width) & (pixels[:, 1] < height)
    on = np.array([ok and bool(canvas.skin[p[1], p[0]]) for ok, p in zip(inside, pixels, strict=True)])
    best, start = slice(0, 0), 0
    for n in range(len(on) + 1):
        if n == len(on) or not on[n]:
            if n - start > best.stop - best.start:
                best = slice(start, n)
            start = n + 1
    run = line[best]
    length = float(np.linalg.norm(np.diff(run, axis=0), axis=1).sum()) if len(run) > 1 else 0.0
    return run if length >= 5 * canvas.mm else None


def _contours(mask: Mask, smallest: float) -> list[Points]:
    """The outer edges (N >= 3, 2) of the mask's pieces of at least that many square px."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    large = [contour for contour in contours if cv2.contourArea(contour) >= smallest]
    return [contour.reshape(-1, 2).astype(np.float32) for contour in large]


def _contour(mask: Mask) -> Points:
    """The outer edge (N >= 3, 2) of the mask's largest piece, through the middles of its pixels: 0, 0 the first's."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea).reshape(-1, 2).astype(np.float32)
    return largest if len(largest) >= 3 else np.repeat(largest[:1], 3, axis=0)


def _wander(rng: np.random.Generator, count: int, deviation: float) -> Floats:
    """(count,) smooth random course around 0."""
    raw = rng.standard_normal((1, count + 20)).astype(np.float32)
    steps = np.asarray(cv2.GaussianBlur(raw, (0, 0), count / 10)[0, 10:-10], np.float32)
    return np.asarray(steps * (deviation / max(float(np.abs(steps).max()), 1e-6)), np.float32)
