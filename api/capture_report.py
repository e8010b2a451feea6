"""An analysed capture as the `report` message of a live session: the results in short, with the receipt of each score
and the addresses of its pictures. `static/schema/report.schema.json` describes it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final, Literal

from api.burst_record import burst_terms, pictures_used
from api.report_answer import NOTICE, Links
from api.still_service import Outcome
from media_pipeline.errors import DetectorError
from media_pipeline.scores import receipt_for
from media_pipeline.types import Condition, Measure
from storage.records import ConditionRecord, FileKind, Report

__all__ = ["Source", "capture_report"]

MOST_CROPS: Final = 3  # of one condition, its surest findings first: a message has 64 KiB

Source = Literal["frame", "still"]
"""What was analysed: the video's best frames, or a still that the client took."""


def capture_report(outcome: Outcome, links: Links, base: str, source: Source) -> dict[str, Any]:
    """The message's fields. base: how the client reaches this server."""
    report, kept = outcome.report, outcome.kept

    def address(kind: FileKind, label: str = "") -> str | None:
        file = report.file(kind, label)
        return links.file(file.key) if file is not None else None

    return {
        "report_id": report.id if kept else None,
        "kept": kept,
        "url": f"{base}/reports/{report.id}" if kept else None,
        "date": report.created_at.isoformat(),
        "source": source,
        "size": _size(report),
        "pictures_used": pictures_used(report),
        "conditions": {record.condition: _summary(record) for record in report.conditions},
        "receipts": {record.condition: _receipt(record, report, address) for record in report.conditions},
        "quality": {
            "ok": bool(report.quality.get("ok")),
            "issues": [str(issue) for issue in report.quality.get("issues", [])],
        },
        "pictures": {
            "original": address(FileKind.ORIGINAL),
            "processed": address(FileKind.PROCESSED),
            "face": address(FileKind.FACE),
        },
        "pictures_expire_at": links.expires_at.isoformat(),
        "notice": NOTICE,
    }


def _size(report: Report) -> dict[str, int] | None:
    measures = report.quality.get("measures", {})
    if not {"width", "height"} <= set(measures):
        return None
    return {"width": round(measures["width"]), "height": round(measures["height"])}


def _summary(record: ConditionRecord) -> dict[str, Any]:
    severity, score = record.severity, record.score
    summary: dict[str, Any] = {
        "count": record.count,
        "severity": {"grade": severity.grade, "label": severity.label, "scale": severity.scale} if severity else None,
        "score": {
            "value": round(score.value, 1),
            "low": round(score.low, 1),
            "high": round(score.high, 1),
            "formula": score.formula,
        }
        if score
        else None,
        "status": record.status,
    }
    if record.reason is not None:
        summary["reason"] = record.reason
    return summary


def _receipt(record: ConditionRecord, report: Report, address: Callable[[FileKind, str], str | None]) -> dict[str, Any]:
    """score = 100 (1 - (sum of weight * min(1, value / reference)) ^ gamma), over the terms; low and high are the score
    at values moved up and down by noise + relative_noise * value."""
    measures = [Measure(one["name"], one["value"], one["unit"]) for one in record.measures]
    receipt: dict[str, Any] = {
        "detector": {name: str(record.detector.get(name, "")) for name in ("name", "version", "backend")},
        "measures": [dict(one) for one in record.measures],
        "crops": _crops(record, address),
    }
    if record.score is not None:
        try:
            made = receipt_for(Condition(record.condition), measures)
        except (DetectorError, ValueError):  # of a condition or by a formula that is not today's
            return receipt
        if made.formula == record.score.formula:
            receipt["gamma"] = made.gamma
            terms = burst_terms(report, made.condition)
            receipt["terms"] = [{**asdict(term), **terms.get(term.measure, {})} for term in made.terms]
    return receipt


def _crops(record: ConditionRecord, address: Callable[[FileKind, str], str | None]) -> list[str]:
    findings = [one for one in record.findings if isinstance(one, Mapping)]
    findings.sort(key=lambda one: -float(one.get("confidence", 0)))
    found = (address(FileKind.CROP, str(one.get("id", ""))) for one in findings)
    return [url for url in found if url is not None][:MOST_CROPS]
