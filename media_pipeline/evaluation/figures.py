"""From readings to figures: how well each condition is found, overall and per skin tone, and how steady it is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from media_pipeline.evaluation.estimates import Estimate, mean_of, ratio_of, share_of, spearman
from media_pipeline.evaluation.examiner import Reading, Result
from media_pipeline.types import Condition, Status

__all__ = ["Detection", "Steadiness", "detection", "score_drop", "score_response", "steadiness"]

JUDGED = (Status.OK, Status.DEGRADED)
Z = 1.959964  # of a normal distribution, for 95 %


@dataclass(frozen=True, slots=True)
class Detection:
    """How well one condition is found in some pictures. count_error: mean absolute difference between the new findings
    and the planted things, per picture; planted: how many things there were per picture; refused: share of pictures
    without a result. None: nothing to reckon it from."""

    recall: Estimate | None
    precision: Estimate | None
    count_error: Estimate | None
    planted: float
    overlap: Estimate | None
    refused: Estimate | None


def detection(condition: Condition, readings: Iterable[Reading]) -> Detection:
    """Over the readings where the condition was planted; pictures are what is resampled."""
    mine = [reading for reading in readings if reading.planted is condition]
    outcomes = [reading.outcome for reading in mine if reading.outcome is not None]
    counted = [outcome for outcome in outcomes if outcome.planted]
    return Detection(
        recall=ratio_of([(one.found, one.planted) for one in outcomes]),
        precision=ratio_of([(one.right, one.new) for one in outcomes]),
        count_error=mean_of([abs(one.new - one.planted) for one in counted]),
        planted=float(np.mean([one.planted for one in counted])) if counted else 0.0,
        overlap=mean_of([one.overlap or 0.0 for one in counted]),
        refused=share_of(sum(reading.outcome is None for reading in mine), len(mine)),
    )


def score_response(condition: Condition, readings: Iterable[Reading]) -> Estimate | None:
    """Mean rank correlation between planted severity (0-3) and 100 - score within one head in one tone; heads in tones
    are what is resampled. 1: the score falls with every step, on every head."""
    series: dict[tuple[str, bool, str | None], list[tuple[float, float]]] = defaultdict(list)
    for reading in readings:
        said = reading.results.get(condition)
        if reading.planted in (None, condition) and said is not None and said.score is not None:
            series[reading.subject, reading.smooth, reading.tone].append((reading.severity, 100 - said.score))
    rhos = []
    for pairs in series.values():
        if len(pairs) < 3:
            continue
        rho = float(spearman(np.array([pairs], np.float64))[0])
        rhos.append(rho if np.isfinite(rho) else 0.0)  # a score that never moves does not respond
    return mean_of(rhos)


def score_drop(planted: Condition, said: Condition, readings: Sequence[Reading], severity: int) -> Estimate | None:
    """By how many points the score of `said` falls when `planted` is drawn at that severity, against the same head
    without it."""
    plain = {
        _head(reading): reading.results[said].score
        for reading in readings
        if reading.planted is None and said in reading.results
    }
    drops = []
    for reading in readings:
        if reading.planted is not planted or reading.severity != severity or said not in reading.results:
            continue
        before, after = plain.get(_head(reading)), reading.results[said].score
        if before is not None and after is not None:
            drops.append(before - after)
    return mean_of(drops)


@dataclass(frozen=True, slots=True)
class Steadiness:
    """What one condition's numbers do when nothing changed on the skin. spread: pooled standard deviation of the score
    within one face, points; floor: the smallest change between two pictures that is not noise (95 %), points; covered:
    share of pictures whose score lies in the interval of another of the same face; measures: name -> (absolute,
    relative) noise, 95 %, relative to what it measured where the condition was planted; count: mean range of the number
    of findings within one face; withheld: share of pictures that lost their result by the change."""

    spread: Estimate | None
    floor: float | None
    covered: Estimate | None
    measures: Mapping[str, tuple[float, float]]
    count_range: float
    withheld: Estimate | None


def steadiness(condition: Condition, readings: Iterable[Reading]) -> Steadiness:
    """From the small changes, on heads as they are and on heads with the condition planted."""
    mine = [reading for reading in readings if reading.planted in (None, condition)]
    mine.sort(key=lambda reading: (reading.subject, reading.severity))
    groups = [list(group) for _, group in groupby(mine, key=lambda reading: (reading.subject, reading.severity))]
    deviations, covered, pairs, ranges, lost, asked = [], 0, 0, [], 0, 0
    for group in groups:
        said = [result for reading in group if (result := reading.results.get(condition)) is not None]
        judged = [result for result in said if result.score is not None]
        if len(judged) < 2:
            continue
        asked += len(group)
        lost += len(group) - len(judged)
        scores = np.array([result.score for result in judged], np.float64)
        deviations.append(float(scores.var(ddof=1)))
        counts = [result.count for result in judged]
        ranges.append(max(counts) - min(counts))
        for first in judged:
            for other in judged:
                if first is not other and first.interval is not None and other.score is not None:
                    pairs += 1
                    covered += first.interval[0] - 1e-9 <= other.score <= first.interval[1] + 1e-9
    spread = _root(mean_of(deviations))
    return Steadiness(
        spread=spread,
        floor=None if spread is None else Z * np.sqrt(2) * spread.value,
        covered=share_of(covered, pairs),
        measures=_measure_noise(condition, groups),
        count_range=float(np.mean(ranges)) if ranges else 0.0,
        withheld=share_of(lost, asked),
    )


def _measure_noise(condition: Condition, groups: Sequence[Sequence[Reading]]) -> dict[str, tuple[float, float]]:
    """Absolute noise from the heads as they are; relative from what the planted ones scatter beyond it."""
    absolute = _within(condition, [group for group in groups if group[0].severity == 0])
    planted = [group for group in groups if group[0].severity > 0]
    variance = _within(condition, planted)
    noise = {}
    for name, plain in absolute.items():
        means = [
            float(
                np.mean([said.measures[name] for said in _judged(condition, group) if name in said.measures] or [0.0])
            )
            for group in planted
        ]
        size = float(np.sqrt(np.mean(np.square(means)))) if means else 0.0
        more = max(0.0, variance.get(name, 0.0) - plain)
        noise[name] = (Z * float(np.sqrt(plain)), Z * float(np.sqrt(more)) / size if size > 0 else 0.0)
    return noise


def _within(condition: Condition, groups: Sequence[Sequence[Reading]]) -> dict[str, float]:
    """Measure -> pooled variance within a group."""
    found: dict[str, list[float]] = defaultdict(list)
    for group in groups:
        judged = _judged(condition, group)
        names = set.intersection(*(set(said.measures) for said in judged)) if judged else set()
        for name in names if len(judged) > 1 else ():
            values = np.array([said.measures[name] for said in judged], np.float64)
            found[name].append(float(values.var(ddof=1)))
    return {name: float(np.mean(values)) for name, values in found.items()}


def _judged(condition: Condition, group: Sequence[Reading]) -> list[Result]:
    return [said for reading in group if (said := reading.results.get(condition)) and said.status in JUDGED]


def _root(variance: Estimate | None) -> Estimate | None:
    if variance is None:
        return None
    value, low, high = (float(np.sqrt(one)) for one in (variance.value, variance.low, variance.high))
    return Estimate(value, low, high, variance.n)


def _head(reading: Reading) -> tuple[str, bool, str | None, str]:
    return reading.subject, reading.smooth, reading.tone, reading.shot
