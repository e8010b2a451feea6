"""Dark spots: discrete round brown marks of 2 to 7 mm (freckles, lentigines, marks that acne leaves).

Blobs of the optical density in green light (both pigments show in it, and pictures keep their finest detail there) are
the maxima over place and scale of a scale-normalised difference of Gaussians, which stands for the Laplacian, sigma
0.85 to 2.5 mm (a disc's radius over the square root of 2); what is larger is hyperpigmentation's. A blob is a spot when
it is dark enough against a ring around it, also against this skin's own texture, round enough (a line or a fold is
not), and brown: the change of colour from ring to spot lies nearer melanin's than haemoglobin's (a red spot is an acne
lesion) or a shadow's (a pore, a hair, a shine's edge). Corners of eyes and mouth and wings of the nose are left out.

A lesion that stands out alone, dark and sharply bounded, may be a mole. It is reported with kind mole, so that it can
be shown, and counts in no measure: a mole is no blemish, and a changing one is for a clinician, never for a score.

Findings: kind spot or mole; measures diameter (mm), contrast (% of light lacking). Finding.confidence: logistic in
contrast, 0.5 at 9 %, 0.88 at 16 %.

Detection.measures, for severity and score: spots (count), spot_area (% of the visible skin), spot_burden (%
of it, each spot counted by its contrast, also those that are too faint to be shown), spot_contrast (mean, %),
moles (count, unscored).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, blur, disc, smooth
from media_pipeline.detectors.patches import region_at, visible_area
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    Finding,
    Measure,
    Points,
    RegionName,
)

__all__ = ["DarkSpots"]

SIGMAS_MM = (0.7, 1.0, 1.45, 2.1, 3.0)  # the differences of neighbours answer to sigma 0.85 to 2.5 mm
RESPONSE = 0.012  # optical density, difference of Gaussians at the middle of a spot
TEXTURE = 4.0  # robust deviations of the response on this face's skin: pores and stubble raise the bar
CONTRAST = 0.045  # optical density against the ring: a tenth of the light
WEIGHED = (0.02, 0.07)  # from which a spot counts at all, and wholly: no score may hang on a threshold
RING = (2.2, 3.2)  # radii of the ring, sigmas
ROUNDEST = 0.45  # least ratio of the two curvatures
BROWN = (0.3, 1.8)  # blue minus red over green: melanin 1.05, shadow 0.2 to 0.5 (this face's own is taken off)
REDDEST = 0.6  # green minus red over green: melanin 0.33, haemoglobin 0.85
MOLE_CONTRAST = 0.22  # optical density: 40 % of the light
ALIKE = 0.6  # of its contrast: another spot of its kind
MOST_ALIKE = 2  # of its kind; more make it one of many freckles
MOST_SPOTS = 200
FEWEST_SOURCE_PX_PER_MM = 1.0
EDGE_MM = 1.0
HOLLOWS = (133, 362, 61, 291, 129, 358, 98, 327)  # FaceMesh: inner corners of eyes, corners of mouth, wings of nose
HOLLOW_MM = 6.0


@dataclass(frozen=True, slots=True)
class _Spot:
    x: float  # coarse px
    y: float
    radius: float
    contrast: float  # optical density

    @property
    def weight(self) -> float:
        """How much it counts in spot_burden, 0-1: a half where it just deserves to be shown."""
        return float(np.clip((self.contrast - WEIGHED[0]) / (WEIGHED[1] - WEIGHED[0]), 0, 1))


class DarkSpots(LocalDetector):
    """Finds discrete brown spots."""

    name = "local-spots"
    condition = Condition.DARK_SPOTS

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        maps = self._maps.of(face)
        light = light_of(maps)
        if light.problem:
            return self.withheld(light.problem)
        if face.source_px_per_mm < FEWEST_SOURCE_PX_PER_MM:
            return self.withheld("the face is too small in the picture to see spots")
        weighed, response = _spots(maps)
        spots = [spot for spot in weighed if spot.contrast >= CONTRAST]
        moles = _moles(spots)
        findings = tuple(
            _finding(maps, spot, number, "mole" if spot in moles else "spot") for number, spot in enumerate(spots, 1)
        )
        counted = [spot for spot in spots if spot not in moles]
        area = sum(np.pi * spot.radius**2 for spot in counted) / maps.coarse_px_per_mm**2
        burden = sum(spot.weight * np.pi * spot.radius**2 for spot in weighed if spot not in moles)
        burden /= maps.coarse_px_per_mm**2
        contrasts = [_percent(spot.contrast) for spot in counted]
        return (
            Detection(
                Condition.DARK_SPOTS,
                findings,
                (
                    Measure("spots", len(counted), "count"),
                    Measure("spot_area", float(100 * area / max(1.0, visible_area(maps))), "%"),
                    Measure("spot_burden", float(100 * burden / max(1.0, visible_area(maps))), "%"),
                    Measure("spot_contrast", float(np.mean(contrasts)) if contrasts else 0.0, "%"),
                    Measure("moles", len(moles), "count"),
                ),
                response=np.asarray(cv2.resize(response, (face.size, face.size)), np.float32),
            ),
        )


def _spots(maps: FaceMaps) -> tuple[list[_Spot], Floats]:
    """The spots, darkest first, and the blob response 0-1 on the coarse grid."""
    skin = maps.skin
    green = np.ascontiguousarray(maps.density[..., 1])
    filled = np.where(skin, green, smooth(green, skin, maps.mm(4.0)))
    levels = [blur(filled, maps.mm(sigma)) for sigma in SIGMAS_MM]
    blobs = np.stack([fine - coarse for fine, coarse in zip(levels, levels[1:], strict=False)])
    best = blobs.max(axis=0)
    inside = _looked_at(maps)
    rough = TEXTURE * 1.4826 * float(np.median(np.abs(best[inside]))) if inside.any() else 0.0
    peaks = inside & (best > max(RESPONSE, rough)) & (best >= cv2.dilate(best, disc(maps.mm(1.0))))
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-best[rows, columns])[: 3 * MOST_SPOTS]
    spots: list[_Spot] = []
    surroundings = [_Surroundings.of(maps.mm(sigma * 1.2)) for sigma in SIGMAS_MM]
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        scale = int(np.argmax(blobs[:, row, column]))
        spot = _spot_at(maps, levels[scale], row, column, surroundings[scale])
        if spot is not None and all(_apart(spot, other) for other in spots):
            spots.append(spot)
            if len(spots) == MOST_SPOTS:
                break
    return sorted(spots, key=lambda spot: -spot.contrast), np.clip(best / np.float32(6 * RESPONSE), 0, 1) * skin


def _looked_at(maps: FaceMaps) -> Mask:
    """Skin inside the regions, away from its rim and from the hollows that every face has."""
    inside = np.zeros_like(maps.skin)
    for name in RegionName:
        inside |= maps.coarse_region(name)
    inside &= cv2.erode(maps.skin.view(np.uint8), disc(maps.mm(EDGE_MM))) > 0
    hollows = np.zeros(inside.shape, np.uint8)
    for point in np.round(maps.landmarks[list(HOLLOWS)] * np.float32(maps.scale)).astype(int).tolist():
        cv2.circle(hollows, point, max(1, round(maps.mm(HOLLOW_MM))), 1, cv2.FILLED)
    return np.asarray(inside & (hollows == 0), np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Surroundings:
    """A peak's window of reach px to every side, for spots of one size: masks of its core, the ring around it, the
    ring's quarters, and all within the ring's inner edge."""

    sigma: float
    reach: int
    core: Mask
    ring: Mask
    quarters: tuple[Mask, ...]
    near: Mask

    @classmethod
    def of(cls, sigma: float) -> "_Surroundings":
        reach = int(np.ceil(RING[1] * sigma))
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        distance = np.hypot(y, x)
        ring = (distance >= RING[0] * sigma) & (distance <= RING[1] * sigma)
        side = np.arctan2(y, x) // (np.pi / 2)
        quarters = tuple(ring & (side == quarter) for quarter in (-2, -1, 0, 1))
        return cls(sigma, reach, distance <= max(1.0, 0.8 * sigma), ring, quarters, distance <= RING[0] * sigma)


def _spot_at(maps: FaceMaps, level: Floats, row: int, column: int, around: _Surroundings) -> _Spot | None:
    """The spot around a peak of the blob response; None where it is no round, dark, brown spot."""
    reach = around.reach
    top, left = row - reach, column - reach
    if top < 0 or left < 0 or row + reach >= maps.coarse_size or column + reach >= maps.coarse_size:
        return None
    window = (slice(top, row + reach + 1), slice(left, column + reach + 1))
    skin = maps.skin[window]
    ring = skin & around.ring
    if _roundness(level, row, column, around.sigma) < ROUNDEST or ring.sum() < 0.6 * around.ring.sum():
        return None
    density = maps.density[window]
    inner, outer = np.median(density[around.core], axis=0), np.median(density[ring], axis=0)
    change = inner - outer
    contrast = float(change[1])
    if contrast < WEIGHED[0]:
        return None
    # all the way round: a fold or the edge of a shadow is dark to one side too
    green = density[..., 1]
    quarters = [green[skin & quarter] for quarter in around.quarters]
    sides = [float(np.median(quarter)) for quarter in quarters if len(quarter)]
    if len(sides) < 3 or float(inner[1]) - max(sides) < min(contrast, CONTRAST) / 2:
        return None
    own = float(maps.shading[2] - maps.shading[0])
    brown = float(change[2] - change[0]) / contrast
    red = float(change[1] - change[0]) / contrast
    if not max(BROWN[0], own) <= brown <= BROWN[1] or red > REDDEST:
        return None
    dark = (green > outer[1] + contrast / 2) & around.near
    radius = float(np.sqrt(dark.sum() / np.pi))
    return _Spot(float(column), float(row), max(radius, maps.mm(0.7)), contrast)


def _roundness(level: Floats, row: int, column: int, sigma: float) -> float:
    """Ratio of the smaller to the larger curvature at the peak: 1 for a disc, 0 for a line."""
    step = max(1, round(sigma))
    here = level[row - step : row + step + 1 : step, column - step : column + step + 1 : step]
    if here.shape != (3, 3):
        return 0.0
    xx = float(here[1, 0] + here[1, 2] - 2 * here[1, 1])
    yy = float(here[0, 1] + here[2, 1] - 2 * here[1, 1])
    xy = float(here[0, 0] + here[2, 2] - here[0, 2] - here[2, 0]) / 4
    middle, spread = -(xx + yy) / 2, float(np.hypot((xx - yy) / 2, xy))
    return max(0.0, (middle - spread) / (middle + spread)) if middle + spread > 0 else 0.0


def _apart(spot: _Spot, other: _Spot) -> bool:
    return bool(np.hypot(spot.x - other.x, spot.y - other.y) > 0.8 * (spot.radius + other.radius))


def _moles(spots: list[_Spot]) -> list[_Spot]:
    """The very dark lesions that have few of their like beside them."""
    contrasts = np.array([spot.contrast for spot in spots])
    return [
        spot
        for spot in spots
        if spot.contrast >= MOLE_CONTRAST and (contrasts >= ALIKE * spot.contrast).sum() - 1 <= MOST_ALIKE
    ]


def _finding(maps: FaceMaps, spot: _Spot, number: int, kind: str) -> Finding:
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    circle: Points = np.stack(
        [spot.x + spot.radius * np.cos(angles), spot.y + spot.radius * np.sin(angles)], axis=1
    ).astype(np.float32)
    outline = maps.to_aligned(circle)
    percent = _percent(spot.contrast)
    return Finding(
        id=f"dark-spot-{number}",
        condition=Condition.DARK_SPOTS,
        region=region_at(maps, spot.x, spot.y),
        box=Box.around(outline),
        confidence=round(float(1 / (1 + np.exp(-(percent - 9) / 3.5))), 3),
        measures=(
            Measure("diameter", round(2 * spot.radius / maps.coarse_px_per_mm, 1), "mm"),
            Measure("contrast", round(percent, 1), "%"),
        ),
        outline=outline,
        kind=kind,
    )


def _percent(density: float) -> float:
    return float(100 * (1 - 10**-density))
