"""Writes EVALUATION.md and noise_floor.json from the readings."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from media_pipeline.evaluation.bench import Readings
from media_pipeline.evaluation.estimates import Estimate, mean_of
from media_pipeline.evaluation.examiner import Reading, Result
from media_pipeline.evaluation.figures import Steadiness, detection, score_drop, score_response, steadiness
from media_pipeline.evaluation.floors import Broken
from media_pipeline.evaluation.matching import COVERED, LINE_MM, REACH_MM, SLACK_MM
from media_pipeline.evaluation.real_faces_report import acne_pictures, ages, clear_faces
from media_pipeline.evaluation.subjects import HELD_OUT, TONES
from media_pipeline.evaluation.tables import condition_name, interval, plain, table
from media_pipeline.types import Condition

__all__ = ["noise_floors", "report"]

PREFACE = Path(__file__).with_name("preface.md")


def report(readings: Readings, broken: Sequence[Broken], limits: int, bench: str = "real inputs") -> str:
    """EVALUATION.md. bench: the one that the floors are of."""
    parts = [
        _preface(readings, bench),
        _summary(readings.tones),
        _by_tone(readings.tones),
        _by_shot(readings.disturbed),
        _crosstalk(readings.tones),
        clear_faces(readings.clear),
        ages(readings.portraits),
        _steady(readings.repeats),
        acne_pictures(readings.acne),
        _floors(broken, limits),
    ]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def noise_floors(readings: Readings) -> str:
    """noise_floor.json: per condition the smallest change of score between two pictures that is not noise, and the
    noise of each measure (95 %: absolute, and relative to its value)."""
    floors = {}
    for condition in Condition:
        steady = steadiness(condition, readings.repeats)
        if steady.spread is None or steady.floor is None:
            continue
        floors[str(condition)] = {
            "score_points": round(steady.floor, 2),
            "faces": steady.spread.n,
            "measures": {
                name: {"noise": _digits(absolute), "relative_noise": _digits(relative)}
                for name, (absolute, relative) in sorted(steady.measures.items())
            },
        }
    about = "95 %; from small changes of light, size, position, sharpness and compression; written by make evaluate"
    return json.dumps({"about": about, "conditions": floors}, indent=2) + "\n"


def _preface(readings: Readings, bench: str) -> str:
    heads = _heads(readings.tones)
    pictures = sum(map(len, (readings.tones, readings.disturbed, readings.repeats)))
    return PREFACE.read_text().format(
        bench=bench,
        pictures=pictures,
        heads=len(heads),
        names=", ".join(heads),
        reach=REACH_MM,
        covered=COVERED,
        slack=SLACK_MM,
        line=LINE_MM,
    )


def _summary(readings: Sequence[Reading]) -> str:
    rows = []
    for condition in Condition:
        found = detection(condition, readings)
        rows.append(
            [
                condition_name(condition),
                interval(found.recall),
                interval(found.precision),
                f"{interval(found.count_error, 1)} of {found.planted:.1f}",
                interval(found.overlap),
                interval(found.refused),
                interval(score_response(condition, readings)),
                str(sum(one.planted is condition for one in readings)),
            ]
        )
    head = ["condition", "recall", "precision", "count error", "overlap", "refused", "response", "pictures"]
    text = "## All tones together\n\n" + table(head, rows) + _held_out(readings)
    procedural = [one for one in readings if one.smooth]
    if procedural:
        own = [one for one in readings if not one.smooth]
        rows = [
            [condition_name(condition)]
            + [plain(detection(condition, part).recall) for part in (own, procedural)]
            + [plain(detection(condition, part).precision) for part in (own, procedural)]
            for condition in Condition
        ]
        head = ["condition", "recall, own skin", "recall, procedural", "precision, own skin", "precision, procedural"]
        text += "\nThe same on the heads' own skin and on procedural skin (its own marks removed, grain drawn):\n\n"
        text += table(head, rows)
    return text


def _held_out(readings: Sequence[Reading]) -> str:
    parts = [[one for one in readings if (one.subject in HELD_OUT) == out] for out in (True, False)]
    if not all(parts):
        return ""
    unseen, seen = (detection(Condition.ACNE, part) for part in parts)
    return (
        f"\nAcne on the heads that its training did not draw on ({', '.join(_heads(parts[0]))}) against the others: "
        f"recall {plain(unseen.recall)} against {plain(seen.recall)}, precision {plain(unseen.precision)} against "
        f"{plain(seen.precision)}.\n"
    )


def _by_tone(readings: Sequence[Reading]) -> str:
    figures: tuple[tuple[str, Callable[[Condition, Sequence[Reading]], Estimate | None]], ...] = (
        ("Recall", lambda condition, part: detection(condition, part).recall),
        ("Precision", lambda condition, part: detection(condition, part).precision),
        ("Count error", lambda condition, part: detection(condition, part).count_error),
        ("Overlap", lambda condition, part: detection(condition, part).overlap),
        ("Refused", lambda condition, part: detection(condition, part).refused),
        ("Response of the score", score_response),
    )
    parts = ["## By skin tone", ""]
    per_tone = {tone: [one for one in readings if one.tone == tone] for tone in TONES}
    for title, figure in figures:
        rows = [
            [condition_name(condition)] + [interval(figure(condition, part)) for part in per_tone.values()]
            for condition in Condition
        ]
        parts += [f"### {title}", "", table(["condition", *TONES], rows)]
    for title, text, keep, number in (
        (
            "Score with nothing planted",
            "The same heads in every tone: what differs along a row is the tone's doing.",
            lambda one: one.planted is None,
            lambda said: said.score,
        ),
        (
            "Findings on procedural skin with nothing planted",
            "There is nothing to be found: every finding is false.",
            lambda one: one.planted is None and one.smooth,
            lambda said: None if said.score is None else float(said.count),
        ),
    ):
        parts += [f"### {title}", "", text, "", table(["condition", *TONES], _rows_of(per_tone, keep, number))]
    return "\n".join(parts)


def _rows_of(
    per_tone: Mapping[str, Sequence[Reading]],
    keep: Callable[[Reading], bool],
    number: Callable[[Result], float | None],
) -> list[list[str]]:
    """Mean of a number of each condition's result by tone, over the readings to keep."""
    rows = []
    for condition in Condition:
        cells = []
        for part in per_tone.values():
            said = [one.results[condition] for one in part if keep(one) and condition in one.results]
            values = [value for one in said if (value := number(one)) is not None]
            cells.append(interval(mean_of(values), 1))
        rows.append([condition_name(condition), *cells])
    return rows


def _by_shot(readings: Sequence[Reading]) -> str:
    if not readings:
        return ""
    shots = list(dict.fromkeys(one.shot for one in readings))
    rows = []
    for shot in shots:
        part = [one for one in readings if one.shot == shot]
        cells = []
        for condition in Condition:
            found = detection(condition, part)
            refused = found.refused.value if found.refused is not None else 0.0
            cells.append(
                "refused" if refused == 1 else f"{plain(found.recall)} / {plain(found.precision)}" + _some(refused)
            )
        rows.append([shot, *cells])
    text = (
        "## Light, blur, pose, compression\n\nRecall / precision at moderate severity on "
        f"{len(_heads(readings))} heads in {len({one.tone for one in readings})} tones; in brackets the share "
        "refused.\n\n"
    )
    return text + table(["shot", *map(condition_name, Condition)], rows)


def _crosstalk(readings: Sequence[Reading]) -> str:
    rows = [
        [condition_name(planted)] + [_points(score_drop(planted, said, readings, severity=3)) for said in Condition]
        for planted in Condition
    ]
    return (
        "## What one condition does to the others\n\nBy how many points each score falls when the condition on the "
        "left is planted, severe, mean over heads and tones. The diagonal should be large, the rest near 0.\n\n"
        + table(["planted", *map(condition_name, Condition)], rows)
    )


def _steady(readings: Sequence[Reading]) -> str:
    rows = []
    for condition in Condition:
        steady: Steadiness = steadiness(condition, readings)
        rows.append(
            [
                condition_name(condition),
                "-" if steady.floor is None else f"{steady.floor:.1f}",
                interval(steady.spread, 1),
                plain(steady.covered),
                f"{steady.count_range:.1f}",
                plain(steady.withheld),
            ]
        )
    head = ["condition", "noise floor (points)", "spread (points)", "interval covers", "range of counts", "result lost"]
    shots = [shot for shot in dict.fromkeys(one.shot for one in readings) if shot != "plain"]
    return (
        "## Repeatability: the noise floor\n\nThe same face again with a small change: "
        f"{', '.join(shots)}. *Spread*: standard deviation of the score within one face. *Noise floor*: the smallest "
        "change between two pictures that is not noise (1.96 x sqrt 2 x spread). *Interval covers*: how often a "
        "picture's score lies in the interval given with another's. *Range of counts*: findings, most less fewest, "
        "mean over faces. Re-photographing a person varies more than this does. The same numbers are in "
        "`noise_floor.json`.\n\n" + table(head, rows)
    )


def _floors(broken: Sequence[Broken], limits: int) -> str:
    text = f"## Floors\n\n{limits} figures have a floor in `evaluation/floors.json`. "
    if not broken:
        return text + "All are kept.\n"
    rows = [[one.figure, "-" if one.value is None else f"{one.value:.3f}", f"{one.limit:.3f}"] for one in broken]
    return text + f"{len(broken)} are broken:\n\n" + table(["figure", "measured", "floor"], rows)


def _heads(readings: Sequence[Reading]) -> list[str]:
    return sorted({one.subject for one in readings})


def _points(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.1f}"


def _some(refused: float) -> str:
    return f" ({refused:.0%})" if refused else ""


def _digits(value: float) -> float:
    return float(f"{value:.3g}")
