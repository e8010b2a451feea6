"""Rosacea-like redness: the centre of the face (nose, cheeks, chin, glabella) redder than the rest of it.

Redness is the haemoglobin part of skin's colour, which this face's own shading does not move. The reference is the rest
(forehead, temples, jaw), each side for itself, so that light from one side makes no redness. Redness of the centre
comes in areas that fade outwards: a zone's median hardly sees them, so what counts is its 85th percentile, the mean of
the zones weighted by their visible area, each cheek with no more than the paler one has (a patch on one side is not
rosacea's). How far any such percentile lies above the middle where nothing is red grows with how uneven this face's
skin is in this light (darker skin's more), so the spread of the reference is taken off, and what clear faces have
beyond it. The difference is given as the da* that so much haemoglobin makes on intermediate skin,
so that it means the same on every tone: lesional minus reference a* follows the clinical grade, raw a* and R/G do not
(srt.12878).

Findings: the red areas of the centre down to half of their height, kind erythema, when the centre is redder as a whole;
on a cheek only when the other cheek, where seen, is red too. Measures: area (mm2), delta_a. Finding.confidence:
logistic in delta_a, 0.5 at 3, 0.88 at 5.

Detection.measures, for severity and score: central_delta_a (da*), central_excess (hundredths of optical density),
erythema_area (% of the central skin), erythema_dose (area share times mean da*: separates all clinical steps where a*
alone does not, srt.12075). reason may carry a note on darker skin while status is ok.
"""

import cv2
import numpy as np

from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import HAEMOGLOBIN, FaceMaps, Floats, Mask
from media_pipeline.detectors.patches import patches_in
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    Finding,
    Measure,
    RegionName,
)

__all__ = ["Rosacea"]

CHEEKS = (RegionName.RIGHT_CHEEK, RegionName.LEFT_CHEEK)
NOSE_TIP = 4
MIDDLE = (RegionName.NOSE, RegionName.CHIN, RegionName.GLABELLA)
NO_REFERENCE = (RegionName.UNDER_LEFT_EYE, RegionName.UNDER_RIGHT_EYE, RegionName.PERIORAL)
FEWEST_PX = 60  # of a zone, coarse
REDDEST_SHARE = 85  # percentile of a zone's redness
SPREADS = 0.9  # of the reference, by which it lies above the middle where nothing is red
FAR = 2.5  # robust deviations
USUAL_EXCESS = 1.6  # hundredths of optical density beyond that: clear faces have -1 to 1.9
RED = 2.5  # hundredths of optical density over the reference: an area worth drawing
HALF = 0.5  # of an area's height, where it ends
PEAK_SHARE = 90  # percentile of a zone's redness that stands for its height
SMALLEST_MM2 = 90.0
NARROWEST_MM = 5.0
LEAST_EXCESS = 0.9  # hundredths of optical density: da* 0.5
SKIN = (0.45, 0.27, 0.19)  # linear R, G, B of intermediate skin (ITA 35) in white light
REDDEST = 20.0  # of the map that is shown


class Rosacea(LocalDetector):
    """Measures central against lateral redness."""

    name = "local-central-redness"
    condition = Condition.ROSACEA

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        maps = self._maps.of(face)
        light = light_of(maps)
        if light.problem:
            return self.withheld(light.problem)
        zones = _zones(maps)
        reference = _reference(maps)
        if len(zones) < 3 or int(reference.sum()) < 3 * FEWEST_PX:
            return self.withheld("too little of the centre or of the sides of the face is visible")
        over = maps.redness - _level(maps, reference)
        usual = USUAL_EXCESS + SPREADS * _spread(over[reference])
        heights = {name: float(np.percentile(over[zone], REDDEST_SHARE)) for name, zone in zones.items()}
        paler = min((heights[name] for name in CHEEKS if name in heights), default=0.0)
        heights |= {name: paler for name in CHEEKS if name in heights}
        weights = {name: float(zone.sum()) for name, zone in zones.items()}
        excess = sum(heights[name] * weights[name] for name in zones) / sum(weights.values()) - usual
        central = max(0.0, excess)
        delta_a = _as_delta_a(central)
        even = paler >= usual
        red: Mask = np.zeros_like(maps.skin)
        for name, zone in zones.items():
            if even or name not in CHEEKS:
                red |= zone & (over > max(RED, HALF * float(np.percentile(over[zone], PEAK_SHARE))))
        findings = tuple(_findings(maps, red, over - USUAL_EXCESS)) if excess >= LEAST_EXCESS else ()
        area = 100 * float(red.sum()) / sum(weights.values()) if findings else 0.0
        mean = _as_delta_a(float(over[red].mean()) - USUAL_EXCESS) if findings else 0.0
        return (
            Detection(
                Condition.ROSACEA,
                findings,
                (
                    Measure("central_delta_a", delta_a, "da*"),
                    Measure("central_excess", central, "OD/100"),
                    Measure("erythema_area", area, "%"),
                    Measure("erythema_dose", area / 100 * mean, "da*"),
                ),
                response=_response(over, zones, face.size),
                reason=light.redness_note,
            ),
        )


def _zones(maps: FaceMaps) -> dict[RegionName, Mask]:
    """The visible zones of the centre, on the coarse grid."""
    zones = {name: maps.region(name) for name in (*MIDDLE, *CHEEKS)}
    return {name: zone for name, zone in zones.items() if int(zone.sum()) >= FEWEST_PX}


def _reference(maps: FaceMaps) -> Mask:
    rest = maps.skin.copy()
    for name in (*NO_REFERENCE, *MIDDLE, *CHEEKS):
        rest &= ~maps.coarse_region(name)
    return rest


def _level(maps: FaceMaps, reference: Mask) -> Floats:
    """(1, C) the redness of the reference by column: the median of each side where that side's middle is, a straight
    line between them, so that light from one side does not count as redness."""
    columns = np.nonzero(reference)[1]
    values = maps.redness[reference]
    middle = float(maps.landmarks[NOSE_TIP, 0]) * maps.scale
    sides = [columns < middle, columns >= middle]
    if min(int(side.sum()) for side in sides) < FEWEST_PX:
        return np.full((1, maps.coarse_size), np.median(values), np.float32)
    at = [float(np.median(columns[side])) for side in sides]
    level = [float(np.median(values[side])) for side in sides]
    return np.interp(np.arange(maps.coarse_size), at, level).astype(np.float32)[None]


def _spread(values: Floats) -> float:
    """Standard deviation about the reference's level, what lies far off (hair, a spot, a shadow's edge) drawn in."""
    far = FAR * 1.4826 * float(np.median(np.abs(values)))
    return float(np.clip(values, -far, far).std())


def _as_delta_a(haemoglobin: float) -> float:
    """The change of a* that so much more haemoglobin (hundredths of optical density) makes on intermediate skin."""
    colours = np.array([SKIN, SKIN], np.float32)
    colours[1] *= np.power(10.0, -np.array(HAEMOGLOBIN) * haemoglobin / 100)
    lab = cv2.cvtColor(colours[None], cv2.COLOR_LRGB2Lab)[0]
    return float(lab[1, 1] - lab[0, 1])


def _findings(maps: FaceMaps, red: Mask, over: Floats) -> list[Finding]:
    findings = []
    for number, patch in enumerate(patches_in(maps, red, SMALLEST_MM2, NARROWEST_MM), 1):
        delta_a = _as_delta_a(float(patch.of(over).mean()))
        findings.append(
            Finding(
                id=f"rosacea-{number}",
                condition=Condition.ROSACEA,
                region=patch.region,
                box=Box.around(patch.outline),
                confidence=round(float(1 / (1 + np.exp(3.0 - delta_a))), 3),
                measures=(Measure("area", round(patch.area), "mm2"), Measure("delta_a", round(delta_a, 1), "da*")),
                outline=patch.outline,
                kind="erythema",
            )
        )
    return findings


def _response(over: Floats, zones: dict[RegionName, Mask], size: int) -> Floats:
    centre = np.zeros(over.shape, np.bool_)
    for zone in zones.values():
        centre |= zone
    shown = np.where(centre, np.clip(over / np.float32(REDDEST), 0, 1), np.float32(0))
    return np.asarray(cv2.resize(shown, (size, size)), np.float32)
