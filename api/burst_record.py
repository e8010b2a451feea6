"""What a report keeps of the burst it was made of, and how it is read again: from files that somebody restored, too."""

from collections.abc import Mapping
from typing import Any, Final

from media_pipeline.burst import BurstResult
from media_pipeline.types import Condition
from storage.records import Report

__all__ = ["BURST", "burst_record", "burst_terms", "pictures_used"]

BURST: Final = "burst"  # its name in a report's `extra`


def burst_record(burst: BurstResult) -> dict[str, Any]:
    """What the measures alone do not tell: how many pictures there were, and for each measure that a score was made of
    the values whose median it is, and its noise."""
    return {
        "pictures": burst.used,
        "terms": {
            condition.value: {
                term.measure: {
                    "values": [round(value, 4) for value in burst.values(condition, term.measure)],
                    "noise": round(term.noise, 4),
                }
                for term in receipt.terms
            }
            for condition, receipt in burst.receipts.items()
        },
    }


def pictures_used(report: Report) -> int:
    """How many pictures the report was made of."""
    count = _mapping(report.extra.get(BURST)).get("pictures")
    return max(1, count) if isinstance(count, int) else 1


def burst_terms(report: Report, condition: Condition) -> Mapping[str, Mapping[str, Any]]:
    """By measure: `values` of each picture, and `noise`. Empty for a report of one picture."""
    terms = _mapping(_mapping(_mapping(report.extra.get(BURST)).get("terms")).get(condition.value))
    return {
        measure: {"values": known["values"], "noise": known["noise"]}
        for measure, known in terms.items()
        if isinstance(known, Mapping) and {"values", "noise"} <= set(known)
    }


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
