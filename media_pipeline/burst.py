"""Several pictures of one sitting -> one result that a single blink, shadow or blur does not decide: the consensus of
the pictures that carry a condition, where most of them do.

One picture has one vote, however often it is in the burst. Pictures of one moment share its light, so they widen the
interval that a single one leaves by what they differ by, and never narrow it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from media_pipeline.consensus import consensus
from media_pipeline.errors import PictureError
from media_pipeline.novelty import Novelty
from media_pipeline.scores import Receipt
from media_pipeline.still import StillAnalyser, StillResult
from media_pipeline.types import Condition, ConditionResult, Frame, Image, Status

__all__ = ["MOST_PICTURES", "BurstResult", "analyse_burst"]

MOST_PICTURES = 16  # more of the same second tell nothing new
NOT_THIS_ONE = "the picture that is shown does not carry it, the others of the burst do: nothing is marked in it"


@dataclass(frozen=True, slots=True, eq=False)
class BurstResult:
    """best: the picture that carries most, the first of several, whose findings are shown; conditions: its findings
    with the burst's severity, score and measures; receipts: of those scores; looks: the results of each picture with
    one plausible face, in their order; refused: the others' PictureErrors; repeated: pictures that showed nothing new
    and have no vote."""

    best: StillResult
    conditions: Mapping[Condition, ConditionResult]
    receipts: Mapping[Condition, Receipt]
    looks: tuple[Mapping[Condition, ConditionResult], ...]
    refused: tuple[PictureError, ...]
    repeated: int = 0

    @property
    def used(self) -> int:
        """How many pictures had a vote."""
        return len(self.looks)

    @property
    def shown(self) -> StillResult:
        """The best picture with the burst's conditions."""
        return replace(self.best, analysis=replace(self.best.analysis, conditions=self.conditions))

    def values(self, condition: Condition, measure: str) -> tuple[float, ...]:
        """What each picture that carries the condition measured, in their order: their median is in the receipt."""
        judged = (look[condition] for look in self.looks if look[condition].score is not None)
        return tuple(one.value for result in judged for one in result.measures if one.name == measure)


def analyse_burst(
    pictures: Iterable[bytes | Image],
    analyser: StillAnalyser,
    on_stage: Callable[[str], None] = lambda stage: None,
    *,
    within_s: float = float("inf"),
) -> BurstResult:
    """Analyse up to MOST_PICTURES pictures of one face, the best first. No other is begun when `within_s` seconds are
    over. Raises the first picture's PictureError when none can be analysed, ValueError when there is none."""
    until = time.monotonic() + within_s
    best: StillResult | None = None
    looks: list[Mapping[Condition, ConditionResult]] = []
    refused: list[PictureError] = []
    novelty, repeated = Novelty(), 0
    for number, picture in enumerate(pictures):
        if number >= MOST_PICTURES or (looks and time.monotonic() >= until):
            break
        try:
            result = analyser.analyse(picture, on_stage)
        except PictureError as error:
            refused.append(error)
            continue
        face = result.analysis.face
        if face is not None and not novelty.is_new(Frame(result.rgb), face):
            repeated += 1
            continue
        looks.append(result.analysis.conditions)
        if best is None or _carried(result) > _carried(best):
            best = result
    if best is None:
        if refused:
            raise refused[0]
        raise ValueError("a burst needs at least one picture")
    conditions: dict[Condition, ConditionResult] = {}
    receipts: dict[Condition, Receipt] = {}
    for condition, shown in best.analysis.conditions.items():
        conditions[condition], receipt = _over_all(shown, [look[condition] for look in looks])
        if receipt is not None:
            receipts[condition] = receipt
    return BurstResult(best, conditions, receipts, tuple(looks), tuple(refused), repeated)


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
    summary, receipt = consensus(shown, judged, one_moment=True)
    if shown.score is None:
        summary = replace(summary, status=Status.DEGRADED, reason=NOT_THIS_ONE)
    return summary, receipt
