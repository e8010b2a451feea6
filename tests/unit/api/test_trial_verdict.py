"""Better, worse or can't tell, against the person's own noise."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from api.trial_verdict import DAYS_LEAST, T_95, Verdict, judge, t_95, windows_of
from storage.personal.records import Trial
from storage.records import ConditionPoint

START = date(2026, 3, 1)
OVER = START + timedelta(weeks=8)


def trial(weeks: int = 8, stopped_after: int | None = None) -> Trial:
    stopped = None if stopped_after is None else START + timedelta(days=stopped_after)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Trial("0" * 32, "Gel", "acne", START, weeks, "trial-acne/1", None, stopped, at)


def point(days: float, score: float | None, half: float = 3.0, formula: str = "acne/1") -> ConditionPoint:
    """A report `days` after noon of the first day."""
    at = datetime.combine(START, time(12), UTC) + timedelta(days=days)
    low, high = (None, None) if score is None else (max(0.0, score - half), min(100.0, score + half))
    return ConditionPoint(f"r{days}", at, "acne", 1, "ok", 1, score, low, high, None if score is None else formula)


def history(before: list[float], after: list[float], half: float = 3.0) -> list[ConditionPoint]:
    """Scores of the days up to the start, and of the days from six weeks on."""
    made = [point(-index, score, half) for index, score in enumerate(before)]
    made += [point(42 + index, score, half) for index, score in enumerate(after)]
    return sorted(made, key=lambda one: one.created_at)


def verdict(before: list[float], after: list[float], half: float = 3.0, today: date = OVER) -> Verdict:
    return judge(trial(), history(before, after, half), today)


def test_six_to_eight_weeks_of_eight_are_compared_with_the_four_before() -> None:
    windows = windows_of(trial())
    assert (windows.before_from, windows.before_to) == (date(2026, 2, 1), START)
    assert (windows.after_from, windows.after_to) == (START + timedelta(days=42), START + timedelta(days=84))


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ([50, 51, 49], [70, 71, 69], "better"),
        ([70, 71, 69], [50, 51, 49], "worse"),
        ([50, 51, 49], [51, 52, 50], "cant_tell"),
        ([50, 51], [70, 71], "better"),
        ([30, 70], [60, 95], "cant_tell"),  # a person whose scores jump about anyway
    ],
)
def test_only_what_is_beyond_the_noise_is_told(before: list[float], after: list[float], outcome: str) -> None:
    found = verdict(before, after)
    assert found.outcome == outcome
    assert found.change is not None and found.low is not None and found.high is not None
    assert found.change == pytest.approx(np.mean(after) - np.mean(before))
    assert found.low <= found.change <= found.high
    assert (found.before.reports, found.after.reports) == (len(before), len(after))


def test_before_the_time_is_over_it_is_too_early_whatever_the_scores() -> None:
    found = verdict([50, 51], [90, 91], today=OVER - timedelta(days=1))
    assert (found.outcome, found.change) == ("too_early", None)
    assert verdict([50, 51], [90, 91], today=OVER).outcome == "better"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ([50], [70, 71], "few_before"),
        ([], [70, 71], "few_before"),
        ([50, 51], [70], "few_after"),
        ([50, 51], [], "few_after"),
    ],
)
def test_too_few_days_can_tell_nothing(before: list[float], after: list[float], why: str) -> None:
    found = verdict(before, after)
    assert (found.outcome, found.why, found.change) == ("cant_tell", why, None)


def test_many_pictures_of_one_day_are_one_day() -> None:
    points = [point(-0.1 * n, 50 + n) for n in range(4)] + history([], [70, 71])
    found = judge(trial(), sorted(points, key=lambda one: one.created_at), OVER)
    assert (found.why, found.before.reports, found.before.days) == ("few_before", 4, 1)
    assert DAYS_LEAST == 2


def test_a_trial_stopped_early_can_tell_nothing_and_one_stopped_late_can() -> None:
    points = history([50, 51], [70, 71, 72])
    early = judge(trial(stopped_after=20), points, OVER)
    assert (early.outcome, early.why) == ("cant_tell", "stopped_early")
    late = judge(trial(stopped_after=43), points, START + timedelta(days=44))
    assert (late.outcome, late.after.days) == ("better", 2)


def test_scores_of_another_formula_and_withheld_ones_are_not_used_but_counted() -> None:
    points = [*history([50, 51], [70, 71]), point(-3, 99, formula="acne/0"), point(-4, None), point(20, 10)]
    found = judge(trial(), sorted(points, key=lambda one: one.created_at), OVER)
    assert (found.outcome, found.unused, found.before.reports, found.after.reports) == ("better", 2, 2, 2)


def test_what_lies_between_or_long_before_does_not_count() -> None:
    points = [*history([50, 51], [52, 51]), point(-40, 5), point(20, 99), point(100, 99)]
    found = judge(trial(), sorted(points, key=lambda one: one.created_at), START + timedelta(days=200))
    assert (found.outcome, found.before.reports, found.after.reports) == ("cant_tell", 2, 2)


def test_a_picture_some_weeks_late_still_counts() -> None:
    points = [*history([50, 51], []), point(60, 70), point(80, 71)]
    assert judge(trial(), points, START + timedelta(days=81)).outcome == "better"


def test_more_pictures_do_not_make_the_measuring_noise_vanish() -> None:
    few, many = verdict([50.0] * 4, [52.0] * 4, half=6), verdict([50.0] * 28, [52.0] * 28, half=6)
    assert few.noise == pytest.approx(many.noise) == pytest.approx(6 / 2 * 2**0.5)


def test_the_table_is_students_t() -> None:
    for degrees, value in enumerate(T_95, 1):
        assert value == pytest.approx(stats.t.ppf(0.975, degrees), abs=6e-4)
    assert t_95(500) == T_95[-1]


def test_without_any_effect_a_verdict_is_rarely_given() -> None:
    rng = np.random.default_rng(7)
    told = 0
    for _ in range(400):
        scores = rng.normal(60, 4, 8)
        told += verdict([*scores[:4]], [*scores[4:]], half=1).outcome != "cant_tell"
    assert told / 400 <= 0.08  # 5 % by construction, and chance


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0, 100), min_size=0, max_size=6),
    st.lists(st.floats(0, 100), min_size=0, max_size=6),
    st.floats(0, 50),
)
def test_an_interval_always_holds_its_change_and_verdicts_follow_from_it(
    before: list[float], after: list[float], half: float
) -> None:
    found = verdict(before, after, half)
    if found.change is None:
        assert found.outcome == "cant_tell"
        return
    assert found.low is not None and found.high is not None and found.low <= found.change <= found.high
    expected = "better" if found.low > 0 else "worse" if found.high < 0 else "cant_tell"
    assert found.outcome == expected
