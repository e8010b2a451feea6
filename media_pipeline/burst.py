"""Several pictures of one sitting -> one result that a single blink, shadow or blur does not decide: the consensus of
the pictures that carry a condition, where most of them do.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from media_pipeline.consensus import consensus
from media_pipeline.errors import PictureError
from media_pipeline.scores import Receipt
from media_pipeline.still import StillAnalyser, StillResult
from media_pipeline.types import Condition, ConditionResult, Image

__all__ = ["MOST_PICTURES", "BurstResult", "analyse_burst"]

MOST_PICTURES = 16  # more of the same second tell nothing new


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
    return consensus(shown, judged)
