"""Fits a patch to the picture: its outline, its step of colour and how well its edge is seen, apart from the shading.

Around a patch the optical density is taken as a smooth surface (a quadratic in x and y: light and the face's
roundness) plus a step inside the patch. Surface and step are fitted together, by least squares, on the patch and a rim
around it, so that a patch hides neither in the surface nor behind a slope of light; the outline is then moved to where
the density lies half-way up the step, and both are fitted again (a piecewise smooth model after Chan and Vese 2001,
with a surface in place of a constant). What is left over says whether it is a patch: pigment and blood end within a
millimetre or two, shade does not.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.maps import Floats, Mask, disc

__all__ = ["FittedPatch", "fit_patch"]

RIM_MM = 7.0  # around a patch, from which the surface is known
ROUNDS = 4
STRAY_MM = 7.0  # an outline moves no farther from its seed
SECTORS = 8
STEP_MM = (0.4, 2.0)  # to either side of the edge
FEWEST_RIM_PX = 2
FEWEST_PX = 16
RIDGE = 4e-2  # of the surface's slopes and bends, which must not stand for the step; it is told a fifth too small
LEAST_STEP = 0.5  # hundredths; below it a share of it tells nothing


@dataclass(frozen=True, slots=True, eq=False)
class FittedPatch:
    """window of the grid that holds mask; step (3,): density of R, G, B inside over the surface, hundredths; steps
    (N, 3): fall across the edge, the surface taken off, in the N of SECTORS directions where both sides are seen;
    noise: root mean square of what step and surface leave of the green density."""

    window: tuple[slice, slice]
    mask: Mask
    step: Floats
    steps: Floats
    noise: float

    @property
    def redness(self) -> float:
        """Green less red of the step, as a share of green."""
        return float((self.step[1] - self.step[0]) / max(LEAST_STEP, abs(float(self.step[1]))))

    @property
    def warmth(self) -> float:
        """Blue less red of the step, as a share of green."""
        return float((self.step[2] - self.step[0]) / max(LEAST_STEP, abs(float(self.step[1]))))


def fit_patch(
    values: Floats, weights: Floats, seen: Mask, seed: tuple[tuple[slice, slice], Mask], mm: float
) -> FittedPatch | None:
    """values (C, C, 3): density in hundredths; weights (3,): how much of each channel tells the patch from its
    surroundings; seed: window and mask to start from; mm: px in one millimetre. None where it shrinks to nothing or too
    little around it is seen."""
    (rows, columns), inner = seed
    margin = round((RIM_MM + STRAY_MM) * mm)
    top, left = max(0, rows.start - margin), max(0, columns.start - margin)
    window = (slice(top, rows.stop + margin), slice(left, columns.stop + margin))
    here = seen[window]
    density = values[window] - values[window].mean(axis=(0, 1))
    inside = np.zeros(here.shape, np.uint8)
    inside[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = inner
    allowed = (cv2.dilate(inside, disc(STRAY_MM * mm)) > 0) & here
    near = disc(RIM_MM * mm)
    opening = disc(1.2 * mm)
    y, x = np.mgrid[-1 : 1 : here.shape[0] * 1j, -1 : 1 : here.shape[1] * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    step = np.zeros(3, np.float32)
    rest = density
    for _ in range(ROUNDS):
        around = (cv2.dilate(inside, near) > 0) & here
        step_here = inside[around].astype(np.float32)
        if step_here.sum() < FEWEST_PX or len(step_here) - step_here.sum() < FEWEST_PX:
            return None
        design = np.column_stack([terms[around], step_here])
        known = density[around]
        gram = design.T @ design
        gram.flat[len(gram) + 1 : -1 : len(gram) + 1] += np.float32(RIDGE * len(design))  # neither level nor step
        fitted = np.linalg.solve(gram, design.T @ known).astype(np.float32)
        step = fitted[-1]
        rest = (density - terms @ fitted[:-1]).astype(np.float32)
        height = float(step @ weights)
        if height <= 0:
            return None
        moved = ((rest @ weights > height / 2) & allowed).astype(np.uint8)
        moved = np.asarray(cv2.morphologyEx(moved, cv2.MORPH_OPEN, opening), np.uint8)
        kept = _main_piece(moved, inside)
        if kept is None:
            return None
        still = np.array_equal(kept, inside)
        inside = kept
        if still:
            break
    around = (cv2.dilate(inside, near) > 0) & here
    left_over = (rest[..., 1] - step[1] * inside)[around]
    steps = _edge_steps(rest, inside, here, mm)
    return FittedPatch(window, inside.astype(np.bool_), step, steps, float(np.sqrt((left_over**2).mean())))


def _main_piece(moved: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The piece that holds most of what was the patch before, its holes filled."""
    count, labels = cv2.connectedComponents(moved)
    if count < 2:
        return None
    shared = np.bincount(labels[before > 0], minlength=count)
    shared[0] = 0
    if not shared.any():
        return None
    piece: NDArray[np.uint8] = (labels == int(shared.argmax())).astype(np.uint8)
    contours, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(piece, contours, -1, 1, cv2.FILLED)
    return piece


def _edge_steps(values: Floats, inside: NDArray[np.uint8], seen: Mask, mm: float) -> Floats:
    gap, reach = max(1.0, STEP_MM[0] * mm), max(2.0, STEP_MM[1] * mm)
    padded = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    deep = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    far = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3)
    rows, columns = np.nonzero(inside)
    counts, means = [], []
    for band in ((deep > gap) & (deep <= reach) & seen, (far > gap) & (far <= reach) & seen):
        y, x = np.nonzero(band)
        angle = np.arctan2(y - rows.mean(), x - columns.mean()) + np.pi
        where = np.minimum((angle * (SECTORS / (2 * np.pi))).astype(np.intp), SECTORS - 1)
        counts.append(np.bincount(where, minlength=SECTORS))
        total = [np.bincount(where, weights=values[y, x, c], minlength=SECTORS) for c in range(3)]
        means.append(np.stack(total, axis=1) / np.maximum(counts[-1], 1)[:, None])
    both = (counts[0] >= FEWEST_RIM_PX) & (counts[1] >= FEWEST_RIM_PX)
    return np.asarray((means[0] - means[1])[both], np.float32)
