"""What a report keeps of its burst is read again, and nothing odd in its place does harm."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.burst_record import burst_terms, pictures_used
from media_pipeline.types import Condition
from storage.records import Report

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def report(extra: dict[str, Any]) -> Report:
    return Report("ab" * 16, "ann", NOON, "capture", "live capture", "normal", {}, (), (), extra)


@pytest.mark.parametrize(
    "extra",
    [{}, {"burst": None}, {"burst": {}}, {"burst": {"pictures": "4", "terms": {"acne": {"lesions": {"values": []}}}}}],
)
def test_a_report_of_one_picture_or_of_a_file_that_says_anything_has_no_terms(extra: dict[str, Any]) -> None:
    assert pictures_used(report(extra)) == 1
    assert burst_terms(report(extra), Condition.ACNE) == {}


def test_what_was_kept_is_read() -> None:
    kept = {"pictures": 3, "terms": {"acne": {"lesions": {"values": [1, 2, 4], "noise": 1.5, "more": 0}}}}
    assert pictures_used(report({"burst": kept})) == 3
    assert burst_terms(report({"burst": kept}), Condition.ACNE) == {"lesions": {"values": [1, 2, 4], "noise": 1.5}}
    assert burst_terms(report({"burst": kept}), Condition.ECZEMA) == {}
