"""An examined still picture as the report that is stored: findings in px of the face image, pictures as files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from api.burst_record import BURST, burst_record
from media_pipeline.burst import BurstResult
from media_pipeline.types import Analysis, ConditionResult, Finding, Image, Issue, Measure, Quality
from storage.records import (
    ConditionRecord,
    DistanceStatus,
    FileKind,
    NewFile,
    ReportDraft,
    ScoreRecord,
    SeverityRecord,
)

__all__ = ["Content", "ExaminedStill", "new_files", "report_draft"]

JPEG: Final = "image/jpeg"
OUTLINE_POINTS: Final = 64  # enough to draw; a patch's contour may have thousands


Content: TypeAlias = bytes | Image | tuple[Image, ...]
"""What is examined: a file, (H, W, 3) uint8 RGB pixels, or a burst of such pixels, the best first."""


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedStill:
    """What the still path makes of an uploaded picture: JPEG bytes without metadata, and the analysis.

    to_face (2, 3) takes px of the frame to px of the face image; face_size: (width, height) of the face image; crops by
    the finding's id; burst: what the analysis was summed up from, where it was more than one picture.
    """

    analysis: Analysis
    original: bytes
    processed: bytes
    face: bytes
    face_size: tuple[int, int]
    to_face: NDArray[np.float64]
    crops: Mapping[str, bytes]
    burst: BurstResult | None = None


def report_draft(still: ExaminedStill, created_at: datetime, request_type: str, name: str) -> ReportDraft:
    """The report of an examined still."""
    analysis = still.analysis
    pose = analysis.face.pose if analysis.face is not None else None
    return ReportDraft(
        created_at=created_at,
        request_type=request_type,
        name=name,
        distance_status=_distance(analysis.quality),
        quality={
            "ok": analysis.quality.ok,
            "issues": [issue.value for issue in analysis.quality.issues],
            "measures": {key: round(float(value), 4) for key, value in analysis.quality.measures.items()},
        },
        conditions=tuple(_condition(result, still.to_face) for result in analysis.conditions.values()),
        extra={
            "face_image_size": list(still.face_size),
            "pose": {"yaw": round(pose.yaw, 2), "pitch": round(pose.pitch, 2), "roll": round(pose.roll, 2)}
            if pose is not None
            else None,
            "skin_tones": {
                region.value: {"ita_degrees": tone.ita_degrees, "ita_class": tone.ita_class, "reason": tone.reason}
                for region, tone in analysis.skin_tones.items()
            },
            "stages_ms": {stage: round(ms, 1) for stage, ms in analysis.stages_ms.items()},
            **({} if still.burst is None else {BURST: burst_record(still.burst)}),
        },
    )


def new_files(still: ExaminedStill) -> tuple[NewFile, ...]:
    """The pictures that go with the report."""
    return (
        NewFile(FileKind.ORIGINAL, JPEG, still.original),
        NewFile(FileKind.PROCESSED, JPEG, still.processed),
        NewFile(FileKind.FACE, JPEG, still.face),
        *(NewFile(FileKind.CROP, JPEG, data, label) for label, data in still.crops.items()),
    )


def _condition(result: ConditionResult, to_face: NDArray[np.float64]) -> ConditionRecord:
    severity, score = result.severity, result.score
    return ConditionRecord(
        condition=result.condition.value,
        count=len(result.findings),
        status=result.status.value,
        reason=result.reason,
        severity=SeverityRecord(severity.grade, severity.label, severity.scale) if severity else None,
        score=ScoreRecord(score.value, score.low, score.high, score.formula) if score else None,
        detector={
            "name": result.detector.name,
            "version": result.detector.version,
            "backend": result.detector.backend,
        },
        measures=tuple(_measure(measure) for measure in result.measures),
        findings=tuple(_finding(finding, to_face) for finding in result.findings),
    )


def _finding(finding: Finding, to_face: NDArray[np.float64]) -> dict[str, Any]:
    """The answer's `details` entry. A box keeps its sides' lengths where the face image is turned: the box around a
    turned box would grow with the head's tilt."""
    scale = float(np.sqrt(abs(np.linalg.det(to_face[:, :2]))))
    x, y = to_face @ np.array((*finding.box.centre, 1.0))
    entry: dict[str, Any] = {
        "id": finding.id,
        "x": round(float(x), 1),
        "y": round(float(y), 1),
        "width": round(finding.box.width * scale, 1),
        "height": round(finding.box.height * scale, 1),
        "confidence": round(float(finding.confidence), 3),
        "region": finding.region.value,
        "kind": finding.kind,
        "hint": _hint(finding),
        "measures": [_measure(measure) for measure in finding.measures],
    }
    if finding.outline is not None:
        step = -(-len(finding.outline) // OUTLINE_POINTS)
        points = finding.outline[::step] @ to_face[:, :2].T + to_face[:, 2]
        entry["outline"] = [[round(float(px), 1), round(float(py), 1)] for px, py in points]
    return entry


def _hint(finding: Finding) -> str:
    """What it looks like, in a few words: its kind and its first measure."""
    words = (finding.kind or finding.condition.value).replace("_", " ")
    if finding.measures:
        first = finding.measures[0]
        words += f", {first.name.replace('_', ' ')} {first.value:.3g} {first.unit}".rstrip()
    return words


def _measure(measure: Measure) -> dict[str, Any]:
    return {"name": measure.name, "value": round(measure.value, 4), "unit": measure.unit}


def _distance(quality: Quality) -> DistanceStatus:
    if Issue.TOO_CLOSE in quality.issues:
        return "too_close"
    if Issue.TOO_FAR in quality.issues:
        return "too_far"
    return "normal"
