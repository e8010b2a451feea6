"""Wrinkles: a ridge filter that knows which way lines run in each place, hysteresis, skeleton, polylines.

Recipe of the published filters (`lines`) with an orientation prior for each site, against a bar that coarse skin and
noise nearby raise: chance makes as much across the expected direction as along it, so what runs across, on this skin in
this light, says how much along it means nothing. A line is kept when it is at least 4 mm and 6 px of the frame long, as
evident as LEAST_EVIDENCE says, and lies lower than the skin on both of its sides, which the edge of a shadow does not.
Around the eyes of people with glasses nothing is looked for.
Lines are open polylines in `Finding.outline`; `kind` is the site: forehead_line, frown_line (glabella), crows_feet,
under_eye_line, nasolabial_fold, cheek_line, lip_line. Crow's feet are given to the under-eye region of their side.

Finding.measures: length (mm; shown), depth (% of the light that the bottom of the line lacks against its sides, median
along it). Finding.confidence: e / (1 + e) with e = strength over the bar times sqrt(length / 8 mm): 0.5 is a line as
strong as the bar over 8 mm, 0.75 one three times as evident.

Detection.measures, for severity and score:
- wrinkle_density (mm/cm2): sum of length x depth (share of light, 0-1, counted up to 0.10: on the official portraits
  depth beyond that ranked people by light and skin tone, length by age) over the skin that was looked at
- wrinkle_density_SITE, the same by site: forehead, frown, crows_feet, under_eye, nasolabial, cheek, lip (a site that is
  not visible has none)
- wrinkle_length (mm): of all lines; deepest (%): 90th percentile of depth, weighted by length; wrinkles (count)
"""

from dataclasses import dataclass

import cv2
import numpy as np

from media_pipeline.detectors.glasses import wears_glasses
from media_pipeline.detectors.lines import hysteresis, ridges, thin, trace
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, blur, disc, smooth
from media_pipeline.detectors.sites import Site, SiteMap, sites_of
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    Finding,
    Issue,
    Measure,
    Points,
)

__all__ = ["Wrinkles"]

GRID_PX_PER_MM = 2.5  # finer than any line that an aligned face of 640 px can show
SIGMAS_MM = (0.45, 0.8, 1.4)  # half-widths: fine, medium, coarse (folds)
LEAST_SOURCE_SIGMA = 0.6  # px of the frame; below it a scale sees only interpolation
HIGH = 0.0135  # optical density; a valley that takes 8 % of the light responds 0.0135
LOW_SHARE = 0.5  # of HIGH: how weak a line may become along its way
TEXTURE = 13.0  # times what runs across, mean nearby; on drawn grain chance exceeds it in 3 to 9 places of 1000
NOISE_MM = 7.0  # sigma of that neighbourhood
MOST_TEXTURE = 12.0  # times the whole face's mean: beyond it a rim, a lash or a shadow's edge, which is no texture
LEAST_EVIDENCE = 0.8  # strength over the bar times sqrt(length / 8 mm): chance makes short lines, seldom long ones
CREST = 0.75  # how near a place must come to the strongest nearby (each less HIGH): lines side by side stay apart
CREST_MM = 1.4  # how near that is
COUNTED_DEPTH = 0.10  # beyond it depth tells the light's direction and the camera's contrast more than the skin
SHORTEST_MM = 4.0
SHORTEST_SOURCE_PX = 6.0  # px of the frame; a shorter run of pixels is texture
STRAIGHTEST = 0.6  # chord over length; below it a curl, not a line
LEAST_CM2 = 5.0  # of skin to look at
EDGE_MM = 2.0  # lashes, brows and lips bleed into the rim
FEWEST_SOURCE_PX_PER_MM = 0.6
FINE_SOURCE_PX_PER_MM = 2.0


@dataclass(frozen=True, slots=True)
class _Line:
    points: Points  # px of the grid
    length_mm: float
    depth: float  # share of light
    strength: float


class Wrinkles(LocalDetector):
    """Finds wrinkles on an aligned face, each a polyline with its length and depth."""

    name = "local-ridges"
    condition = Condition.WRINKLES

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        if face.source_px_per_mm < FEWEST_SOURCE_PX_PER_MM:
            return self.withheld("the face is too small in the picture to see lines")
        if Issue.BLURRED in face.quality.issues:
            return self.withheld("the picture is too blurred to see lines")
        maps = self._maps.of(face)
        size = min(face.size, round(face.size * GRID_PX_PER_MM / face.px_per_mm))
        px_per_mm = face.px_per_mm * size / face.size
        density = maps.line_density
        if size < face.size:
            density = np.asarray(cv2.resize(density, (size, size), interpolation=cv2.INTER_AREA), np.float32)
        sites = sites_of(maps, size, glasses=wears_glasses(maps, face.pose))
        sites.labels[~_bare_skin(maps, size, px_per_mm)] = 0
        looked_at = sites.labels > 0
        if int(looked_at.sum()) < LEAST_CM2 * (10 * px_per_mm) ** 2:
            return self.withheld("too little bare skin is visible")
        smallest = LEAST_SOURCE_SIGMA / face.source_px_per_mm
        sigmas = [max(0.8, mm * px_per_mm) for mm in SIGMAS_MM if mm >= smallest] or [SIGMAS_MM[-1] * px_per_mm]
        window = _window(looked_at, margin=round(3 * sigmas[-1]))
        density, looked_at = np.ascontiguousarray(density[window]), looked_at[window]
        response, across = ridges(density, sigmas, sites.expected[window], sites.tolerance[window])
        response *= looked_at
        bar = np.maximum(np.float32(HIGH), np.float32(TEXTURE) * _noise(across, looked_at, px_per_mm))
        response = np.asarray(response * (np.float32(HIGH) / bar), np.float32)
        shortest = max(SHORTEST_MM, SHORTEST_SOURCE_PX / face.source_px_per_mm)
        skeleton = thin(hysteresis(_crests(response, px_per_mm), HIGH * LOW_SHARE, HIGH))
        floor = blur(density, 0.4 * px_per_mm)
        paths = trace(skeleton, round(shortest * px_per_mm * 0.7))
        origin = np.array([window[1].start, window[0].start], np.float32)
        lines = [
            line for path in paths if (line := _line(path, response, floor, px_per_mm, shortest, origin)) is not None
        ]
        whole: Floats = np.zeros((size, size), np.float32)
        whole[window] = response
        return (_detection(face, lines, sites, whole),)


def _noise(across: Floats, looked_at: Mask, px_per_mm: float) -> Floats:
    """Mean over NOISE_MM of what runs across the expected direction, without what stands out of the face's own."""
    whole = across[looked_at]
    typical = float(np.minimum(whole, np.percentile(whole, 95)).mean())
    return smooth(np.minimum(across, np.float32(MOST_TEXTURE * typical)), looked_at, NOISE_MM * px_per_mm)


def _crests(response: Floats, px_per_mm: float) -> Floats:
    """The response without the flanks of what is strong: at the corner of the eye lines that meet would grow together
    into one shape that is no line."""
    side = 2 * round(CREST_MM * px_per_mm) + 1
    strongest = cv2.dilate(response, np.ones((side, side), np.uint8))
    return np.where(response >= np.float32(CREST) * (strongest - np.float32(HIGH)), response, 0).astype(np.float32)


def _window(mask: Mask, margin: int) -> tuple[slice, slice]:
    """The part of the grid that holds the mask, with a margin."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    return (
        slice(max(0, y - margin), min(mask.shape[0], y + height + margin)),
        slice(max(0, x - margin), min(mask.shape[1], x + width + margin)),
    )


def _detection(face: AlignedFace, lines: list[_Line], sites: SiteMap, response: Floats) -> Detection:
    findings: list[Finding] = []
    size = sites.labels.shape[0]
    scale = np.float32(size / face.size)
    counts = np.bincount(sites.labels.ravel(), minlength=len(sites.sites) + 1)[1:] / (face.px_per_mm * scale * 10) ** 2
    areas: dict[str, float] = {}  # cm2
    for place, area in zip(sites.sites, counts.tolist(), strict=True):
        if area > 0:
            areas[place.measure] = areas.get(place.measure, 0.0) + area
    load = dict.fromkeys(areas, 0.0)
    for line in lines:
        site = _site_of(line.points, sites)
        if site is None or line.depth > site.deepest:
            continue
        outline = ((line.points + 0.5) / scale - 0.5).astype(np.float32)
        evidence = _evidence(line.strength, line.length_mm)
        load[site.measure] += line.length_mm * min(line.depth, COUNTED_DEPTH)
        findings.append(
            Finding(
                id=f"wrinkle-{len(findings) + 1}",
                condition=Condition.WRINKLES,
                region=site.region,
                box=Box.around(outline),
                confidence=round(float(evidence / (1 + evidence)), 3),
                measures=(
                    Measure("length", round(line.length_mm, 1), "mm"),
                    Measure("depth", round(100 * line.depth, 1), "%"),
                ),
                outline=outline,
                kind=site.kind,
            )
        )
    total = sum(areas.values())
    lengths = np.array([finding.measures[0].value for finding in findings])
    depths = np.array([finding.measures[1].value for finding in findings])
    measures = (
        Measure("wrinkle_density", sum(load.values()) / total, "mm/cm2"),
        *(Measure(f"wrinkle_density_{name}", load[name] / areas[name], "mm/cm2") for name in load),
        Measure("wrinkle_length", float(lengths.sum()), "mm"),
        Measure("deepest", _weighted_percentile(depths, lengths, 90), "%"),
        Measure("wrinkles", len(findings), "count"),
    )
    fine = face.source_px_per_mm >= FINE_SOURCE_PX_PER_MM
    strength = np.clip(response / np.float32(3 * HIGH), 0, 1)
    return Detection(
        Condition.WRINKLES,
        tuple(findings),
        measures,
        response=np.asarray(cv2.resize(strength, (face.size, face.size)), np.float32),
        reason=None if fine else "the face is too small in the picture for fine lines: coarse ones only",
    )


def _bare_skin(maps: FaceMaps, size: int, px_per_mm: float) -> Mask:
    """The mask's skin without its rim, and without what is not coloured like skin (hair, frames)."""
    skin = cv2.resize(maps.aligned_skin.view(np.uint8), (size, size), interpolation=cv2.INTER_NEAREST)
    skin = cv2.erode(skin, disc(EDGE_MM * px_per_mm), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    plausible = cv2.dilate(maps.skin.view(np.uint8), disc(maps.mm(1.5)))
    plausible = cv2.resize(plausible, (size, size), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.bitwise_and(skin, plausible), np.bool_)


def _line(
    path: Points, response: Floats, density: Floats, px_per_mm: float, shortest: float, origin: Points
) -> _Line | None:
    """The traced pixels as a smoothed polyline with its measures; None for what is no line. origin: where response and
    density start on the grid."""
    columns, rows = path[:, 0].astype(int), path[:, 1].astype(int)
    window = max(3, round(2.0 * px_per_mm)) | 1
    padded = np.pad(path, ((window // 2, window // 2), (0, 0)), mode="edge")
    kernel = np.ones(window, np.float32) / window
    smooth = np.stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in (0, 1)], axis=1)
    smooth = np.concatenate([path[:1], smooth[window // 2 : len(path) - window // 2 or None], path[-1:]])
    points = smooth[:: max(1, round(px_per_mm))].astype(np.float32)
    if len(points) < 2:
        return None
    if not np.array_equal(points[-1], smooth[-1]):
        points = np.concatenate([points, smooth[-1:].astype(np.float32)])
    length = float(np.hypot(*np.diff(points, axis=0).T).sum()) / px_per_mm
    chord = float(np.hypot(*(points[-1] - points[0]))) / px_per_mm
    strength = float(response[rows, columns].mean())
    if length < shortest or chord < STRAIGHTEST * length or _evidence(strength, length) < LEAST_EVIDENCE:
        return None
    depth = _depth(points, density, px_per_mm)
    if depth <= 0:
        return None
    return _Line(points + origin, length, depth, strength)


def _evidence(strength: float, length_mm: float) -> float:
    """A line's mean strength over the bar, more as it goes on for longer than 8 mm."""
    return float(strength / HIGH * np.sqrt(length_mm / 8))


def _depth(points: Points, density: Floats, px_per_mm: float) -> float:
    """Median along the line of the share of light that its bottom lacks against the lower of its two sides, which lie
    at the best of three distances."""
    along = np.gradient(points, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    offsets = np.array([0, -1.5, 1.5, -2.5, 2.5, -4.0, 4.0], np.float32) * px_per_mm
    samples = points[:, None, :] + normal[:, None, :] * offsets[None, :, None]
    values = cv2.remap(
        density,
        samples[..., 0].astype(np.float32),
        samples[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    centre = values[:, 0]
    drop = np.max([centre - np.maximum(values[:, i], values[:, i + 1]) for i in (1, 3, 5)], axis=0)
    return float(1 - 10 ** -np.median(drop))


def _site_of(points: Points, sites: SiteMap) -> Site | None:
    """The site that most of the line lies in."""
    columns, rows = np.round(points).astype(int).T.clip(0, sites.labels.shape[0] - 1)
    votes = np.bincount(sites.labels[rows, columns], minlength=len(sites.sites) + 1)[1:]
    return sites.sites[int(votes.argmax())] if votes.any() else None


def _weighted_percentile(values: Floats, weights: Floats, percent: float) -> float:
    if len(values) == 0:
        return 0.0
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(reached, percent / 100)])
