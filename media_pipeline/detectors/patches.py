"""From a mask on the coarse grid to patches of skin with an outline, an area and a region."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, disc
from media_pipeline.types import Points, RegionName

__all__ = ["Patch", "edge_slope", "patches_in", "region_at", "visible_area"]


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


def edge_slope(patch: Patch, values: Floats, mm: float) -> float:
    """How fast values fall across the patch's rim, per mm: the mean over the rim of the mean drop over 1.5 mm to either
    side. mm: coarse px in one millimetre. A pigment's border is steep, a shadow's gentle."""
    reach = max(1, round(1.5 * mm))
    y, x = (max(0, part.start - reach - 1) for part in patch.window)
    bottom, right = (part.stop + reach + 1 for part in patch.window)
    region = values[y:bottom, x:right]
    inside = np.zeros(region.shape, np.uint8)
    top, left = patch.window[0].start - y, patch.window[1].start - x
    inside[top : top + patch.mask.shape[0], left : left + patch.mask.shape[1]] = patch.mask
    kernel = disc(reach)
    eroded = cv2.erode(inside, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    inner = (inside > 0) & (eroded == 0)
    outer = (cv2.dilate(inside, kernel) > 0) & (inside == 0)
    if not inner.any() or not outer.any():
        return 0.0
    return float(region[inner].mean() - region[outer].mean()) / (reach / mm)


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
    for name in RegionName:
        polygon = maps.polygon(name)
        if polygon is None:
            continue
        inside = maps.coarse_region(name)
        overlap = int(inside[row, column]) if patch is None else int((inside[patch[0]] & patch[1]).sum())
        if overlap > best_overlap:
            best, best_overlap = name, overlap
        distance = float(np.hypot(*(polygon.mean(axis=0) * np.float32(maps.scale) - middle)))
        if distance < nearest_distance:
            nearest, nearest_distance = name, distance
    return best or nearest
