"""A still by REST has one outcome."""

from collections.abc import Mapping
from typing import Any

from signaling.still_by_rest import StillByRest


def test_the_first_outcome_counts() -> None:
    told: list[Any] = []

    def reported(fields: Mapping[str, Any]) -> None:
        told.append(fields)

    def refused(code: str, sentence: str) -> None:
        told.append(code)

    one, other = StillByRest(reported, refused), StillByRest(reported, refused)
    one.done({"report_id": "1"})
    one.failed("broken_off", "too late")
    other.failed("no_face", "No face.")
    other.done({"report_id": "2"})
    assert told == [{"report_id": "1"}, "no_face"]


def test_a_capture_that_has_its_report_hears_nothing_more() -> None:
    StillByRest().done({})
    StillByRest().failed("no_face", "No face.")
