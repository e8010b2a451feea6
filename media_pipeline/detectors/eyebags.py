"""Under the eyes: dark circles and puffiness, kept apart.

The skin below each lower lid is laid out as a strip, columns from the inner to the outer corner, rows in millimetres
below the lid. A dark circle is the difference between the rows below the lashes and the cheek under them, in dL* and
dE*, the instrument values tied best to visual grades (SciELO S0365-05962015000400494; PMC7898348). Light from above
makes every cheek brighter downwards, so the cheek's own gradient is continued upwards, the shade of the hollow that
every eye lies in is taken off, and the difference is taken to that. Its kind is the part of skin's colour that explains
most of the green light it lacks: pigment (melanin), vascular (haemoglobin) or shadow. Puffiness is the relief of a bag:
a bright rise with a dark groove below it and brighter cheek below that, the smaller of the two steps in L*.

Findings: kind pigment, vascular or shadow for a dark circle (measures delta_e, delta_l, delta_ita), kind puffiness for
a bag (measure puffiness). Finding.confidence is 0.5 where a difference just counts and 0.88 at half as much again; what
just counts is less on darker skin, where the same pigment makes a smaller step in L*.

Detection.measures, for severity and score, of the worse eye:
- dark_circle_delta_e (dE*), dark_circle_delta_l (dL*, positive: darker than the cheek), dark_circle_delta_ita (degrees,
  positive: darker), dark_circle_delta_a (da*, positive: redder), dark_circle_darkness (% of light lacking; free of
  exposure), puffiness (dL*)
- dark_circle_delta_e_left, ..._right, puffiness_left, puffiness_right of each eye that could be judged

Withheld where the light comes from one side (luma of the two eye regions differs by more than 0.15; degraded above
0.10), because a shadow then looks like either, where the light is abnormal, and where glasses or hair cover both
strips.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.colour import ita_degrees
from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import HAEMOGLOBIN, MELANIN, FaceMaps, Floats, Mask, blur
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    Finding,
    Issue,
    Measure,
    Points,
    RegionName,
    Status,
)

__all__ = ["Eyebags"]

# FaceMesh indices of the lower lid, inner to outer corner.
LOWER_LID = {
    "right": (133, 155, 154, 153, 145, 144, 163, 7, 33),
    "left": (362, 382, 381, 380, 374, 373, 390, 249, 263),
}
REGION = {"right": RegionName.UNDER_RIGHT_EYE, "left": RegionName.UNDER_LEFT_EYE}

COLUMNS = 32  # between the corners of the eye
STEP_MM = 0.5
REACH_MM = 28.0  # below the lid: into the cheek
LASHES_MM = 4.0
UNDER_MM = (4.5, 11.0)  # where a dark circle lies
CHEEK_MM = (14.0, 27.0)  # what it is compared with
RIM_CHROMA = 0.75  # of the strip's own C*
DRAWN_FROM_MM = 1.5
MOST_GRADIENT = 0.8  # L* a mm, of light along a cheek; brighter downwards, never darker
USUAL_SHADE = 0.11  # optical density of the hollow of the eye: 7.5 L* on light skin, where clear faces have 7.5 to 13
FULL_MEASURE_L = 60.0  # L* of the cheek; on darker skin the same change of pigment makes a smaller step
MOST_PUFFINESS = 15.0  # a deeper groove is the rim of glasses
MEDIAL = slice(3, 24)  # columns: the inner three quarters, where both lie
LEAST_SKIN = 0.5  # share of a strip's part that must be bare
GROOVE_MM = (7.0, 20.0)  # where the lower edge of a bag can lie
LEAST_DELTA_E = 5.0
LEAST_DELTA_L = 2.5
LEAST_PUFFINESS = 3.0
KINDS = ("shadow", "pigment", "vascular")  # in the order of FaceMaps.unmix's rows
GREEN = np.array([1.0, MELANIN[1], HAEMOGLOBIN[1]], np.float32)  # what a unit of each takes from green light
SIDE_GAP = 0.10  # luma, the strict uneven-light gate; the moderate one refuses
MOST_SIDE_GAP = 0.15
SHARPNESS = 4.0  # of the confidence: 0.88 at half as much again as just counts


@dataclass(frozen=True, slots=True)
class _Eye:
    """One strip's measures; circle and bag in aligned px."""

    side: str
    cheek_l: float
    delta_l: float
    delta_e: float
    delta_ita: float
    delta_a: float
    darkness: float
    kind: str
    puffiness: float
    circle: Points
    bag: Points


class Eyebags(LocalDetector):
    """Measures dark circles and puffiness under each eye."""

    name = "local-eyebags"
    condition = Condition.EYEBAGS

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        maps = self._maps.of(face)
        light = light_of(maps)
        if light.problem:
            return self.withheld(light.problem)
        gap = abs(light.side_gap or 0.0)
        if gap > MOST_SIDE_GAP or Issue.UNEVEN_LIGHT in face.quality.issues:
            return self.withheld("the light comes from one side: a shadow would look like a dark circle")
        eyes = [eye for side in LOWER_LID if (eye := _eye(maps, side)) is not None]
        if not eyes:
            return self.withheld("the skin under the eyes is covered or turned away")
        findings = tuple(finding for eye in eyes for finding in _findings(eye))
        return (
            Detection(
                Condition.EYEBAGS,
                findings,
                _measures(eyes),
                status=Status.DEGRADED if gap > SIDE_GAP else Status.OK,
                reason="one side of the face is brighter: shadows add to dark circles" if gap > SIDE_GAP else None,
            ),
        )


def _measures(eyes: list[_Eye]) -> tuple[Measure, ...]:
    darker = max(eyes, key=lambda eye: eye.delta_e if eye.delta_l > 0 else 0.0)
    dark = darker.delta_l > 0
    return (
        Measure("dark_circle_delta_e", darker.delta_e if dark else 0.0, "dE*"),
        Measure("dark_circle_delta_l", darker.delta_l, "dL*"),
        Measure("dark_circle_delta_ita", darker.delta_ita, "degrees"),
        Measure("dark_circle_delta_a", darker.delta_a, "da*"),
        Measure("dark_circle_darkness", darker.darkness, "%"),
        Measure("puffiness", max(eye.puffiness for eye in eyes), "dL*"),
        *(Measure(f"dark_circle_delta_e_{eye.side}", eye.delta_e if eye.delta_l > 0 else 0.0, "dE*") for eye in eyes),
        *(Measure(f"puffiness_{eye.side}", eye.puffiness, "dL*") for eye in eyes),
    )


def _findings(eye: _Eye) -> list[Finding]:
    findings = []
    scale = min(1.0, max(0.4, eye.cheek_l / FULL_MEASURE_L))
    if eye.delta_e >= LEAST_DELTA_E * scale and eye.delta_l >= LEAST_DELTA_L * scale:
        findings.append(
            Finding(
                id=f"eyebags-{eye.side}-circle",
                condition=Condition.EYEBAGS,
                region=REGION[eye.side],
                box=Box.around(eye.circle),
                confidence=_confidence(eye.delta_e / LEAST_DELTA_E / scale),
                measures=(
                    Measure("delta_e", round(eye.delta_e, 1), "dE*"),
                    Measure("delta_l", round(eye.delta_l, 1), "dL*"),
                    Measure("delta_ita", round(eye.delta_ita, 1), "degrees"),
                ),
                outline=eye.circle,
                kind=eye.kind,
            )
        )
    if eye.puffiness >= LEAST_PUFFINESS * scale:
        findings.append(
            Finding(
                id=f"eyebags-{eye.side}-bag",
                condition=Condition.EYEBAGS,
                region=REGION[eye.side],
                box=Box.around(eye.bag),
                confidence=_confidence(eye.puffiness / LEAST_PUFFINESS / scale),
                measures=(Measure("puffiness", round(eye.puffiness, 1), "dL*"),),
                outline=eye.bag,
                kind="puffiness",
            )
        )
    return findings


def _confidence(ratio: float) -> float:
    return round(float(1 / (1 + np.exp(-SHARPNESS * (ratio - 1)))), 3)


def _eye(maps: FaceMaps, side: str) -> _Eye | None:
    """Everything about one eye; None where its strip is not bare skin."""
    if maps.polygon(REGION[side]) is None:
        return None
    grid = _strip(maps, side)
    where = ((grid + 0.5) * np.float32(maps.scale) - 0.5).astype(np.float32)
    skin = _sample(maps.skin.astype(np.float32), where) > 0.5
    lab = _sample(maps.lab, where)
    density = _sample(maps.density, where)
    under, cheek = _rows(UNDER_MM), _rows(CHEEK_MM)
    if skin[under, MEDIAL].mean() < LEAST_SKIN or skin[cheek, MEDIAL].mean() < LEAST_SKIN:
        return None
    rows = np.arange(grid.shape[0], dtype=np.float32) * np.float32(STEP_MM)
    lab_rows, density_rows = _row_medians(lab, skin), _row_medians(density, skin)
    reference = np.median(lab_rows[_rows(CHEEK_MM)], axis=0)
    reference[0] = _shaded(float(_continued(rows, lab_rows[:, 0])[under].mean()))
    dark = lab_rows[under].mean(axis=0)
    change = (density_rows[under].mean(axis=0) - np.median(density_rows[_rows(CHEEK_MM)], axis=0)).astype(np.float32)
    change -= np.float32(USUAL_SHADE) * maps.shading
    profiles = blur(np.ascontiguousarray(lab[..., 0]), 1.5 / STEP_MM)
    chroma = np.hypot(lab_rows[:, 1], lab_rows[:, 2])
    puffiness, groove = _puffiness(profiles[:, MEDIAL].mean(axis=1), chroma)
    return _Eye(
        side=side,
        cheek_l=float(np.median(lab_rows[_rows(CHEEK_MM), 0])),
        delta_l=float(reference[0] - dark[0]),
        delta_e=float(np.linalg.norm(reference - dark)),
        delta_ita=ita_degrees(reference[0], reference[2]) - ita_degrees(dark[0], dark[2]),
        delta_a=float(dark[1] - reference[1]),
        darkness=float(100 * (1 - 10 ** -max(0.0, change[1]))),
        kind=KINDS[int(np.argmax(maps.unmix @ change * GREEN))],
        puffiness=puffiness,
        circle=_circle(grid, profiles, float(reference[0] + dark[0]) / 2),
        bag=_band(grid, np.full(COLUMNS, LASHES_MM), np.full(COLUMNS, groove)),
    )


def _strip(maps: FaceMaps, side: str) -> Points:
    """(rows, COLUMNS, 2) aligned px: straight down from the lid, at right angles to the line between the corners."""
    lid = maps.landmarks[list(LOWER_LID[side])]
    axis = (lid[-1] - lid[0]) / max(1e-6, float(np.hypot(*(lid[-1] - lid[0]))))
    down = np.array([-axis[1], axis[0]], np.float32)
    if down[1] < 0:
        down = -down
    along = (lid - lid[0]) @ axis
    below = (lid - lid[0]) @ down
    columns = np.linspace(0, along[-1], COLUMNS, dtype=np.float32)
    starts = lid[0] + columns[:, None] * axis + np.interp(columns, along, below)[:, None].astype(np.float32) * down
    depths = np.arange(0, REACH_MM, STEP_MM, dtype=np.float32) * np.float32(maps.px_per_mm)
    return np.asarray(starts[None] + depths[:, None, None] * down, np.float32)


def _sample(values: Floats, where: Points) -> Floats:
    return np.asarray(
        cv2.remap(values, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _rows(millimetres: tuple[float, float]) -> slice:
    return slice(round(millimetres[0] / STEP_MM), round(millimetres[1] / STEP_MM))


def _row_medians(values: Floats, skin: Mask) -> NDArray[np.float32]:
    """(rows, 3): the median of each row's bare skin; of all of it where little is bare."""
    inside = np.where(skin[:, MEDIAL, None], values[:, MEDIAL], np.float32(np.nan))
    sparse = skin[:, MEDIAL].mean(axis=1) < 0.25
    inside[sparse] = values[:, MEDIAL][sparse]
    return np.asarray(np.nanmedian(inside, axis=1), np.float32)


def _continued(rows: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The straight line through the cheek's rows, on all rows; what lies far off it (the rim of glasses) counts little,
    and it is no steeper than light makes a cheek."""
    cheek = _rows(CHEEK_MM)
    x, y = rows[cheek] - rows[cheek].mean(), values[cheek]
    weights = np.ones_like(y)
    slope, level = 0.0, float(np.median(y))
    for _ in range(3):
        level = float((weights * y).sum() / weights.sum())
        slope = float(np.clip((weights * x * (y - level)).sum() / (weights * x * x).sum(), 0, MOST_GRADIENT))
        off = np.abs(y - level - slope * x)
        weights = 1 / np.maximum(off, np.median(off) + np.float32(0.1))
    return np.asarray(level + slope * (rows - rows[cheek].mean()), np.float32)


def _shaded(lightness: float) -> float:
    """L* of skin of that L* in the usual shade of the hollow of the eye (CIE 1976; all values here are over 8)."""
    return (lightness + 16) * float(10 ** (-USUAL_SHADE / 3)) - 16


def _puffiness(profile: NDArray[np.float32], chroma: NDArray[np.float32]) -> tuple[float, float]:
    """Depth in L* of the groove below a bag, 0 where there is none, and its place in mm below the lid. profile, chroma:
    L* and C* by row, from the lid down; a groove without skin's colour is the rim of glasses."""
    first, last = _rows(GROOVE_MM).start, _rows(GROOVE_MM).stop
    start = round(LASHES_MM / STEP_MM)
    above = np.maximum.accumulate(profile[start:])
    below = np.maximum.accumulate(profile[::-1])[::-1][start:]
    depth = np.minimum(above, below) - profile[start:]
    window = depth[first - start : last - start]
    at = first + int(np.argmax(window))
    if window.max() > MOST_PUFFINESS or chroma[at] < RIM_CHROMA * np.median(chroma[start:]):
        return 0.0, GROOVE_MM[1]
    return max(0.0, float(window.max())), at * STEP_MM


def _circle(grid: Points, lightness: Floats, half: float) -> Points:
    """The crescent from the lid down to where L* is half-way back to the cheek's, in each column."""
    rows = _rows((LASHES_MM, CHEEK_MM[0]))
    recovered = lightness[rows] > half
    ends = np.where(recovered.any(axis=0), recovered.argmax(axis=0), recovered.shape[0]) * STEP_MM
    ends = np.maximum(blur(ends.astype(np.float32)[None], 2.0)[0], 2.0) + LASHES_MM
    return _band(grid, np.full(COLUMNS, DRAWN_FROM_MM), ends)


def _band(grid: Points, top_mm: NDArray[np.floating], bottom_mm: NDArray[np.floating]) -> Points:
    """The closed polygon between two depths, which taper together towards the corners of the eye."""
    columns = np.arange(2, COLUMNS - 2)
    taper = np.sin(np.pi * (columns - 1) / (COLUMNS - 3)) ** 0.5
    top = top_mm[columns] / STEP_MM
    bottom = top + (bottom_mm[columns] / STEP_MM - top) * taper
    rows = grid.shape[0] - 1
    upper = grid[np.clip(np.round(top), 0, rows).astype(int), columns]
    lower = grid[np.clip(np.round(bottom), 0, rows).astype(int), columns]
    return np.asarray(np.concatenate([upper, lower[::-1]]), np.float32)
