"""A live result as the JSON text that goes to the client. Here, and nowhere else, pixels become fractions of the
frame."""

import time
from typing import Any, Literal

import numpy as np
import orjson

from media_pipeline.live import LiveResult
from media_pipeline.mesh_topology import BROWS, EYES, FACE_OVAL, LIPS
from media_pipeline.types import Box, ConditionResult, Face, Finding, Points

__all__ = ["Landmarks", "to_message"]

Landmarks = Literal["none", "contours", "full"]

DIGITS = 4  # a tenth of a pixel at 1280
CONTOURS = {
    name: np.append(outline, outline[0])  # closed
    for name, outline in {
        "face_oval": FACE_OVAL,
        "right_eye": EYES[0],
        "left_eye": EYES[1],
        "right_brow": BROWS[0],
        "left_brow": BROWS[1],
        "lips": LIPS,
    }.items()
}
FARTHEST = (-1.0, 2.0)  # how far outside the picture a point is told; a face may be partly outside


def to_message(
    result: LiveResult,
    *,
    seq: int,
    received: int,
    dropped: int,
    landmarks: Landmarks = "none",
    steady_ms: float | None = None,
) -> str:
    """The `annotations` message. received, dropped: frames since the start of the session, from the mailbox and the
    worker; landmarks: how much of the mesh goes along; steady_ms: how far it is to the automatic capture, None when it
    is not armed."""
    now = time.monotonic()
    scale = _Scale(result.width, result.height)
    findings = [
        _finding(finding, scale, now, with_outline=landmarks != "none")
        for condition in result.conditions.values()
        for finding in condition.findings
    ]
    message: dict[str, Any] = {
        "v": 1,
        "type": "annotations",
        "seq": seq,
        "rtp_timestamp": result.rtp_timestamp,
        "frame": {"width": result.width, "height": result.height},
        "received_ms": round(result.received_at * 1e3, 1),
        "age_ms": round(max(0.0, now - result.received_at) * 1e3, 1),
        "stages_ms": {name: round(value, 1) for name, value in result.stages_ms.items()},
        "received": received,
        "analysed": result.analysed,
        "dropped": dropped,
        "face": None if result.face is None else _face(result.face, scale, landmarks),
        "quality": {
            "ok": result.quality.ok,
            "issues": list(result.quality.issues),
            "measures": {}
            if landmarks == "none"
            else {name: round(value, 3) for name, value in result.quality.measures.items()},
        },
        "guidance": {
            "code": result.instruction.code,
            "since_ms": _ms_since(result.instruction.since, now),
        },
        "conditions": {name.value: _condition(value, now) for name, value in result.conditions.items()},
        "findings": findings,
        "degraded": list(result.degraded),
    }
    if steady_ms is not None:
        message["steady_ms"] = round(steady_ms)
    if result.frozen:
        message["frozen_ms"] = round(result.frozen_s * 1e3)
    if result.regions:
        message["regions"] = _regions(result, scale, landmarks)
    return orjson.dumps(message).decode()


class _Scale:
    """Pixels to fractions of the frame."""

    def __init__(self, width: int, height: int) -> None:
        self.size = np.array([width, height], np.float32)
        self._sides = float(width), float(height)

    def points(self, points: Points) -> list[list[float]]:
        fractions = np.clip(points / self.size, *FARTHEST)
        rounded: list[list[float]] = np.round(fractions.astype(np.float64), DIGITS).tolist()
        return rounded

    def box(self, box: Box) -> list[float]:
        # by hand: NumPy's clip takes ten times as long for a single number, and a face may have fifty boxes
        width, height = self._sides
        nearest, farthest = FARTHEST
        return [
            round(min(max(box.x / width, nearest), farthest), DIGITS),
            round(min(max(box.y / height, nearest), farthest), DIGITS),
            round(min(box.width / width, 3.0), DIGITS),
            round(min(box.height / height, 3.0), DIGITS),
        ]


def _face(face: Face, scale: _Scale, landmarks: Landmarks) -> dict[str, Any]:
    message: dict[str, Any] = {
        "box": scale.box(face.box),
        "pose": {"yaw": round(face.pose.yaw, 1), "pitch": round(face.pose.pitch, 1), "roll": round(face.pose.roll, 1)},
        "confidence": round(face.confidence, 3),
    }
    if landmarks != "none":
        message["contours"] = {name: scale.points(face.points[indices]) for name, indices in CONTOURS.items()}
    if landmarks == "full":
        depth = np.clip(face.landmarks[:, 2] / scale.size[0], -3, 3)
        flat = scale.points(face.points)
        message["landmarks"] = [[*point, round(float(z), DIGITS)] for point, z in zip(flat, depth, strict=True)]
    return message


def _regions(result: LiveResult, scale: _Scale, landmarks: Landmarks) -> list[dict[str, Any]]:
    regions: list[dict[str, Any]] = []
    for region in result.regions:
        message: dict[str, Any] = {"name": region.name, "visible": region.visible}
        if landmarks != "none":
            message["polygon"] = scale.points(region.polygon)
        tone = result.skin_tones.get(region.name)
        if tone is not None:
            ita = None if tone.ita_degrees is None else round(tone.ita_degrees, 1)
            message["tone"] = {"ita": ita, "class": tone.ita_class, "reason": tone.reason}
        regions.append(message)
    return regions


def _condition(result: ConditionResult, now: float) -> dict[str, Any]:
    severity, score = result.severity, result.score
    message: dict[str, Any] = {
        "count": len(result.findings),
        "severity": None if severity is None else {"grade": severity.grade, "label": severity.label},
        "score": None
        if score is None
        else {"value": round(score.value, 1), "low": round(score.low, 1), "high": round(score.high, 1)},
        "status": result.status,
    }
    if result.reason is not None:
        message["reason"] = result.reason
    if result.judged_at is not None:
        message["age_ms"] = _ms_since(result.judged_at, now)
    return message


def _finding(finding: Finding, scale: _Scale, now: float, *, with_outline: bool) -> dict[str, Any]:
    message: dict[str, Any] = {
        "id": finding.id,
        "condition": finding.condition,
        "region": finding.region,
        "box": scale.box(finding.box),
        "confidence": round(finding.confidence, 3),
        "age_ms": 0 if finding.seen_at is None else _ms_since(finding.seen_at, now),
    }
    if finding.outline is not None and with_outline:
        message["outline"] = scale.points(finding.outline)
    if finding.kind is not None:
        message["kind"] = finding.kind
    return message


def _ms_since(at: float, now: float) -> int:
    return max(0, round((now - at) * 1e3))
