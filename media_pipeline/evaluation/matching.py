"""Which findings are right, which planted things were found.

The heads are photographs, and what their own skin shows is not written down. So the same picture without anything
planted is examined too: what is found there already is neither right nor wrong, and a planted thing that lies on such a
finding is left out of the count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.evaluation.planting import Planted
from media_pipeline.types import Condition, Finding, Points

__all__ = ["Outcome", "match"]

SPOTS = (Condition.ACNE, Condition.DARK_SPOTS)
LINES = (Condition.WRINKLES,)
REACH_MM = 2.0  # between the centres of a planted spot and its finding, or the spot's radius where that is more
LINE_MM = 3.0  # width at which lines are compared
SLACK_MM = 1.5  # how far beyond the planted edge a finding may reach
COVERED = 0.4  # of a planted area or line that must be found
INSIDE = 0.5  # of a finding that must lie on what was planted
RASTER_PX_PER_MM = 2.0

Raster = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Outcome:
    """planted: things that count; already: those left out; found of planted; new: findings that were not there before;
    right of new; overlap: intersection over union of the planted and the found, 0-1 (boxes of matched pairs for spots,
    areas for the rest), None where nothing was found."""

    planted: int
    already: int
    found: int
    new: int
    right: int
    overlap: float | None


def match(
    condition: Condition,
    planted: Sequence[Planted],
    findings: Sequence[Finding],
    before: Sequence[Finding],
    px_per_mm: float,
) -> Outcome:
    """Compare what was planted with the findings; before: those on the same picture without it. All px of one frame."""
    if condition in SPOTS:
        return _match_spots(planted, findings, before, px_per_mm)
    return _match_areas(condition in LINES, planted, findings, before, px_per_mm)


def _match_spots(
    planted: Sequence[Planted], findings: Sequence[Finding], before: Sequence[Finding], px_per_mm: float
) -> Outcome:
    truth = np.array([_box(one.outline) for one in planted], np.float64).reshape(-1, 4)
    was = {t for t, _ in _pairs(truth, _boxes(before), px_per_mm)}
    boxes = _boxes(findings)
    pairs = _pairs(truth, boxes, px_per_mm)
    hits = [(t, f) for t, f in pairs if t not in was]
    old = {f for _, f in _pairs(_boxes(before), boxes, px_per_mm)}
    # a finding on a planted spot is right even where one was near before; the rest is old or wrong
    matched = {f for _, f in pairs}
    excused = {f for t, f in pairs if t in was} | (old - matched)
    overlaps = [_iou(truth[t], boxes[f]) for t, f in hits]
    return Outcome(
        planted=len(truth) - len(was),
        already=len(was),
        found=len(hits),
        new=len(findings) - len(excused),
        right=len(hits),
        overlap=float(np.mean(overlaps)) if overlaps else None,
    )


def _pairs(truth: NDArray[np.float64], boxes: NDArray[np.float64], px_per_mm: float) -> list[tuple[int, int]]:
    """One to one, nearest first: (index of truth, index of box)."""
    if not len(truth) or not len(boxes):
        return []
    centres, others = (truth[:, :2] + truth[:, 2:]) / 2, (boxes[:, :2] + boxes[:, 2:]) / 2
    distance = np.linalg.norm(centres[:, None] - others[None], axis=2)
    reach = np.maximum(REACH_MM * px_per_mm, (truth[:, 2:] - truth[:, :2]).mean(axis=1) / 2)
    pairs: list[tuple[int, int]] = []
    for flat in np.argsort(distance, axis=None):
        t, f = divmod(int(flat), len(boxes))
        if distance[t, f] <= reach[t] and all(t != a and f != b for a, b in pairs):
            pairs.append((t, f))
    return pairs


def _match_areas(
    lines: bool, planted: Sequence[Planted], findings: Sequence[Finding], before: Sequence[Finding], px_per_mm: float
) -> Outcome:
    canvas = _Raster.around([one.outline for one in planted], [*findings, *before], px_per_mm)
    truths = [canvas.draw(one.outline, line=lines) for one in planted]
    found, old = ([canvas.draw_finding(one, lines) for one in some] for some in (findings, before))
    all_found, all_old = canvas.union(found), canvas.union(old)
    near_found, near_old = canvas.grown(all_found), canvas.grown(all_old)
    was = [_share(one, near_old) >= COVERED for one in truths]
    hits = [_share(one, near_found) >= COVERED for one in truths]
    near_truth = canvas.grown(canvas.union(truths))
    right = [_share(one, near_truth) >= INSIDE for one in found]
    excused = [not good and _share(one, near_old) >= INSIDE for one, good in zip(found, right, strict=True)]
    known = canvas.union([one for one, before_too in zip(truths, was, strict=True) if before_too])
    counted = [one for one, before_too in zip(truths, was, strict=True) if not before_too]
    on_known = [good and _share(one, canvas.grown(known)) >= INSIDE for one, good in zip(found, right, strict=True)]
    new = [not (a or b) for a, b in zip(excused, on_known, strict=True)]
    claimed = canvas.union([one for one, count in zip(found, new, strict=True) if count])
    planted_area = canvas.union(counted)
    overlap = _overlap(planted_area, claimed)
    return Outcome(
        planted=len(counted),
        already=sum(was),
        found=sum(hit and not before_too for hit, before_too in zip(hits, was, strict=True)),
        new=sum(new),
        right=sum(good and count for good, count in zip(right, new, strict=True)),
        overlap=overlap,
    )


class _Raster:
    """Draws outlines on one grid of RASTER_PX_PER_MM that holds them all."""

    def __init__(self, origin: NDArray[np.float64], scale: float, size: tuple[int, int]) -> None:
        self._origin, self._scale, self._size = origin, scale, size

    @classmethod
    def around(cls, outlines: Sequence[Points], findings: Sequence[Finding], px_per_mm: float) -> "_Raster":
        points = np.concatenate([*outlines, *map(_outline, findings), np.zeros((0, 2), np.float32)])
        if not len(points):
            points = np.zeros((1, 2), np.float32)
        margin = 5 * px_per_mm
        low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
        scale = RASTER_PX_PER_MM / px_per_mm
        width, height = (int(side) + 1 for side in (high - low) * scale)
        return cls(low.astype(np.float64), scale, (height, width))

    def draw(self, outline: Points, *, line: bool) -> Raster:
        drawn = np.zeros(self._size, np.uint8)
        points = [np.rint((outline - self._origin) * self._scale).astype(np.int32)]
        if line:
            cv2.polylines(drawn, points, isClosed=False, color=1, thickness=round(LINE_MM * RASTER_PX_PER_MM))
        else:
            cv2.fillPoly(drawn, points, 1)
        return drawn

    def draw_finding(self, finding: Finding, lines: bool) -> Raster:
        return self.draw(_outline(finding), line=lines and finding.outline is not None)

    def union(self, drawn: Sequence[Raster]) -> Raster:
        return np.maximum.reduce(drawn) if drawn else np.zeros(self._size, np.uint8)

    def grown(self, drawn: Raster) -> Raster:
        side = 2 * round(SLACK_MM * RASTER_PX_PER_MM) + 1
        return cv2.dilate(drawn, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))).astype(np.uint8)


def _share(part: Raster, whole: Raster) -> float:
    """How much of part lies on whole."""
    area = int(part.sum())
    return int((part & whole).sum()) / area if area else 0.0


def _overlap(a: Raster, b: Raster) -> float | None:
    if not a.any() or not b.any():
        return None
    return int((a & b).sum()) / int((a | b).sum())


def _box(outline: Points) -> tuple[float, float, float, float]:
    low, high = outline.min(axis=0), outline.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _boxes(findings: Sequence[Finding]) -> NDArray[np.float64]:
    """(N, 4): left, top, right, bottom."""
    boxes = [(f.box.x, f.box.y, f.box.x + f.box.width, f.box.y + f.box.height) for f in findings]
    return np.array(boxes, np.float64).reshape(-1, 4)


def _iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    total = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - shared
    return shared / total if total > 0 else 0.0


def _outline(finding: Finding) -> Points:
    """The finding's outline, or its box's corners."""
    if finding.outline is not None:
        return finding.outline
    x, y, w, h = finding.box.x, finding.box.y, finding.box.width, finding.box.height
    return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float32)
