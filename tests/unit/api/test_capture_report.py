"""A capture's report: what was stored in short, with receipts that recompute the scores and pictures that open."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from api.capture_report import MOST_CROPS, capture_report
from api.report_answer import Links
from api.still_service import Outcome
from storage.records import ConditionRecord, FileKind, Report, ScoreRecord, SeverityRecord, StoredFile

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "static" / "schema" / "report.schema.json").read_text())
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
LINKS = Links(lambda key: f"http://here/media/{key}", "http://here/plot", NOON)


def acne(formula: str = "acne/1", **changes: Any) -> ConditionRecord:
    findings = tuple({"id": f"acne-{number}", "x": 1.0, "confidence": number / 10} for number in range(6))
    values: dict[str, Any] = {
        "condition": "acne",
        "count": 6,
        "status": "ok",
        "severity": SeverityRecord(1, "mild", "hayashi/1"),
        "score": ScoreRecord(80.0, 72.5, 87.25, formula),
        "detector": {"name": "yolo", "version": "1", "backend": "onnx"},
        "measures": ({"name": "inflammatory_lesions", "value": 4.0, "unit": "lesions"},),
        "findings": findings,
    }
    return ConditionRecord(**(values | changes))


def report(*records: ConditionRecord, measures: dict[str, float] | None = None) -> Report:
    labels = [(FileKind.ORIGINAL, ""), (FileKind.PROCESSED, ""), *((FileKind.CROP, f"acne-{n}") for n in range(6))]
    files = tuple(StoredFile(kind, label, f"r/{kind}{label}.jpg", "image/jpeg", 1, "") for kind, label in labels)
    quality = {
        "ok": True,
        "issues": [],
        "measures": {"width": 640.0, "height": 360.0} if measures is None else measures,
    }
    return Report("ab" * 16, "ann", NOON, "capture", "live capture", "normal", quality, records, files, {})


def test_everything_a_client_shows_is_there() -> None:
    withheld = ConditionRecord("wrinkles", 0, "withheld", reason="the picture is blurred")
    fields = capture_report(Outcome(report(acne(), withheld), kept=True), LINKS, "http://here", "frame")
    jsonschema.validate({"v": 1, "type": "report", "capture_id": "c", **fields}, SCHEMA)
    assert fields["url"] == f"http://here/reports/{'ab' * 16}"
    assert fields["size"] == {"width": 640, "height": 360}
    assert fields["conditions"]["acne"]["score"] == {"value": 80.0, "low": 72.5, "high": 87.2, "formula": "acne/1"}
    assert fields["conditions"]["wrinkles"]["reason"] == "the picture is blurred"
    assert "terms" not in fields["receipts"]["wrinkles"]
    receipt = fields["receipts"]["acne"]
    (term,) = receipt["terms"]
    assert 100 * (1 - (term["weight"] * term["value"] / term["reference"]) ** receipt["gamma"]) == pytest.approx(80.0)
    assert receipt["crops"] == [f"http://here/media/r/cropacne-{number}.jpg" for number in (5, 4, 3)]
    assert len(receipt["crops"]) == MOST_CROPS
    assert fields["pictures"] == {
        "original": "http://here/media/r/original.jpg",
        "processed": "http://here/media/r/processed.jpg",
        "face": None,
    }


def test_a_bursts_receipt_holds_what_each_picture_measured() -> None:
    burst = {"pictures": 3, "terms": {"acne": {"inflammatory_lesions": {"values": [4, 2, 5], "noise": 3.5}}}}
    made = replace(report(acne()), extra={"burst": burst})
    fields = capture_report(Outcome(made, kept=True), LINKS, "http://here", "frame")
    jsonschema.validate({"v": 1, "type": "report", "capture_id": "c", **fields}, SCHEMA)
    assert fields["pictures_used"] == 3
    (term,) = fields["receipts"]["acne"]["terms"]
    assert (term["values"], term["noise"], term["relative_noise"]) == ([4, 2, 5], 3.5, 0.2)


def test_what_is_not_kept_has_neither_id_nor_address() -> None:
    fields = capture_report(Outcome(report(acne()), kept=False), LINKS, "http://here", "still")
    jsonschema.validate({"v": 1, "type": "report", "capture_id": "c", **fields}, SCHEMA)
    assert (fields["report_id"], fields["url"], fields["kept"], fields["source"]) == (None, None, False, "still")


@pytest.mark.parametrize("record", [acne("acne/0"), acne(measures=())], ids=["another formula", "no measures"])
def test_a_receipt_that_would_not_recompute_the_score_is_left_out(record: ConditionRecord) -> None:
    fields = capture_report(Outcome(report(record, measures={}), kept=True), LINKS, "http://here", "frame")
    assert "terms" not in fields["receipts"]["acne"]
    assert fields["size"] is None
