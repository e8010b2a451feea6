"""Scores from 0 to 100, higher is healthier, each with the receipt it can be recomputed from.

    score = 100 (1 - x^gamma),  x = sum over terms of weight * min(1, measure / reference)

A term's reference is the burden that uses its weight up; gamma below 1 makes the first few findings count most. The
interval is the score at measures moved up and down by their noise floor: about two standard deviations of what 33
faces measured, each in eight versions of one picture (light 7 % less and 6 % more, a warmer white, 8 % smaller, turned
by 3 degrees, JPEG at 75, sensor noise). A second shot differs more; a burst measures that. References and gammas are
this project's own and uncalibrated: scores compare pictures of one person, they are no grade of health. A changed
number is a new formula version.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from media_pipeline.errors import DetectorError
from media_pipeline.types import Condition, Measure, Score

__all__ = ["FORMULAS", "Formula", "Receipt", "Term", "TermRule", "receipt_for"]


@dataclass(frozen=True, slots=True)
class TermRule:
    """How one measure enters a score. reference, noise in the measure's unit; noise is the floor of its uncertainty and
    relative_noise is added in proportion to its value."""

    measure: str
    reference: float
    weight: float
    noise: float
    relative_noise: float


@dataclass(frozen=True, slots=True)
class Formula:
    """The formula of one condition; the terms' weights add up to 1."""

    version: str
    gamma: float
    terms: tuple[TermRule, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A TermRule with what was measured."""

    measure: str
    value: float
    unit: str
    reference: float
    weight: float
    noise: float
    relative_noise: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """All that a score was computed from; knows no table, so it outlives changes of FORMULAS."""

    condition: Condition
    formula: str
    gamma: float
    terms: tuple[Term, ...]

    def score(self) -> Score:
        """The score again, bit for bit."""
        return Score(self._at(0.0), self._at(1.0), self._at(-1.0), self.formula)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"condition": self.condition.value, "terms": [asdict(term) for term in self.terms]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Receipt":
        """The inverse of to_dict. Raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            Condition(values["condition"]),
            str(values["formula"]),
            float(values["gamma"]),
            tuple(Term(**term) for term in values["terms"]),
        )

    def _at(self, noises: float) -> float:
        burden = 0.0
        for term in self.terms:
            value = term.value + noises * (term.noise + term.relative_noise * abs(term.value))
            burden += term.weight * min(1.0, max(0.0, value) / term.reference)
        return 100.0 * (1.0 - math.pow(min(1.0, burden), self.gamma))


def receipt_for(condition: Condition, measures: Iterable[Measure]) -> Receipt:
    """The receipt of a condition by its present formula. Raises DetectorError where a measure it needs is missing."""
    formula = FORMULAS[condition]
    by_name = {measure.name: measure for measure in measures}
    terms = []
    for rule in formula.terms:
        found = by_name.get(rule.measure)
        if found is None:
            raise DetectorError(f"the {condition} detector did not measure {rule.measure}")
        terms.append(
            Term(rule.measure, found.value, found.unit, rule.reference, rule.weight, rule.noise, rule.relative_noise)
        )
    return Receipt(condition, formula.version, formula.gamma, tuple(terms))


# fmt: off
FORMULAS: Mapping[Condition, Formula] = MappingProxyType({
    #                                            measure                reference weight noise relative
    Condition.ACNE: Formula("acne/1", 0.5, (
        TermRule("inflammatory_lesions",                                   100.0,  1.0,  1.0,  0.20),
    )),
    Condition.WRINKLES: Formula("wrinkles/3", 0.7, (
        TermRule("wrinkle_density",                                          1.0,  1.0,  0.02, 0.15),
    )),
    Condition.EYEBAGS: Formula("eyebags/1", 0.8, (
        TermRule("dark_circle_delta_e",                                     16.0,  0.6,  0.6,  0.05),
        TermRule("puffiness",                                               10.0,  0.4,  0.3,  0.20),
    )),
    Condition.ECZEMA: Formula("eczema/3", 0.8, (
        TermRule("patch_burden",                                            60.0,  1.0,  1.5,  0.50),
    )),
    Condition.ROSACEA: Formula("rosacea/2", 0.8, (
        TermRule("central_delta_a",                                         14.0,  1.0,  0.12,  0.07),
    )),
    Condition.HYPERPIGMENTATION: Formula("hyperpigmentation/3", 0.6, (
        TermRule("pigment_burden",                                          60.0,  1.0,  2.0,  0.40),
    )),
    Condition.DARK_SPOTS: Formula("dark_spots/2", 0.7, (
        TermRule("spot_burden",                                              4.0,  1.0,  0.35, 0.25),
    )),
})
# fmt: on
