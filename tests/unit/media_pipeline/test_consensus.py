"""Several looks make one result: medians, an interval from what they differ by, what is better known put in."""

import pytest

from media_pipeline.consensus import consensus
from media_pipeline.scores import receipt_for
from media_pipeline.types import Condition, ConditionResult, DetectorInfo, Measure, Status


def judged(value: float, status: Status = Status.OK) -> ConditionResult:
    measures = (Measure("central_delta_a", value, "da*"),)
    return ConditionResult(
        Condition.ROSACEA,
        (),
        DetectorInfo("script", "1", "none"),
        score=receipt_for(Condition.ROSACEA, measures).score(),
        measures=measures,
        status=status,
        reason=None if status is Status.OK else "a lesser detector stood in",
    )


def test_one_odd_look_does_not_decide() -> None:
    looks = [judged(value) for value in (4.0, 4.1, 12.0, 3.9, 4.0)]
    result, receipt = consensus(looks[2], looks)
    assert [measure.value for measure in result.measures] == [4.0]
    assert result.score == receipt.score()


def test_looks_that_differ_leave_a_wider_interval_than_looks_that_agree() -> None:
    widths = []
    for values in ([4.0] * 6, [2.0, 6.0, 3.0, 5.0, 2.5, 5.5]):
        result, _ = consensus(judged(4.0), [judged(value) for value in values])
        assert result.score is not None
        widths.append(result.score.high - result.score.low)
    assert widths[1] > 2 * widths[0]


def test_what_is_better_known_takes_the_medians_place() -> None:
    result, _ = consensus(judged(4.0), [judged(4.0), judged(5.0)], {"central_delta_a": 8.0})
    assert result.measures[0].value == 8.0
    assert result.severity is not None and result.severity.label == "moderate"


def test_a_lesser_detector_in_one_look_is_told() -> None:
    result, _ = consensus(judged(4.0), [judged(4.0), judged(4.0, Status.DEGRADED)])
    assert (result.status, result.reason) == (Status.DEGRADED, "a lesser detector stood in")


def test_a_single_look_has_the_formulas_own_interval() -> None:
    result, _ = consensus(judged(4.0), [judged(4.0)])
    alone = receipt_for(Condition.ROSACEA, judged(4.0).measures).score()
    assert result.score is not None
    assert (result.score.low, result.score.high) == pytest.approx((alone.low, alone.high))
