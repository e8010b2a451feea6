import pytest

from api.trends import change, trends
from storage.records import ConditionPoint
from tests.unit.api.service_fixture import day


def point(number: int, score: float | None, half: float = 3.0, condition: str = "acne") -> ConditionPoint:
    low = None if score is None else max(0.0, score - half)
    high = None if score is None else min(100.0, score + half)
    return ConditionPoint(f"r{number}", day(number), condition, number, "ok", 1, score, low, high)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (50, 54.2, "no change"),  # the floor is sqrt(3 * 3 + 3 * 3) = 4.24
        (50, 54.3, "better"),
        (50, 45.8, "no change"),
        (50, 45.7, "worse"),
        (50, 50, "no change"),
        (98, 100, "no change"),  # the interval's upper half is cut off at 100, its lower half is not
        (None, 50, "unknown"),
        (50, None, "unknown"),
    ],
)
def test_a_change_counts_only_beyond_both_scores_noise(before: float | None, after: float | None, verdict: str) -> None:
    assert change(point(1, before), point(2, after)).trend == verdict


def test_each_condition_has_its_own_trend_against_the_previous_and_the_first() -> None:
    found = trends([point(1, 20), point(2, 50), point(3, 80), point(3, 40, condition="eczema")])
    acne, eczema = found["acne"], found["eczema"]
    assert acne.against_previous is not None and acne.against_first is not None
    assert (acne.against_previous.since, acne.against_previous.change) == ("r2", 30)
    assert (acne.against_first.since, acne.against_first.change) == ("r1", 60)
    assert (eczema.score, eczema.against_previous, eczema.against_first) == (40, None, None)
    assert trends([]) == {}


def test_reports_that_withheld_the_score_are_passed_over() -> None:
    found = trends([point(1, None), point(2, 50), point(3, None), point(4, 80)])["acne"]
    assert found.against_previous is not None and found.against_first is not None
    assert (found.against_previous.since, found.against_first.since) == ("r2", "r2")
    only_counts = trends([point(1, None), point(2, None)])["acne"].against_previous
    assert only_counts is not None and (only_counts.since, only_counts.count_change) == ("r1", 1)
