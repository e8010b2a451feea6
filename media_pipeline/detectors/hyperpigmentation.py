"""Hyperpigmentation: patches of skin browner than the skin around them.

Light and the face's own roundness are taken off each of MASI's four places (forehead, both cheeks, chin) as a smooth
surface through its unmarked skin. A patch must then be darker in green light, in melanin's colours (less red than
haemoglobin, warmer than this face's shadows), and it must have an edge: light fades over centimetres,
pigment ends within millimetres. Pigment without an edge, as a tan has, is therefore not seen. Patches of a few
millimetres are dark_spots' findings, not these.

Findings: kind patch; measures area (mm2), darkness (melanin index over the skin around, MI = 100 log10 1/R).
Finding.confidence: logistic in contrast and edge; 0.5 where both just suffice.

Detection.measures, for severity and score: pigment_area (% of the visible skin); pigment_area_REGION (% of the region)
and pigment_darkness_REGION (MI over the skin around) for forehead, left_cheek, right_cheek, chin where visible;
unevenness (hundredths of optical density: robust spread of green light over that surface).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, blur, disc
from media_pipeline.detectors.patches import Patch, edge_slope, patches_in, visible_area
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    Finding,
    Issue,
    Measure,
    RegionName,
)

__all__ = ["Hyperpigmentation"]

MASI_PLACES = (RegionName.FOREHEAD, RegionName.LEFT_CHEEK, RegionName.RIGHT_CHEEK, RegionName.CHIN)
SURFACE_DEGREE = 3  # of the polynomial in x and y
SURFACE_ROUNDS = 4
DETAIL_MM = 1.2
DARKER = 4.0  # hundredths of optical density in green light: a tenth less light
WARMER = -0.05  # blue minus red, as a share of the darkness, over that of this face's shadows; melanin has 0.5 to 1
REDDEST = 0.65  # green minus red as a share of the darkness: melanin 0.2 to 0.35, haemoglobin 0.85
STEEP = 1.8  # hundredths of optical density a mm, across the edge
SMALLEST_MM2 = 60.0  # 9 mm across
NARROWEST_MM = 3.5
FEWEST_PX = 200  # of a place, coarse
MOST_FITTED = 1500  # px that the surface is fitted to
FOLDS = ((129, 203, 206, 216), (358, 423, 426, 436))  # FaceMesh: from the wing of the nose to beside the mouth
FOLD_MM = 4.0  # to either side: a smile's shade there is no pigment
BORDER_MM = 3.0  # of the places, kept clear of folds and hairline
LEAST_CONFIDENCE = 0.5
DARKEST = 20.0  # of the map that is shown


class Hyperpigmentation(LocalDetector):
    """Finds patches of uneven pigment."""

    name = "local-melanin"
    condition = Condition.HYPERPIGMENTATION

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        maps = self._maps.of(face)
        light = light_of(maps)
        if light.problem:
            return self.withheld(light.problem)
        if Issue.UNEVEN_LIGHT in face.quality.issues:
            return self.withheld("the light comes from one side: a shadow would look like pigment")
        change, looked_at = _change(maps)
        darker = change[..., 1] * np.float32(100)
        warmer = (change[..., 2] - change[..., 0]) * np.float32(100)
        redder = (change[..., 1] - change[..., 0]) * np.float32(100)
        own = float(maps.shading[2] - maps.shading[0]) + WARMER
        mask = looked_at & (darker > DARKER) & (warmer > own * darker) & (redder < REDDEST * darker)
        found = []
        for patch in patches_in(maps, mask, SMALLEST_MM2, NARROWEST_MM):
            edge = edge_slope(patch, darker, maps.coarse_px_per_mm)
            contrast = float(patch.of(darker).mean())
            confidence = _confidence(contrast, edge)
            if confidence >= LEAST_CONFIDENCE:
                found.append((patch, confidence))
        red = change[..., 0] * np.float32(100)
        findings = tuple(
            Finding(
                id=f"hyperpigmentation-{number}",
                condition=Condition.HYPERPIGMENTATION,
                region=patch.region,
                box=Box.around(patch.outline),
                confidence=round(confidence, 3),
                measures=(
                    Measure("area", round(patch.area), "mm2"),
                    Measure("darkness", round(float(patch.of(red).mean()), 1), "MI"),
                ),
                outline=patch.outline,
                kind="patch",
            )
            for number, (patch, confidence) in enumerate(found, 1)
        )
        shown = np.where(mask, np.clip(darker / np.float32(DARKEST), 0, 1), np.float32(0))
        return (
            Detection(
                Condition.HYPERPIGMENTATION,
                findings,
                _measures(maps, [patch for patch, _ in found], red, darker, looked_at),
                response=np.asarray(cv2.resize(shown, (face.size, face.size)), np.float32),
            ),
        )


def _looked_at(maps: FaceMaps, name: RegionName) -> Mask:
    inner = cv2.erode(maps.coarse_region(name).view(np.uint8), disc(maps.mm(BORDER_MM)))
    for fold in FOLDS:
        line = np.round(maps.landmarks[list(fold)] * np.float32(maps.scale)).astype(np.int32)
        cv2.polylines(inner, [line], False, 0, thickness=max(1, round(2 * maps.mm(FOLD_MM))))
    return (inner > 0) & maps.skin


def _change(maps: FaceMaps) -> tuple[Floats, Mask]:
    """(C, C, 3) optical density over that of each place's unmarked skin, and where it was looked at."""
    fine = blur(maps.density, maps.mm(DETAIL_MM))
    change = np.zeros_like(fine)
    looked_at = np.zeros_like(maps.skin)
    for name in MASI_PLACES:
        mask = _looked_at(maps, name)
        if int(mask.sum()) >= FEWEST_PX:
            change[mask] = _over_surface(fine, mask)
            looked_at |= mask
    return change, looked_at


def _over_surface(density: Floats, mask: Mask) -> Floats:
    """(N, 3) what the mask's pixels have over a smooth surface through those that are not darker than it."""
    rows, columns = np.nonzero(mask)
    y = (rows - rows.mean()) / max(1.0, float(np.ptp(rows)) / 2)
    x = (columns - columns.mean()) / max(1.0, float(np.ptp(columns)) / 2)
    terms = _monomials(x, y)
    values = density[mask]
    sparse = slice(None, None, max(1, len(values) // MOST_FITTED))
    some, known = terms[sparse], values[sparse]
    keep = np.ones(len(known), np.bool_)
    surface = np.zeros((terms.shape[1], 3), np.float32)
    for _ in range(SURFACE_ROUNDS):
        inside = some[keep]
        ridge = np.float32(1e-3 * len(inside)) * np.eye(terms.shape[1], dtype=np.float32)
        ridge[0, 0] = 0
        surface = np.linalg.solve(inside.T @ inside + ridge, inside.T @ known[keep]).astype(np.float32)
        over = (known - some @ surface)[:, 1] * np.float32(100)
        spread = np.float32(1.4826) * np.median(np.abs(over[keep]))
        keep = (over < max(DARKER / 2, spread)) & (over > -max(DARKER, 3 * spread))
        if keep.sum() < len(known) / 4:
            break
    return np.asarray(values - terms @ surface, np.float32)


def _monomials(x: NDArray[np.float64], y: NDArray[np.float64]) -> Floats:
    """(N, T) all products of powers of x and y up to SURFACE_DEGREE, the constant first. By products: NumPy's power
    takes twenty times longer."""
    powers = [[np.ones_like(x)], [np.ones_like(y)]]
    for axis, values in zip(powers, (x, y), strict=True):
        for _ in range(SURFACE_DEGREE):
            axis.append(axis[-1] * values)
    of_x, of_y = powers
    terms = [of_x[i] * of_y[j] for i in range(SURFACE_DEGREE + 1) for j in range(SURFACE_DEGREE + 1 - i)]
    return np.stack(terms, axis=1).astype(np.float32)


def _confidence(contrast: float, edge: float) -> float:
    return float(1 / (1 + np.exp(-((contrast - 9.0) / 1.5 + np.clip(2 * (edge - STEEP) / STEEP, -4, 3)))))


def _measures(maps: FaceMaps, found: list[Patch], red: Floats, darker: Floats, looked_at: Mask) -> tuple[Measure, ...]:
    inside = np.zeros_like(maps.skin)
    for patch in found:
        inside[patch.window] |= patch.mask
    measures = [Measure("pigment_area", 100 * sum(p.area for p in found) / max(1.0, visible_area(maps)), "%")]
    for name in MASI_PLACES:
        region = maps.region(name)
        if not region.any():
            continue
        here = region & inside
        measures.append(Measure(f"pigment_area_{name}", 100 * float(here.sum()) / float(region.sum()), "%"))
        darkness = max(0.0, float(red[here].mean())) if here.any() else 0.0
        measures.append(Measure(f"pigment_darkness_{name}", darkness, "MI"))
    values = darker[looked_at]
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values)))) if len(values) else 0.0
    measures.append(Measure("unevenness", spread, "OD/100"))
    return tuple(measures)
