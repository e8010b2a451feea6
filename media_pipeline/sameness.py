"""Which findings of two looks at one face are the same thing on the skin.

Both are given on one picture. Spots are the same when their centres are near each other; lines when they run along each
other; patches when the smaller lies mostly on the larger. Lengths are millimetres of the face.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Condition, Finding

__all__ = ["Pairing", "pair"]

LINES = frozenset({Condition.WRINKLES})
SPOT_MM = 8.0  # what is smaller both ways is told by where its middle is
SPOT_REACH_MM = 2.5  # between the middles: the mesh's own jitter is half of it, lesions stand farther apart
MARGIN_MM = 1.5  # edges of patches and lines waver by so much from look to look
LEAST_SHARED = 0.5  # of the smaller box
LINE_REACH_MM = 3.0  # mean distance from the shorter line's points to the longer line


@dataclass(frozen=True, slots=True)
class Pairing:
    """pairs: (index of a known finding, index of a new one), each at most once. parts: (known, new) that also belong
    together, where one thing was seen as several or several as one; the known or the new one is in a pair already."""

    pairs: tuple[tuple[int, int], ...]
    parts: tuple[tuple[int, int], ...]


def pair(known: Sequence[Finding], new: Sequence[Finding], px_per_mm: float) -> Pairing:
    """Pair the findings of one condition, the closest first."""
    if not known or not new:
        return Pairing((), ())
    distance, spots = _distances(known, new, px_per_mm)
    pairs: list[tuple[int, int]] = []
    parts: list[tuple[int, int]] = []
    used_known: set[int] = set()
    used_new: set[int] = set()
    for flat in np.argsort(distance, axis=None, kind="stable"):
        k, n = divmod(int(flat), len(new))
        if distance[k, n] > 1:
            break
        taken = k in used_known or n in used_new
        if taken and (spots[k, n] or (k in used_known and n in used_new)):
            continue  # two spots side by side are two
        (parts if taken else pairs).append((k, n))
        used_known.add(k)
        used_new.add(n)
    return Pairing(tuple(pairs), tuple(parts))


def _distances(
    known: Sequence[Finding], new: Sequence[Finding], px_per_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(known, new): 0 the same, above 1 not the same; and whether both are spots."""
    a, b = _boxes(known)[:, None] / px_per_mm, _boxes(new)[None] / px_per_mm
    middles = np.linalg.norm((a[..., :2] + a[..., 2:]) / 2 - (b[..., :2] + b[..., 2:]) / 2, axis=-1)
    sides = np.maximum((a[..., 2:] - a[..., :2]).max(axis=-1), (b[..., 2:] - b[..., :2]).max(axis=-1))
    by_middle = middles / np.maximum(SPOT_REACH_MM, sides / 2)
    low = np.maximum(a[..., :2], b[..., :2]) - MARGIN_MM
    high = np.minimum(a[..., 2:], b[..., 2:]) + MARGIN_MM
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    smaller = np.minimum(*((one[..., 2:] - one[..., :2] + 2 * MARGIN_MM).prod(axis=-1) for one in (a, b)))
    overlap = shared / smaller
    by_area = np.where(overlap >= LEAST_SHARED, 1 - overlap, np.inf)
    spots = sides < SPOT_MM
    distance = np.where(spots, by_middle, by_area)
    for k, n in zip(*np.nonzero(np.isfinite(by_area)), strict=True):
        one, other = known[k], new[n]
        if one.condition in LINES and one.outline is not None and other.outline is not None:
            distance[k, n] = _between_lines(one.outline, other.outline) / (LINE_REACH_MM * px_per_mm)
            spots[k, n] = False
    return np.asarray(distance, np.float64), np.asarray(spots, np.bool_)


def _between_lines(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Mean distance (px) from the shorter line's points to the longer line."""
    shorter, longer = sorted((one, other), key=lambda line: float(np.ptp(line, axis=0).max()))
    points = shorter.astype(np.float64)
    start, step = longer[:-1].astype(np.float64), np.diff(longer.astype(np.float64), axis=0)
    length = np.maximum((step**2).sum(axis=1), 1e-9)
    along = np.clip(((points[:, None] - start) * step).sum(axis=2) / length, 0, 1)
    nearest = start + along[:, :, None] * step
    return float(np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1).mean())


def _boxes(findings: Sequence[Finding]) -> NDArray[np.float64]:
    """(N, 4): left, top, right, bottom."""
    return np.array(
        [(f.box.x, f.box.y, f.box.x + f.box.width, f.box.y + f.box.height) for f in findings], np.float64
    ).reshape(-1, 4)
