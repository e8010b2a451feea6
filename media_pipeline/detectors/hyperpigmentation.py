"""Hyperpigmentation: patches of skin browner than the skin around them.

Light and the face's own roundness are taken off each of MASI's four places (forehead, both cheeks, chin) as a smooth
surface through its unmarked skin. That surface also takes much of a broad patch, so candidates are what is darker than
it by any of several steps, and each is judged by its rim in the picture itself: it must fall off all the way round, in
eight directions, where a shadow falls on one side and rises on the other; and its step must have melanin's colour (less
red than haemoglobin, warmer than this face's shadows). Of candidates that lie on each other the most evident stays.
Pigment without an edge, as a tan has, is therefore not seen. Patches of a few millimetres are dark_spots' findings.

Findings: kind patch; measures area (mm2), darkness (melanin index over the skin around, MI = 100 log10 1/R).
Finding.confidence: logistic in the evidence of rim and size, 0.5 where it just suffices.

Detection.measures, for severity and score: pigment_area (% of the visible skin); pigment_burden (% of it, each patch
counted by its evidence, also those that are too faint to be shown); pigment_area_REGION (% of the region)
and pigment_darkness_REGION (MI over the skin around) for forehead, left_cheek, right_cheek, chin where visible;
unevenness (hundredths of optical density: robust spread of green light over that surface).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, blur, disc
from media_pipeline.detectors.patches import Patch, patches_in, rim_steps, visible_area
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
DARKER = 4.0  # hundredths of optical density in green light: what no longer counts as unmarked
STEPS = (1.5, 3.0, 5.0, 8.0)  # over the surface, hundredths: where candidates are cut out
WARMER = 0.05  # blue minus red of the rim's step, as a share of its green, over that of this face's shadows
REDNESS = (0.1, 0.66)  # green minus red as a share of green: melanin 0.2 to 0.35, haemoglobin 0.85
FEWEST_SECTORS = 5  # of eight in which the rim is seen
LEAST_EVIDENCE = 2.0
WEIGHED = (0.5, 3.5)  # evidence from which a patch counts at all, and wholly: no score may hang on a threshold
OVERLAP = 0.2  # of a candidate that may lie on a more evident one
SMALLEST_MM2 = 60.0  # 9 mm across
NARROWEST_MM = 3.5
FEWEST_PX = 200  # of a place, coarse
MOST_FITTED = 1500  # px that the surface is fitted to
FOLDS = ((129, 203, 206, 216), (358, 423, 426, 436))  # FaceMesh: from the wing of the nose to beside the mouth
FOLD_MM = 4.0  # to either side: a smile's shade there is no pigment
BORDER_MM = 3.0  # of the places, kept clear of folds and hairline
DARKEST = 20.0  # of the map that is shown


@dataclass(frozen=True, slots=True)
class _Pigment:
    """patch, the evidence that it is pigment, darkness: MI over the skin around."""

    patch: Patch
    evidence: float
    darkness: float

    @property
    def confidence(self) -> float:
        return float(1 / (1 + np.exp(LEAST_EVIDENCE - self.evidence)))

    @property
    def weight(self) -> float:
        """How much it counts in pigment_burden, 0-1: a half where it just deserves to be shown."""
        return float(np.clip((self.evidence - WEIGHED[0]) / (WEIGHED[1] - WEIGHED[0]), 0, 1))


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
        change *= np.float32(100)
        darker = change[..., 1]
        weighed = _patches(maps, change, looked_at)
        found = [pigment for pigment in weighed if pigment.evidence >= LEAST_EVIDENCE]
        findings = tuple(
            Finding(
                id=f"hyperpigmentation-{number}",
                condition=Condition.HYPERPIGMENTATION,
                region=pigment.patch.region,
                box=Box.around(pigment.patch.outline),
                confidence=round(pigment.confidence, 3),
                measures=(
                    Measure("area", round(pigment.patch.area), "mm2"),
                    Measure("darkness", round(pigment.darkness, 1), "MI"),
                ),
                outline=pigment.patch.outline,
                kind="patch",
            )
            for number, pigment in enumerate(found, 1)
        )
        shown = np.where(looked_at, np.clip(darker / np.float32(DARKEST), 0, 1), np.float32(0))
        return (
            Detection(
                Condition.HYPERPIGMENTATION,
                findings,
                _measures(maps, weighed, found, darker, looked_at),
                response=np.asarray(cv2.resize(shown, (face.size, face.size)), np.float32),
            ),
        )


def _patches(maps: FaceMaps, change: Floats, looked_at: Mask) -> list[_Pigment]:
    """What may be pigment, surest first, down to what only weighs a little. change (C, C, 3): density over the surface,
    which takes much of a broad patch, hundredths; a soft edge takes much of the rim's step; the larger is told."""
    fine = blur(maps.density, maps.mm(DETAIL_MM)) * np.float32(100)
    own = float(maps.shading[2] - maps.shading[0])
    judged: list[_Pigment] = []
    for step in STEPS:
        for patch in patches_in(maps, looked_at & (change[..., 1] > step), SMALLEST_MM2, NARROWEST_MM):
            rim = rim_steps(patch, fine, looked_at, maps.coarse_px_per_mm)
            if len(rim) < FEWEST_SECTORS:
                continue
            red, green, blue = rim.mean(axis=0).tolist()
            brown, redness = (blue - red) / max(0.5, green), (green - red) / max(0.5, green)
            evidence = _evidence(patch.area, rim[:, 1])
            if evidence > WEIGHED[0] and brown >= own + WARMER and REDNESS[0] <= redness <= REDNESS[1]:
                judged.append(_Pigment(patch, evidence, max(red, float(patch.of(change[..., 0]).mean()))))
    taken = np.zeros_like(maps.skin)
    kept = []
    for pigment in sorted(judged, key=lambda one: -one.evidence):
        here = taken[pigment.patch.window]
        if (here & pigment.patch.mask).sum() <= OVERLAP * pigment.patch.mask.sum():
            here |= pigment.patch.mask
            kept.append(pigment)
    return kept


def _evidence(area: float, steps: Floats) -> float:
    """Of a patch of that area (mm2) whose green density falls by those steps across its rim: how far it falls in the
    mean, on its weaker sides and on its weakest, and how large it is, each counted up to a limit."""
    return float(
        np.clip((steps.mean() - 4.5) / 1.5, -2, 1.5)
        + np.clip((np.percentile(steps, 25) - 1.5) / 1.5, -2, 1.5)
        + np.clip((steps.min() + 1) / 4, -0.5, 0.5)
        + np.clip((np.log(area) - 5.2) / 0.4, -2, 1)
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
    degrees = [(i, j) for i in range(SURFACE_DEGREE + 1) for j in range(SURFACE_DEGREE + 1 - i)]
    terms = np.empty((len(x), len(degrees)), np.float32)
    for column, (i, j) in enumerate(degrees):
        terms[:, column] = of_x[i] * of_y[j]
    return terms


def _measures(
    maps: FaceMaps, weighed: list[_Pigment], found: list[_Pigment], darker: Floats, looked_at: Mask
) -> tuple[Measure, ...]:
    inside = np.zeros_like(maps.skin)
    red: Floats = np.zeros(maps.skin.shape, np.float32)
    for pigment in found:
        inside[pigment.patch.window] |= pigment.patch.mask
        red[pigment.patch.window][pigment.patch.mask] = pigment.darkness
    percent = 100 / max(1.0, visible_area(maps))
    measures = [
        Measure("pigment_area", percent * float(inside.sum()) / maps.coarse_px_per_mm**2, "%"),
        Measure("pigment_burden", percent * sum(one.weight * one.patch.area for one in weighed), "%"),
    ]
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
