"""What the progress plot shows: from stored points, or from the one report of somebody whose results are not kept.

The latter's few numbers travel in the plot's own signed address, so that nothing of them is stored anywhere.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from string import ascii_uppercase

import orjson

from api.plots import Mark, Point, Series
from api.trends import trends
from api.trial_verdict import start_of
from storage.personal.records import Trial
from storage.records import ConditionPoint, Report

__all__ = ["pack_points", "plot_series", "points_of", "unpack_points"]


def plot_series(points: Sequence[ConditionPoint], trials: Sequence[Trial] = ()) -> tuple[Series, ...]:
    """A panel per condition with its trials, in the order in which they first appear; points oldest first. A condition
    that has any score is shown by its scores, others by their counts; what was withheld is left out."""
    words = trends(points)
    marks = _marks(trials)
    by_condition: dict[str, list[ConditionPoint]] = {}
    for point in points:
        by_condition.setdefault(point.condition, []).append(point)
    series = []
    for condition, history in by_condition.items():
        scored = [point for point in history if point.score is not None]
        shown = scored or [point for point in history if point.status not in ("withheld", "unavailable")]
        last = words[condition].against_previous
        note = last.trend if scored and last is not None and last.trend != "unknown" else ""
        series.append(
            Series(
                label=condition.replace("_", " ").capitalize(),
                unit="score" if scored else "count",
                points=tuple(_point(point) for point in shown),
                note=note,
                marks=tuple(mark for name, mark in marks if name == condition),
            )
        )
    return tuple(series)


def _marks(trials: Sequence[Trial]) -> list[tuple[str, Mark]]:
    """Each trial's condition and mark; letters by the order of their starts, so that a new one leaves the others'
    alone."""
    ordered = sorted(trials, key=lambda trial: (trial.started_on, trial.created_at))
    return [
        (
            trial.condition,
            Mark(
                since=start_of(trial.started_on),
                until=start_of(trial.stopped_on or trial.started_on + timedelta(weeks=trial.weeks)),
                letter=_letter(index),
                name=trial.name,
            ),
        )
        for index, trial in enumerate(ordered)
    ]


def _letter(index: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    first, second = divmod(index, 26)
    return (ascii_uppercase[first - 1] if first else "") + ascii_uppercase[second]


def points_of(report: Report) -> tuple[ConditionPoint, ...]:
    """A report's words in the form of the history's."""
    return tuple(
        ConditionPoint(
            report_id=report.id,
            created_at=report.created_at,
            condition=record.condition,
            count=record.count,
            status=record.status,
            severity_grade=record.severity.grade if record.severity else None,
            score=record.score.value if record.score else None,
            score_low=record.score.low if record.score else None,
            score_high=record.score.high if record.score else None,
            score_formula=record.score.formula if record.score else None,
        )
        for record in report.conditions
    )


def pack_points(points: Iterable[ConditionPoint]) -> str:
    """Points of one moment as a part of an address."""
    rows = []
    at = 0
    for point in points:
        at = int(point.created_at.timestamp())
        scores = [point.score, point.score_low, point.score_high]
        rows.append(
            [point.condition, point.count, point.status, *(None if value is None else round(value) for value in scores)]
        )
    return urlsafe_b64encode(orjson.dumps([at, rows])).decode().rstrip("=")


def unpack_points(packed: str) -> tuple[ConditionPoint, ...]:
    """The inverse of pack_points; scores come back as whole numbers. Raises ValueError on anything else."""
    at, rows = orjson.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    moment = datetime.fromtimestamp(at, UTC)
    return tuple(
        ConditionPoint("", moment, condition, count, status, None, score, low, high)
        for condition, count, status, score, low, high in rows
    )


def _point(point: ConditionPoint) -> Point:
    value = point.score if point.score is not None else float(point.count)
    return Point(point.created_at, value, point.score_low, point.score_high)
