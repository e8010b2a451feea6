"""What came of trying a product: better, worse, or can't tell, against the person's own measuring noise.

The scores of the days before the start are compared with those of the last quarter of the trial and the time after it,
for as long again as half the trial. Reports of one day count as one, by their mean. The difference of the two means has
an interval of 95 %, the wider of two:

- by the intervals that the scores themselves carry (the measuring noise of one picture), shrunk by the root of the
  number of days, of at most DAYS_COUNTED on either side: light and camera are shared by neighbouring days, so more
  pictures do not make that noise vanish;
- by how far the person's own scores lie from their mean on each side, pooled, with Student's t for so few days.

Better or worse is said only where the whole interval is on one side of zero. One condition is named before the start,
so that chance is not given seven tries. None of this tells why a score changed.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from api.trends import half_width
from storage.personal.records import Trial
from storage.records import ConditionPoint

__all__ = ["DAYS_LEAST", "Side", "Verdict", "Windows", "ends_on", "judge", "windows_of"]

Outcome = Literal["too_early", "better", "worse", "cant_tell"]
Why = Literal["waiting", "noise", "few_before", "few_after", "stopped_early", "beyond_noise"]

LAST_PART: Final = 0.25  # of the trial: six to eight weeks of eight, when treatments of spots begin to show (NG198)
AFTERWARDS: Final = 0.5  # of the trial: a picture that comes some weeks late still counts
BEFORE: Final = timedelta(days=28)  # skin of long ago says little of the skin that the trial met (proposal)
DAYS_LEAST: Final = 2  # on either side: one day alone tells nothing of how days differ
DAYS_COUNTED: Final = 4  # days that narrow the measuring noise (proposal; see above)

# Student's t, two-sided 95 %, by degrees of freedom from 1 on
T_95: Final = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Windows:
    """Days of a trial; both ends belong to their window. after_to is before after_from where it was stopped early."""

    before_from: date
    before_to: date
    after_from: date
    after_to: date


@dataclass(frozen=True, slots=True)
class Side:
    """The scores before, or after: how many reports on how many days, and their mean, None without any."""

    reports: int
    days: int
    mean: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """change: score points, above zero is healthier, with low and high its interval; noise: half the interval's width.
    All None where either side has no score. unused: reports within the windows without a score, or with one by another
    formula than the newest's."""

    outcome: Outcome
    why: Why
    windows: Windows
    before: Side
    after: Side
    change: float | None = None
    low: float | None = None
    high: float | None = None
    noise: float | None = None
    unused: int = 0


@dataclass(frozen=True, slots=True)
class _Day:
    score: float
    half_width: float
    reports: int


def windows_of(trial: Trial) -> Windows:
    """Which days are compared. The first day of use still shows the skin of before."""
    length = timedelta(weeks=trial.weeks)
    after_from = trial.started_on + timedelta(days=math.ceil(length.days * (1 - LAST_PART)))
    after_to = trial.started_on + length + timedelta(days=math.floor(length.days * AFTERWARDS))
    if trial.stopped_on is not None:
        after_to = min(after_to, trial.stopped_on)
    return Windows(trial.started_on - BEFORE, trial.started_on, after_from, after_to)


def ends_on(trial: Trial) -> date:
    """The first day on which the outcome is told."""
    return trial.started_on + timedelta(weeks=trial.weeks)


def judge(trial: Trial, points: Iterable[ConditionPoint], today: date) -> Verdict:
    """The verdict on `today`. points: of the trial's condition, oldest first; days are those of UTC."""
    windows = windows_of(trial)
    mine = [point for point in points if point.condition == trial.condition]
    formula = next((point.score_formula for point in reversed(mine) if point.score is not None), None)
    within = [point for point in mine if _in(point, windows)]
    usable = [point for point in within if point.score is not None and point.score_formula == formula]
    before = _days(point for point in usable if _day(point) <= windows.before_to)
    after = _days(point for point in usable if _day(point) >= windows.after_from)
    sides = (_side(before), _side(after))
    unused = len(within) - len(usable)
    if windows.after_to < windows.after_from:
        return Verdict("cant_tell", "stopped_early", windows, *sides, unused=unused)
    if today < trial.started_on + timedelta(weeks=trial.weeks) and trial.stopped_on is None:
        return Verdict("too_early", "waiting", windows, *sides, unused=unused)
    if len(before) < DAYS_LEAST:
        return Verdict("cant_tell", "few_before", windows, *sides, unused=unused)
    if len(after) < DAYS_LEAST:
        return Verdict("cant_tell", "few_after", windows, *sides, unused=unused)
    change = _mean(after) - _mean(before)
    noise = max(_measuring_noise(before, after), _own_noise(before, after))
    low, high = change - noise, change + noise
    outcome: Outcome = "better" if low > 0 else "worse" if high < 0 else "cant_tell"
    why: Why = "noise" if outcome == "cant_tell" else "beyond_noise"
    return Verdict(outcome, why, windows, *sides, change, low, high, noise, unused)


def t_95(degrees: int) -> float:
    """Student's t for a two-sided interval of 95 %; beyond the table its last entry, which is a little too wide."""
    return T_95[min(degrees, len(T_95)) - 1]


def start_of(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time.min, UTC)


def _day(point: ConditionPoint) -> date:
    return point.created_at.astimezone(UTC).date()


def _in(point: ConditionPoint, windows: Windows) -> bool:
    day = _day(point)
    return windows.before_from <= day <= windows.before_to or windows.after_from <= day <= windows.after_to


def _days(points: Iterable[ConditionPoint]) -> tuple[_Day, ...]:
    by_day: dict[date, list[ConditionPoint]] = {}
    for point in points:
        by_day.setdefault(_day(point), []).append(point)
    return tuple(
        _Day(
            sum(point.score or 0.0 for point in some) / len(some),
            sum(half_width(point) for point in some) / len(some),
            len(some),
        )
        for some in by_day.values()
    )


def _side(days: Sequence[_Day]) -> Side:
    return Side(sum(day.reports for day in days), len(days), _mean(days) if days else None)


def _mean(days: Sequence[_Day]) -> float:
    return sum(day.score for day in days) / len(days)


def _measuring_noise(before: Sequence[_Day], after: Sequence[_Day]) -> float:
    return math.sqrt(
        sum(
            sum(day.half_width**2 for day in days) / len(days) / min(len(days), DAYS_COUNTED)
            for days in (before, after)
        )
    )


def _own_noise(before: Sequence[_Day], after: Sequence[_Day]) -> float:
    degrees = len(before) + len(after) - 2
    squares = sum((day.score - _mean(days)) ** 2 for days in (before, after) for day in days)
    spread = math.sqrt(squares / degrees)
    return t_95(degrees) * spread * math.sqrt(1 / len(before) + 1 / len(after))
