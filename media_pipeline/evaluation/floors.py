"""The figures that a change may not make worse.

`floors.json` holds, for the bench with the real inputs and for the one that has only the package portrait, a limit per
figure: `at_least` or `at_most`. Limits are set from measured values with a margin (`--record`), which tightens and
never loosens; to loosen one is to edit the file and say why in the commit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from media_pipeline.evaluation.bench import Readings
from media_pipeline.evaluation.estimates import mean_of, rank_correlation
from media_pipeline.evaluation.figures import detection, score_response, steadiness
from media_pipeline.evaluation.subjects import TONES
from media_pipeline.types import Condition

__all__ = ["FLOORS_FILE", "Broken", "broken_floors", "figures_of", "read_floors", "record_floors"]

FLOORS_FILE = Path(__file__).with_name("floors.json")

# figure (the part before the first slash) -> which way is better, and the margin between truth and limit
MARGINS: Mapping[str, tuple[str, float]] = {
    "recall": ("at_least", 0.05),
    "recall_by_tone": ("at_least", 0.10),
    "precision": ("at_least", 0.05),
    "overlap": ("at_least", 0.05),
    "response": ("at_least", 0.05),
    "refused": ("at_most", 0.03),
    "clear_face_findings": ("at_most", 0.5),
    "age_rank": ("at_least", 0.08),
    "noise_floor": ("at_most", 2.0),
    "interval_covers": ("at_least", 0.05),
}

Limits = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Broken:
    """A figure on the wrong side of its limit; value None where it could not be measured any more."""

    figure: str
    value: float | None
    limit: float


def figures_of(readings: Readings) -> dict[str, float]:
    """Every figure that has a floor, by its name."""
    figures: dict[str, float | None] = {}
    for condition in Condition:
        whole = detection(condition, readings.tones)
        for name, estimate in (
            ("recall", whole.recall),
            ("precision", whole.precision),
            ("overlap", whole.overlap),
            ("refused", whole.refused),
            ("response", score_response(condition, readings.tones)),
        ):
            figures[f"{name}/{condition}"] = None if estimate is None else estimate.value
        for tone in TONES:
            recall = detection(condition, [one for one in readings.tones if one.tone == tone]).recall
            figures[f"recall_by_tone/{condition}/{tone}"] = None if recall is None else recall.value
        steady = steadiness(condition, readings.repeats)
        figures[f"noise_floor/{condition}"] = steady.floor
        figures[f"interval_covers/{condition}"] = None if steady.covered is None else steady.covered.value
        clear = mean_of([face.results[condition].count for face in readings.clear if condition in face.results])
        figures[f"clear_face_findings/{condition}"] = None if clear is None else clear.value
    ages = rank_correlation(
        [(-one.birth_year, one.wrinkle_density) for one in readings.portraits
         if one.birth_year is not None and one.wrinkle_density is not None]
    )  # fmt: skip
    figures["age_rank/wrinkles"] = None if ages is None else ages.value
    return {name: value for name, value in figures.items() if value is not None}


def read_floors(bench: str, path: Path = FLOORS_FILE) -> Limits:
    """The limits of one bench; none where the file does not know it."""
    if not path.exists():
        return {}
    limits: dict[str, Limits] = json.loads(path.read_text())
    return limits.get(bench, {})


def broken_floors(figures: Mapping[str, float], limits: Limits) -> list[Broken]:
    """The figures that are worse than their limits, or gone."""
    broken = []
    for name, limit in limits.items():
        value = figures.get(name)
        if "at_least" in limit and (value is None or value < limit["at_least"]):
            broken.append(Broken(name, value, limit["at_least"]))
        if "at_most" in limit and (value is None or value > limit["at_most"]):
            broken.append(Broken(name, value, limit["at_most"]))
    return broken


def record_floors(bench: str, figures: Mapping[str, float], path: Path = FLOORS_FILE) -> None:
    """Tighten the bench's limits to the figures with their margins; those that are tighter already stay."""
    everything: dict[str, Limits] = json.loads(path.read_text()) if path.exists() else {}
    limits = dict(everything.get(bench, {}))
    for name, value in sorted(figures.items()):
        way, margin = MARGINS[name.split("/")[0]]
        old = limits.get(name, {}).get(way)
        if way == "at_least":
            new = round(value - margin, 3)
            if new > 0 or name.startswith(("response", "age_rank")):  # a limit at or below 0 says nothing of a share
                limits[name] = {way: new if old is None else max(old, new)}
        else:
            new = round(value + margin, 3)
            limits[name] = {way: new if old is None else min(old, new)}
    everything[bench] = limits
    path.write_text(json.dumps(everything, indent=2) + "\n")
