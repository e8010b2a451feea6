"""From a mask on the coarse grid to patches of skin with an outline, an area and a region."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, disc
from media_pipeline.types import Points, RegionName

__all__ = ["Patch", "patches_in", "region_at", "rim_steps", "visible_area"]

SECTORS = 8
RIM_MM = (0.4, 2.0)  # to either side of a patch's edge
FEWEST_RIM_PX = 4


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """One connected patch: window of the coarse grid that holds it, mask inside that window, outline (N, 2) closed in
    aligned px, area in mm2, the region that holds most of it."""

    window: tuple[slice, slice]
    mask: Mask
    outline: Points
    area: float
    region: RegionName

    def of(self, values: Floats) -> Floats:
        """The values (C, C) on the patch."""
        return values[self.window][self.mask]


def patches_in(maps: FaceMaps, mask: Mask, least_mm2: float, smoothing_mm: float) -> list[Patch]:
    """The patches of a coarse mask, largest first: specks and bridges narrower than smoothing_mm taken off, holes
    filled, those below least_mm2 dropped."""
    image = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, disc(maps.mm(smoothing_mm) / 2))
    contours, _ = cv2.findContours(image, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    patches = []
    for contour in contours:
        x, y, width, height = cv2.boundingRect(contour)
        inside = np.zeros((height, width), np.uint8)
        cv2.drawContours(inside, [contour], -1, 1, cv2.FILLED, offset=(-x, -y))
        area = float(inside.sum()) / maps.coarse_px_per_mm**2
        if area < least_mm2 or len(contour) < 3:
            continue
        window = (slice(y, y + height), slice(x, x + width))
        patches.append(
            Patch(
                window=window,
                mask=inside.astype(np.bool_),
                outline=maps.to_aligned(_smooth(np.asarray(contour[:, 0], np.int32))),
                area=area,
                region=_region_of(maps, window, inside.astype(np.bool_)),
            )
        )
    return sorted(patches, key=lambda patch: -patch.area)


def region_at(maps: FaceMaps, x: float, y: float) -> RegionName:
    """The region that holds a coarse px, or the one whose middle is nearest."""
    return _nearest(maps, np.array([x, y], np.float32), None)


def visible_area(maps: FaceMaps) -> float:
    """The bare skin that is seen, mm2."""
    return float(maps.skin.sum()) / maps.coarse_px_per_mm**2


def rim_steps(patch: Patch, values: Floats, looked_at: Mask, mm: float) -> Floats:
    """How much values (C, C, 3) fall across the patch's rim, in each of SECTORS directions from its middle: the mean
    over RIM_MM inside less that outside, (N, 3) for the N sectors in which both are seen. A shadow falls on one side
    of a patch and rises on the other, pigment falls on all. mm: coarse px in one millimetre."""
    reach, gap = max(1, round(RIM_MM[1] * mm)), max(1, round(RIM_MM[0] * mm))
    y, x = (max(0, part.start - reach - 2) for part in patch.window)
    bottom, right = (part.stop + reach + 2 for part in patch.window)
    region, seen = values[y:bottom, x:right], looked_at[y:bottom, x:right]
    inside = np.zeros(seen.shape, np.uint8)
    top, left = patch.window[0].start - y, patch.window[1].start - x
    inside[top : top + patch.mask.shape[0], left : left + patch.mask.shape[1]] = patch.mask
    padded = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    deep = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    far = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3)
    inner = (deep > gap) & (deep <= reach)
    outer = (far > gap) & (far <= reach) & seen
    rows, columns = np.nonzero(inside)
    to_right = np.arange(seen.shape[1], dtype=np.float32) - np.float32(columns.mean())
    down = np.arange(seen.shape[0], dtype=np.float32) - np.float32(rows.mean())
    angle = cv2.phase(
        np.ascontiguousarray(np.broadcast_to(to_right, seen.shape)),
        np.ascontiguousarray(np.broadcast_to(down[:, None], seen.shape)),
    )
    sector = np.minimum((angle * np.float32(SECTORS / (2 * np.pi))).astype(np.intp), SECTORS - 1)
    counts, means = [], []
    for band in (inner, outer):
        where = sector[band]
        counts.append(np.bincount(where, minlength=SECTORS))
        here = region[band].T
        total = [np.bincount(where, weights=channel, minlength=SECTORS) for channel in here]
        means.append(np.stack(total, axis=1) / np.maximum(counts[-1], 1)[:, None])
    both = (counts[0] >= FEWEST_RIM_PX) & (counts[1] >= FEWEST_RIM_PX)
    return np.asarray((means[0] - means[1])[both], np.float32)


def _smooth(contour: NDArray[np.int32]) -> Points:
    """A closed contour (N, 2) of px, rounded a little and thinned to what a drawing needs."""
    count = len(contour)
    window = min(5, count)
    wrapped = np.concatenate([contour[-window:], contour, contour[:window]]).astype(np.float32)
    kernel = np.ones(window, np.float32) / window
    rounded = np.stack([np.convolve(wrapped[:, axis], kernel, mode="same") for axis in (0, 1)], axis=1)
    return rounded[window : window + count : max(1, count // 64)]


def _region_of(maps: FaceMaps, window: tuple[slice, slice], mask: Mask) -> RegionName:
    rows, columns = np.nonzero(mask)
    middle = np.array([columns.mean() + window[1].start, rows.mean() + window[0].start], np.float32)
    return _nearest(maps, middle, (window, mask))


def _nearest(maps: FaceMaps, middle: Points, patch: tuple[tuple[slice, slice], Mask] | None) -> RegionName:
    best, best_overlap, nearest, nearest_distance = None, 0, RegionName.NOSE, np.inf
    column, row = np.round(middle).astype(int).clip(0, maps.coarse_size - 1)
    for name, centre, inside in maps.regions:
        overlap = int(inside[row, column]) if patch is None else int((inside[patch[0]] & patch[1]).sum())
        if overlap > best_overlap:
            best, best_overlap = name, overlap
        distance = float(np.hypot(*(centre - middle)))
        if distance < nearest_distance:
            nearest, nearest_distance = name, distance
    return best or nearest
