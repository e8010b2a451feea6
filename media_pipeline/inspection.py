"""The inspect stage: skin tone and the detectors on the aligned face of one good live frame, in slices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.alignment import align
from media_pipeline.examination import examine
from media_pipeline.skin_mask import SkinSegmenter
from media_pipeline.skin_tone import measure
from media_pipeline.types import (
    Condition,
    ConditionResult,
    Detector,
    Face,
    Finding,
    Frame,
    Mask,
    Points,
    Quality,
    RegionName,
    SkinTone,
)

__all__ = ["Inspection", "InspectionRequest", "Inspector"]

SMALLEST_SIDE = 256  # px of the aligned face: below, nothing but colour is left
LARGEST_SIDE = 640
LEAST_BARE = 0.5  # of a finding's points that must lie on bare skin for it to be there to see
COARSER = 4  # px of the aligned face per px of what an inspection keeps of its skin: 1 to 2 mm

_INNER_GRID = np.array([(x, y) for x in (0.25, 0.5, 0.75) for y in (0.25, 0.5, 0.75)], np.float32)
OUTLINE_TOLERANCE = 0.008  # of the face's width: 1.5 px of a face 190 px wide


@dataclass(frozen=True, slots=True, eq=False)
class InspectionRequest:
    """What to inspect: a good frame, its face and the gate's verdict, and what the client wants to know of it."""

    frame: Frame
    face: Face
    quality: Quality
    conditions: frozenset[Condition] = frozenset(Condition)


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """What one inspection saw, in px of its own frame. face: the face it was seen on; visible: regions not turned away;
    bare_skin: True on bare skin, coarsely; to_bare_skin (2, 3) takes the frame's px to its."""

    face: Face
    frame_received_at: float
    skin_tones: Mapping[RegionName, SkinTone]
    conditions: Mapping[Condition, ConditionResult]
    visible: frozenset[RegionName]
    bare_skin: Mask
    to_bare_skin: NDArray[np.float64]

    def can_see(self, findings: Sequence[Finding]) -> list[bool]:
        """For each finding, given in px of the frame, whether its place could be seen: bare skin in the picture, not
        turned away."""
        return [finding.region in self.visible and self._on_bare_skin(finding) for finding in findings]

    def _on_bare_skin(self, finding: Finding) -> bool:
        box = finding.box
        grid = (box.x, box.y) + _INNER_GRID * (box.width, box.height)
        points = grid if finding.outline is None else finding.outline
        columns, rows = np.floor(points @ self.to_bare_skin[:, :2].T + self.to_bare_skin[:, 2]).astype(np.intp).T
        height, width = self.bare_skin.shape
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        return int(self.bare_skin[rows[inside], columns[inside]].sum()) >= LEAST_BARE * len(points)


class Inspector:
    """Inspects faces with the detectors it was given. Holds no session's state; shared by all sessions.

    segmenter tells bare skin from hair, glasses and hands; without one everything inside the mesh's outline counts.
    """

    def __init__(self, detectors: Sequence[Detector] = (), segmenter: SkinSegmenter | None = None) -> None:
        self.detectors = tuple(detectors)
        self._segmenter = segmenter

    @property
    def conditions(self) -> list[Condition]:
        """What the detectors look for."""
        return [condition for detector in self.detectors for condition in detector.conditions]

    def warm(self) -> None:
        """Everything is loaded already."""

    def close(self) -> None:
        """Free the segmenter. A second call does nothing."""
        if self._segmenter is not None:
            self._segmenter.close()

    def inspect_whole(self, request: InspectionRequest) -> Inspection:
        """All slices at once."""
        slices = self.inspect(request.frame, request.face, request.quality, conditions=request.conditions)
        return next(inspection for inspection in slices if inspection is not None)

    def inspect(
        self,
        frame: Frame,
        face: Face,
        quality: Quality,
        *,
        conditions: frozenset[Condition] = frozenset(Condition),
    ) -> Iterator[Inspection | None]:
        """Do one slice of work at each step; yields None until the last step yields the Inspection."""
        bare_skin = None if self._segmenter is None else self._segmenter.segment(frame, face)
        yield None
        aligned = align(frame, face, quality, size=aligned_side(face), segmentation=bare_skin)
        yield None
        skin_tones = measure(aligned)
        results: dict[Condition, ConditionResult] = {}
        for detector in self.detectors:
            if conditions.intersection(detector.conditions):
                yield None
                results.update(examine(aligned, [detector]))
        results = {condition: _with_fewer_points(result, face) for condition, result in results.items()}
        visible = frozenset(region.name for region in aligned.regions if region.visible)
        skin = np.ascontiguousarray(aligned.skin[COARSER // 2 :: COARSER, COARSER // 2 :: COARSER])
        to_skin = np.asarray(cv2.invertAffineTransform(aligned.to_frame), np.float64) / COARSER
        yield Inspection(face, frame.received_at, skin_tones, results, visible, skin, to_skin)


def _with_fewer_points(result: ConditionResult, face: Face) -> ConditionResult:
    """Outlines as coarse as the eye allows on a moving picture: each goes over the network 30 times a second."""
    tolerance = OUTLINE_TOLERANCE * face.box.width
    findings = tuple(
        finding if finding.outline is None else replace(finding, outline=_simplified(finding.outline, tolerance))
        for finding in result.findings
    )
    return replace(result, findings=findings)


def _simplified(outline: Points, tolerance: float) -> Points:
    """Douglas and Peucker, Cartographica 10:112, 1973; at least two points stay."""
    closed = bool(np.allclose(outline[0], outline[-1]))
    fewer = cv2.approxPolyDP(outline.reshape(-1, 1, 2), tolerance, closed).reshape(-1, 2)
    return np.asarray(fewer, np.float32) if len(fewer) >= 2 else outline[[0, -1]]


def aligned_side(face: Face) -> int:
    """Side of the aligned crop that keeps the frame's own detail and invents none, px, a multiple of 32."""
    across = max(face.box.width, face.box.height) * 1.3  # the crop has a margin around the face
    return int(min(LARGEST_SIDE, max(SMALLEST_SIDE, round(across / 32) * 32)))
