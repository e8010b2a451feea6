"""Several pictures of one sitting -> one result that a single blink, shadow or blur does not decide.

Every measure becomes the median over the pictures that carry the condition; severity and score are computed from the
medians by the same scales and formulas. The interval comes from what the pictures themselves differ by, never narrower
than the formula's own noise divided by the square root of their number.
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from media_pipeline.errors import PictureError
from media_pipeline.scores import Receipt, Term, receipt_for
from media_pipeline.severity import grade
from media_pipeline.still import StillAnalyser, StillResult
from media_pipeline.types import Condition, ConditionResult, Image, Measure, Status

__all__ = ["MOST_PICTURES", "BurstResult", "analyse_burst"]

MOST_PICTURES = 16  # more of the same second tell nothing new
MAD_TO_SIGMA = 1.4826  # of a normal distribution


@dataclass(frozen=True, slots=True, eq=False)
class BurstResult:
    """best: the picture that carries most, whose findings are shown; conditions: its findings with the burst's
    severity, score and measures; receipts: of those scores; used: pictures with one plausible face; refused: the
    others' PictureErrors."""

    best: StillResult
    conditions: Mapping[Condition, ConditionResult]
    receipts: Mapping[Condition, Receipt]
    used: int
    refused: tuple[PictureError, ...]


def analyse_burst(pictures: Iterable[bytes | Image], analyser: StillAnalyser) -> BurstResult:
    """Analyse up to MOST_PICTURES pictures of one face. Raises the first picture's PictureError when none can be
    analysed, ValueError when there is none."""
    best: StillResult | None = None
    seen: list[Mapping[Condition, ConditionResult]] = []
    refused: list[PictureError] = []
    for number, picture in enumerate(pictures):
        if number >= MOST_PICTURES:
            break
        try:
            result = analyser.analyse(picture)
        except PictureError as error:
            refused.append(error)
            continue
        seen.append(result.analysis.conditions)
        if best is None or _carried(result) > _carried(best):
            best = result
    if best is None:
        if refused:
            raise refused[0]
        raise ValueError("a burst needs at least one picture")
    conditions: dict[Condition, ConditionResult] = {}
    receipts: dict[Condition, Receipt] = {}
    for condition, shown in best.analysis.conditions.items():
        conditions[condition], receipt = _over_all(shown, [results[condition] for results in seen])
        if receipt is not None:
            receipts[condition] = receipt
    return BurstResult(best, conditions, receipts, len(seen), tuple(refused))


def _carried(result: StillResult) -> tuple[int, int]:
    """How much a picture carries: conditions judged, then fewest issues."""
    judged = sum(one.score is not None for one in result.analysis.conditions.values())
    return judged, -len(result.analysis.quality.issues)


def _over_all(shown: ConditionResult, results: Sequence[ConditionResult]) -> tuple[ConditionResult, Receipt | None]:
    judged = [result for result in results if result.score is not None]
    if 2 * len(judged) <= len(results):
        others = [result for result in results if result.score is None]
        status, reason = Counter((result.status, result.reason) for result in others).most_common(1)[0][0]
        nothing = ConditionResult(shown.condition, (), shown.detector, status=status, reason=reason)
        return nothing, None
    by_name = [{measure.name: measure for measure in result.measures} for result in judged]
    everywhere = [name for name in by_name[0] if all(name in measures for measures in by_name)]
    values = {name: [measures[name].value for measures in by_name] for name in everywhere}
    medians = tuple(Measure(name, statistics.median(values[name]), by_name[0][name].unit) for name in everywhere)
    plain = receipt_for(shown.condition, medians)
    receipt = replace(plain, terms=tuple(_term(term, values[term.measure]) for term in plain.terms))
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


def _term(term: Term, values: Sequence[float]) -> Term:
    """The term with the noise of this burst."""
    spread = MAD_TO_SIGMA * statistics.median(abs(value - term.value) for value in values)
    root = math.sqrt(len(values))
    return replace(term, noise=max(spread, term.noise / root), relative_noise=term.relative_noise / root)
