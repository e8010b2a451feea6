"""What several looks at one face say together, so that a single blink, shadow or blur does not decide.

Every measure becomes the median over the looks that carry the condition; severity and score are computed from the
medians by the same scales and formulas. The interval comes from what the looks themselves differ by. Looks in the
course of a session leave it no narrower than the formula's own noise divided by the square root of their number. Looks
of one moment share its light and white balance, which are part of that noise, so there it stays whole and what they
differ by is added to it (in quadrature, two standard errors of the median).
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace

from media_pipeline.scores import Receipt, Term, receipt_for
from media_pipeline.severity import grade
from media_pipeline.types import ConditionResult, Measure, Status

__all__ = ["consensus"]

MAD_TO_SIGMA = 1.4826  # of a normal distribution
MEDIAN_ERROR = 1.2533  # its standard error per sigma / sqrt(n), of a normal distribution: sqrt(pi / 2)


def consensus(
    shown: ConditionResult,
    judged: Sequence[ConditionResult],
    instead: Mapping[str, float] | None = None,
    *,
    one_moment: bool = False,
) -> tuple[ConditionResult, Receipt]:
    """The result with shown's findings, and the receipt of its score. judged: the looks that have a score, one at
    least; instead: values that are better known than by the median, by measure; one_moment: whether the looks were
    taken within a second."""
    by_name = [{measure.name: measure for measure in result.measures} for result in judged]
    everywhere = [name for name in by_name[0] if all(name in measures for measures in by_name)]
    values = {name: [measures[name].value for measures in by_name] for name in everywhere}
    known = instead or {}
    medians = tuple(
        Measure(name, known.get(name, statistics.median(values[name])), by_name[0][name].unit) for name in everywhere
    )
    plain = receipt_for(shown.condition, medians)
    receipt = replace(plain, terms=tuple(_term(term, values[term.measure], one_moment) for term in plain.terms))
    degraded = next((result for result in judged if result.status is Status.DEGRADED), None)
    summary = ConditionResult(
        shown.condition,
        shown.findings,
        shown.detector,
        grade(shown.condition, medians),
        receipt.score(),
        medians,
        degraded.status if degraded else Status.OK,
        degraded.reason if degraded else None,
    )
    return summary, receipt


def _term(term: Term, values: Sequence[float], one_moment: bool) -> Term:
    """The term with the noise of these looks."""
    spread = MAD_TO_SIGMA * statistics.median(abs(value - term.value) for value in values)
    root = math.sqrt(len(values))
    if one_moment:
        relative = term.relative_noise * abs(term.value)
        whole = math.hypot(term.noise + relative, 2 * MEDIAN_ERROR * spread / root)
        return replace(term, noise=whole - relative)
    return replace(term, noise=max(spread, term.noise / root), relative_noise=term.relative_noise / root)
