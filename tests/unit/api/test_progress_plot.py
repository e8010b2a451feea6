from datetime import UTC, date, datetime

import pytest

from api.progress_plot import pack_points, plot_series, points_of, unpack_points
from storage.personal.records import Trial
from storage.records import ConditionPoint, ConditionRecord, Report, ScoreRecord
from tests.unit.api.service_fixture import day


def point(number: int, score: float | None, count: int = 1, status: str = "ok") -> ConditionPoint:
    return ConditionPoint(f"r{number}", day(number), "dark_spots", count, status, None, score, score, score)


def test_a_condition_with_scores_is_shown_by_them_and_withheld_points_are_left_out() -> None:
    (series,) = plot_series([point(1, 40), point(2, None, status="withheld"), point(3, 70)])
    assert (series.label, series.unit, series.note) == ("Dark spots", "score", "better")
    assert [one.value for one in series.points] == [40, 70]


def test_old_reports_without_scores_are_shown_by_their_counts() -> None:
    (series,) = plot_series([point(1, None, 7), point(2, None, 3)])
    assert (series.unit, [one.value for one in series.points], series.note) == ("count", [7, 3], "")


def test_trials_are_marked_in_their_conditions_panel_by_letters_that_stay() -> None:
    def trial(number: int, condition: str = "dark_spots", stopped_on: date | None = None) -> Trial:
        return Trial(f"t{number}", f"Gel {number}", condition, date(2026, 1, number), 8, "", None, stopped_on, day(1))

    trials = (trial(9), trial(5, "acne"), trial(3, stopped_on=date(2026, 1, 6)))
    (series,) = plot_series([point(1, 40), point(12, 50)], trials)
    assert [(mark.letter, mark.name, mark.since.day) for mark in series.marks] == [("A", "Gel 3", 3), ("C", "Gel 9", 9)]
    assert series.marks[0].until == datetime(2026, 1, 6, tzinfo=UTC)
    assert series.marks[1].until == datetime(2026, 3, 6, tzinfo=UTC)
    (many,) = plot_series([point(1, 40)], [trial(1)] * 60)
    assert [mark.letter for mark in many.marks][25:28] == ["Z", "AA", "AB"]


def test_one_reports_points_travel_in_an_address() -> None:
    records = (
        ConditionRecord("acne", 3, "ok", score=ScoreRecord(61.4, 57, 66, "f")),
        ConditionRecord("wrinkles", 0, "withheld", reason="blurred"),
    )
    report = Report("r1", "", day(1), "upload", "me", None, {}, records, (), {})
    packed = pack_points(points_of(report))
    assert packed.replace("-", "").replace("_", "").isalnum()
    acne, wrinkles = unpack_points(packed)
    assert (acne.condition, acne.count, acne.score, acne.score_low, acne.created_at) == ("acne", 3, 61, 57, day(1))
    assert (wrinkles.status, wrinkles.score) == ("withheld", None)
    assert unpack_points(pack_points([])) == ()
    for broken in ("", "!!", "AAAA", packed[:-3]):
        with pytest.raises(ValueError):
            unpack_points(broken)
