"""A still result as plain values, ready for JSON: what the command prints. Coordinates are px of the decoded picture;
`on_face` repeats a finding in px of the aligned face picture."""

from collections.abc import Mapping
from typing import Any

from media_pipeline.burst import BurstResult
from media_pipeline.scores import receipt_for
from media_pipeline.still import StillResult, on_aligned
from media_pipeline.types import Box, ConditionResult, Finding, Measure, Points

__all__ = ["burst_to_json", "result_to_json"]


def result_to_json(result: StillResult) -> dict[str, Any]:
    """Everything but the pixels and the mesh: face, quality, skin tones, conditions with findings and receipts."""
    analysis = result.analysis
    face = analysis.face
    return {
        "width": analysis.width,
        "height": analysis.height,
        "face": None
        if face is None
        else {
            "box": _box(face.box),
            "confidence": round(face.confidence, 3),
            "pose_degrees": {
                "yaw": round(face.pose.yaw, 1),
                "pitch": round(face.pose.pitch, 1),
                "roll": round(face.pose.roll, 1),
            },
            "px_per_mm": round(result.aligned.source_px_per_mm, 2),
        },
        "quality": {
            "ok": analysis.quality.ok,
            "issues": [issue.value for issue in analysis.quality.issues],
            "measures": {name: round(value, 4) for name, value in analysis.quality.measures.items()},
        },
        "regions": {
            region.name.value: {"polygon": _points(region.polygon), "visible": region.visible}
            for region in analysis.regions
        },
        "skin_tones": {
            name.value: {"ita_degrees": tone.ita_degrees, "ita_class": tone.ita_class, "reason": tone.reason}
            for name, tone in analysis.skin_tones.items()
        },
        "conditions": {condition.value: _condition(one, result) for condition, one in analysis.conditions.items()},
        "stages_ms": {stage: round(taken, 1) for stage, taken in analysis.stages_ms.items()},
    }


def burst_to_json(burst: BurstResult) -> dict[str, Any]:
    """The same of the best picture, with the burst's conditions and receipts; `values`: what each picture measured;
    `burst`: how many of its pictures had a vote, and why the others had none."""
    made = result_to_json(burst.shown)
    for condition, receipt in burst.receipts.items():
        made["conditions"][condition.value] |= {
            "receipt": receipt.to_dict(),
            "values": {term.measure: list(burst.values(condition, term.measure)) for term in receipt.terms},
        }
    refused = [error.code for error in burst.refused]
    return made | {"burst": {"used": burst.used, "repeated": burst.repeated, "refused": refused}}


def _condition(condition: ConditionResult, result: StillResult) -> dict[str, Any]:
    severity, score = condition.severity, condition.score
    return {
        "status": condition.status.value,
        "reason": condition.reason,
        "detector": {
            "name": condition.detector.name,
            "version": condition.detector.version,
            "backend": condition.detector.backend,
        },
        "severity": None
        if severity is None
        else {"grade": severity.grade, "label": severity.label, "scale": severity.scale},
        "score": None
        if score is None
        else {"value": score.value, "low": score.low, "high": score.high, "formula": score.formula},
        "receipt": None if score is None else receipt_for(condition.condition, condition.measures).to_dict(),
        "measures": [_measure(measure) for measure in condition.measures],
        "findings": [_finding(finding, result) for finding in condition.findings],
    }


def _finding(finding: Finding, result: StillResult) -> dict[str, Any]:
    return {
        "id": finding.id,
        "region": finding.region.value,
        "kind": finding.kind,
        "confidence": round(finding.confidence, 3),
        "measures": [_measure(measure) for measure in finding.measures],
        **_shape(finding),
        "on_face": _shape(on_aligned(finding, result.aligned)),
    }


def _shape(finding: Finding) -> Mapping[str, Any]:
    return {"box": _box(finding.box), "outline": None if finding.outline is None else _points(finding.outline)}


def _measure(measure: Measure) -> dict[str, Any]:
    return {"name": measure.name, "value": measure.value, "unit": measure.unit}


def _box(box: Box) -> dict[str, float]:
    return {"x": round(box.x, 1), "y": round(box.y, 1), "width": round(box.width, 1), "height": round(box.height, 1)}


def _points(points: Points) -> list[list[float]]:
    return [[round(float(x), 1), round(float(y), 1)] for x, y in points]
