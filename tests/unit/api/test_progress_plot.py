import pytest

from api.progress_plot import pack_points, plot_series, points_of, unpack_points
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
