"""Where on the face lines are looked for, and which way they run there.

Directions follow the muscles below: across the forehead, upright between the brows, like rays from the outer corner of
the eye, along the lower lid, from the wing of the nose to beside the mouth, upright around the lips. Landmarks are
MediaPipe FaceMesh indices; the person's right comes first.
"""

from dataclasses import dataclass
from math import cos, pi, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.maps import FaceMaps, Floats
from media_pipeline.mesh_topology import FACE_OVAL
from media_pipeline.types import Points, RegionName

__all__ = ["Site", "SiteMap", "sites_of"]

SIDES = (0, 1)  # the person's right, left
OUTER_CORNER = (33, 263)
INNER_CORNER = (133, 362)
WING = (129, 358)
BESIDE_MOUTH = (57, 287)
LOWER_LID = ((33, 7, 163, 144, 145, 153, 154, 155, 133), (263, 249, 390, 373, 374, 380, 381, 382, 362))
UNDER_EYE = (RegionName.UNDER_RIGHT_EYE, RegionName.UNDER_LEFT_EYE)
CHEEK = (RegionName.RIGHT_CHEEK, RegionName.LEFT_CHEEK)

CROWS_FEET_MM = (5.0, 26.0)  # from the corner of the eye
CROWS_FEET_DEGREES = 55.0  # to either side of straight outward
RAYS_START_MM = 6.0  # inside the corner
LID_MM = 8.0  # below the lashes: their shadow and the fold of the lid, which smiling deepens, are no wrinkle
FOLD_HALF_WIDTH_MM = 9.0
MOUTH_CORNERS = (61, 291)
MOUTH_CORNER_MM = 8.0  # everybody's mouth ends in a crease
PHILTRUM = (2, 0)  # from the nose to the upper lip: a groove between two ridges
PHILTRUM_HALF_WIDTH_MM = 7.0
LIMB_MM = 4.0  # inside the face's outline: skin turns away there, or hair begins
WING_MM = 9.0  # around the wing of the nose: the crease there is everybody's
DEEPEST = 0.45  # share of light: folds under the eye and beside the nose in hard light
DEEPEST_FOREHEAD = 0.35  # a fringe is darker, a line across the forehead is not


@dataclass(frozen=True, slots=True)
class Site:
    """One place: region and kind for its findings, measure for its burden; tolerance in degrees from the expected
    direction beyond which a line does not count; deepest: share of light beyond which it is no line (hair, a frame)."""

    kind: str
    measure: str
    region: RegionName
    tolerance: float
    deepest: float = DEEPEST


@dataclass(frozen=True, slots=True, eq=False)
class SiteMap:
    """sites; labels (G, G) uint8: 1 + the index of the site that each px belongs to, 0 for none; expected (G, G, 2):
    cos 2t, sin 2t of the direction t of its lines; tolerance (G, G): cos 2d of the deviation d that is still one."""

    sites: tuple[Site, ...]
    labels: NDArray[np.uint8]
    expected: Floats
    tolerance: Floats


def sites_of(maps: FaceMaps, size: int, *, glasses: bool = False) -> SiteMap:
    """The visible sites of a face on a grid of size px a side; with glasses none around the eyes, where a rim, its
    shadow and its reflection run as wrinkles do."""
    canvas = _Canvas(size)
    scale = np.float32(size / maps.size)
    points = maps.landmarks * scale
    mm = maps.px_per_mm * float(scale)

    def region(site: Site, direction: float) -> None:
        polygon = maps.polygon(site.region)
        if polygon is not None:
            canvas.fill(site, polygon * scale, direction)

    for side in SIDES:
        slant = _angle(points[WING[side]], points[BESIDE_MOUTH[side]])
        region(Site("cheek_line", "cheek", CHEEK[side], 35), slant)
    region(Site("lip_line", "lip", RegionName.PERIORAL, 30), pi / 2)
    region(Site("forehead_line", "forehead", RegionName.FOREHEAD, 30, DEEPEST_FOREHEAD), 0.0)
    region(Site("frown_line", "frown", RegionName.GLABELLA, 35), pi / 2)
    for side in SIDES:
        if maps.polygon(UNDER_EYE[side]) is None or maps.polygon(CHEEK[side]) is None:
            continue  # turned away
        inner, outer = points[INNER_CORNER[side]], points[OUTER_CORNER[side]]
        region(Site("under_eye_line", "under_eye", UNDER_EYE[side], 40), _angle(inner, outer))
        canvas.clear(points[list(LOWER_LID[side])], LID_MM * mm)
        wing, mouth = points[WING[side]], points[BESIDE_MOUTH[side]]
        fold = Site("nasolabial_fold", "nasolabial", CHEEK[side], 35)
        canvas.stroke(fold, np.stack([wing, mouth]), FOLD_HALF_WIDTH_MM * mm, _angle(wing, mouth))
        canvas.clear(np.stack([wing, wing]), WING_MM * mm)
        canvas.fan(Site("crows_feet", "crows_feet", UNDER_EYE[side], 30), inner, outer, mm)
    for corner in MOUTH_CORNERS:
        canvas.clear(points[[corner, corner]], MOUTH_CORNER_MM * mm)
    canvas.clear(points[list(PHILTRUM)], PHILTRUM_HALF_WIDTH_MM * mm)
    canvas.clear(points[[*FACE_OVAL, FACE_OVAL[0]]], LIMB_MM * mm)
    if glasses:
        canvas.forget("under_eye", "crows_feet")
    return canvas.finish()


class _Canvas:
    """Draws sites one over the other."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._labels: NDArray[np.uint8] = np.zeros((size, size), np.uint8)
        self._sites: list[Site] = []
        self._directions: list[float] = []
        self._fans: list[tuple[int, Points]] = []

    def fill(self, site: Site, polygon: Points, direction: float) -> None:
        cv2.fillPoly(self._labels, [_px(polygon)], self._label(site, direction))

    def stroke(self, site: Site, line: Points, half_width: float, direction: float) -> None:
        self._draw(line, half_width, self._label(site, direction))

    def clear(self, line: Points, half_width: float) -> None:
        self._draw(line, half_width, 0)

    def fan(self, site: Site, inner: Points, corner: Points, mm: float) -> None:
        """The fan outside the corner of the eye; its rays start a little inside it."""
        outward = (corner - inner) / max(1e-6, float(np.hypot(*(corner - inner))))
        middle = np.degrees(np.arctan2(outward[1], outward[0]))
        span = (middle - CROWS_FEET_DEGREES, middle + CROWS_FEET_DEGREES)
        arcs = [_arc(corner, radius * mm, *span) for radius in CROWS_FEET_MM]
        label = self._label(site, 0.0)
        cv2.fillPoly(self._labels, [_px(np.concatenate([arcs[0], arcs[1][::-1]]))], label)
        self._fans.append((label, np.asarray(corner - outward * RAYS_START_MM * mm, np.float32)))

    def forget(self, *measures: str) -> None:
        """Take the sites of those measures off again."""
        for label, site in enumerate(self._sites, 1):
            if site.measure in measures:
                self._labels[self._labels == label] = 0

    def finish(self) -> SiteMap:
        tables = np.zeros((3, 256), np.float32)
        tables[2] = 1.0
        for index, (site, direction) in enumerate(zip(self._sites, self._directions, strict=True), 1):
            tables[:, index] = cos(2 * direction), sin(2 * direction), cos(2 * radians(site.tolerance))
        cosines, sines, tolerance = (np.asarray(cv2.LUT(self._labels, table), np.float32) for table in tables)
        for label, centre in self._fans:
            rows, columns = np.nonzero(self._labels == label)
            y, x = rows - centre[1], columns - centre[0]
            square = np.maximum(x * x + y * y, 1e-6)
            cosines[rows, columns] = (x * x - y * y) / square
            sines[rows, columns] = 2 * x * y / square
        return SiteMap(tuple(self._sites), self._labels, np.stack([cosines, sines], axis=-1), tolerance)

    def _label(self, site: Site, direction: float) -> int:
        self._sites.append(site)
        self._directions.append(direction)
        return len(self._sites)

    def _draw(self, line: Points, half_width: float, label: int) -> None:
        cv2.polylines(self._labels, [_px(line)], False, label, thickness=max(1, round(2 * half_width)))


def _px(points: NDArray[np.floating]) -> NDArray[np.int32]:
    return np.round(points).astype(np.int32)


def _angle(start: Points, end: Points) -> float:
    return float(np.arctan2(end[1] - start[1], end[0] - start[0]))


def _arc(centre: Points, radius: float, first: float, last: float) -> Points:
    angles = np.radians(np.linspace(first, last, 24))
    return np.asarray(centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), np.float32)
