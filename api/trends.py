"""Better, worse, or nothing beyond the noise: what two scores of one person say about each other.

Every score carries the interval that its noise floor leaves: what the same face measures under small changes of light,
size and compression. The floor of a difference is the root of the sum of both half-widths' squares, as of any two
independent errors; a smaller change is no finding.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from storage.records import ConditionPoint

__all__ = ["Change", "ConditionTrend", "change", "half_width", "trends"]

Verdict = Literal["better", "worse", "no change", "unknown"]


class Change(BaseModel):
    """From one report to a later one. change: score points, above zero is healthier; noise_floor: the change that
    noise alone can make; both null, and trend unknown, where either report has no score."""

    since: str = Field(description="id of the earlier report")
    change: float | None
    noise_floor: float | None
    count_change: int
    trend: Verdict


class ConditionTrend(BaseModel):
    """One condition's newest word against an earlier and the first one; null where there is none. Earlier reports that
    withheld the score are passed over, as long as there is one that did not."""

    count: int
    score: float | None
    against_previous: Change | None
    against_first: Change | None


def change(earlier: ConditionPoint, later: ConditionPoint) -> Change:
    """What happened to one condition between two reports."""
    counted = later.count - earlier.count
    if earlier.score is None or later.score is None:
        return Change(since=earlier.report_id, change=None, noise_floor=None, count_change=counted, trend="unknown")
    difference = later.score - earlier.score
    floor = math.hypot(half_width(earlier), half_width(later))
    trend: Verdict = "no change" if abs(difference) <= floor else "better" if difference > 0 else "worse"
    return Change(
        since=earlier.report_id,
        change=round(difference, 1),
        noise_floor=round(floor, 1),
        count_change=counted,
        trend=trend,
    )


def trends(points: Iterable[ConditionPoint]) -> dict[str, ConditionTrend]:
    """By condition; points oldest first."""
    by_condition: dict[str, list[ConditionPoint]] = {}
    for point in points:
        by_condition.setdefault(point.condition, []).append(point)
    return {condition: _trend(history) for condition, history in by_condition.items()}


def _trend(history: Sequence[ConditionPoint]) -> ConditionTrend:
    newest = history[-1]
    earlier = [point for point in history[:-1] if point.score is not None] or history[:-1]
    return ConditionTrend(
        count=newest.count,
        score=None if newest.score is None else round(newest.score, 1),
        against_previous=change(earlier[-1], newest) if earlier else None,
        against_first=change(earlier[0], newest) if earlier else None,
    )


def half_width(point: ConditionPoint) -> float:
    """How far a score may be off by its own interval. The wider half: at 0 and 100 the other one is cut off."""
    score = point.score or 0.0
    low = score if point.score_low is None else point.score_low
    high = score if point.score_high is None else point.score_high
    return max(score - low, high - score, 0.0)
