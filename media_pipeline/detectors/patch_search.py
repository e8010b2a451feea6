"""Looks for patches of one pigment: where they may be, with their outlines and steps fitted (`patch_fit`).

The density's change over skin's unevenness is weighed so that the pigment shows best over what varies on this face
anyway, shading above all (a matched filter: weights S^-1 p, p the pigment's colour, S the covariance of the density
between two scales on this face). So one bar holds for every tone and light. Seeds are what stands out in that picture:
areas over two levels of its own spread, and blobs of two sizes.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, blur, disc
from media_pipeline.detectors.patch_fit import FittedPatch, fit_patch
from media_pipeline.detectors.patches import Patch, patches_in

__all__ = ["search_patches", "whole_patch"]

SHRINK = 2  # coarse px to a side of what is searched: 1.3 mm, under a density of 1.5 mm sigma
DETAIL_MM = 1.5
SCALES_MM = (5.5, 8.5, 13.0)  # differences of neighbours answer to blobs of BLOBS_MM radius
BLOBS_MM = (8.0, 12.0)
LEAST_RESPONSE = 0.3  # hundredths of optical density
MOST_SEEDS = 4  # of each kind
LEVELS = (0.7, 1.4)  # robust deviations
BROAD_MM = 14.0
SMALLEST_MM2 = 60.0
NARROWEST_MM = 3.5
RIDGE = 0.05  # of the covariance, hundredths squared: the camera's own noise


def search_patches(
    maps: FaceMaps, pigment: tuple[float, float, float], looked_at: Mask
) -> tuple[list[FittedPatch], Floats]:
    """What may be patches, on a grid of SHRINK coarse px, overlapping ones included; and the weights (3,) of the
    channels, which make the step of a patch its amount of pigment in hundredths."""
    side = maps.coarse_size // SHRINK
    shrunk = (side, side)
    mm = maps.coarse_px_per_mm * side / maps.coarse_size
    blurred = blur(maps.density * np.float32(100), maps.mm(DETAIL_MM))
    density = np.asarray(cv2.resize(blurred, shrunk, interpolation=cv2.INTER_AREA), np.float32)
    seen = cv2.resize(looked_at.view(np.uint8), shrunk, interpolation=cv2.INTER_NEAREST) > 0
    skin = cv2.resize(maps.skin.view(np.uint8), shrunk, interpolation=cv2.INTER_NEAREST) > 0
    if int(seen.sum()) < 100:
        return [], np.zeros(3, np.float32)
    levels = [_smooth(density, skin, mm * sigma) for sigma in SCALES_MM]
    bands = [fine - broad for fine, broad in zip(levels, levels[1:], strict=False)]
    weights = _matched(bands[0][seen], np.array(pigment, np.float32))
    seeds = []
    for band, radius in zip(bands, BLOBS_MM, strict=True):
        seeds += _blobs(band @ weights, seen, mm * radius)
    over = (density - _smooth(density, skin, mm * BROAD_MM)) @ weights
    spread = 1.4826 * float(np.median(np.abs(over[seen])))
    for level in LEVELS:
        seeds += _areas(seen & (over > level * spread), mm)
    fitted = [fit_patch(density, weights, seen, seed, mm) for seed in seeds]
    return [one for one in fitted if one is not None], weights


def whole_patch(maps: FaceMaps, fitted: FittedPatch, least_mm2: float, narrowest_mm: float) -> Patch | None:
    """The fitted patch on the coarse grid; None where it is too small or narrow."""
    rows, columns = (slice(max(0, part.start - 1), part.stop + 1) for part in fitted.window)
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.float32)
    top, left = fitted.window[0].start - rows.start, fitted.window[1].start - columns.start
    mask[top : top + fitted.mask.shape[0], left : left + fitted.mask.shape[1]] = fitted.mask
    grown = cv2.resize(mask, None, fx=SHRINK, fy=SHRINK, interpolation=cv2.INTER_LINEAR) > 0.5
    whole = np.zeros_like(maps.skin)
    at = whole[rows.start * SHRINK :, columns.start * SHRINK :][: grown.shape[0], : grown.shape[1]]
    at |= grown[: at.shape[0], : at.shape[1]]
    return next(iter(patches_in(maps, whole & maps.skin, least_mm2, narrowest_mm)), None)


def _smooth(values: Floats, mask: Mask, sigma: float) -> Floats:
    weight = mask.astype(np.float32)
    below = np.maximum(blur(weight, sigma), np.float32(0.02))
    return (blur(values * weight[..., None], sigma) / below[..., None]).astype(np.float32)


def _matched(changes: Floats, pigment: Floats) -> Floats:
    spread = changes.T @ changes / len(changes) + np.float32(RIDGE) * np.eye(3, dtype=np.float32)
    weights = np.linalg.solve(spread, pigment)
    return np.asarray(weights / (weights @ pigment), np.float32)


def _blobs(response: NDArray[np.floating], seen: Mask, radius: float) -> list[tuple[tuple[slice, slice], Mask]]:
    """Discs about the highest peaks."""
    peaks = seen & (response >= cv2.dilate(response, disc(0.6 * radius))) & (response > LEAST_RESPONSE)
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-response[rows, columns])[:MOST_SEEDS]
    reach = max(1, round(radius))
    y, x = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]]
    seeds = []
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        window = (slice(max(0, row - reach), row + reach + 1), slice(max(0, column - reach), column + reach + 1))
        round_ = (y[window] - row) ** 2 + (x[window] - column) ** 2 <= radius**2
        seeds.append((window, np.asarray(round_ & seen[window], np.bool_)))
    return seeds


def _areas(over: Mask, mm: float) -> list[tuple[tuple[slice, slice], Mask]]:
    """The largest connected areas, without specks and bridges."""
    opened = cv2.morphologyEx(over.view(np.uint8), cv2.MORPH_OPEN, disc(mm * NARROWEST_MM / 2))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    order = [n for n in np.argsort(-stats[:, cv2.CC_STAT_AREA]).tolist() if n and n < count][:MOST_SEEDS]
    seeds = []
    for n in order:
        x, y, width, height, area = stats[n].tolist()
        if area >= SMALLEST_MM2 * mm**2:
            window = (slice(y, y + height), slice(x, x + width))
            seeds.append((window, np.asarray(labels[window] == n, np.bool_)))
    return seeds
