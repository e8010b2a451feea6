import math

import pytest

from media_pipeline.evaluation.examiner import Reading, Result
from media_pipeline.evaluation.figures import detection, score_drop, score_response, steadiness
from media_pipeline.evaluation.matching import Outcome
from media_pipeline.types import Condition, Status

ACNE = Condition.ACNE


def _said(score: float | None, **measures: float) -> Result:
    if score is None:
        return Result(Status.WITHHELD, 0, None, reason="too dark")
    return Result(Status.OK, 0, score, (max(0.0, score - 1), min(100.0, score + 1)), measures)


def _reading(
    severity: int = 0,
    score: float | None = 100,
    outcome: Outcome | None = None,
    *,
    subject: str = "a",
    shot: str = "plain",
    **measures: float,
) -> Reading:
    planted = ACNE if severity else None
    return Reading(subject, False, "tan", shot, planted, severity, None, {ACNE: _said(score, **measures)}, outcome)


def test_recall_and_precision_count_things_and_not_pictures() -> None:
    readings = [
        _reading(1, outcome=Outcome(planted=1, already=0, found=1, new=1, right=1, overlap=0.5)),
        _reading(2, outcome=Outcome(planted=9, already=0, found=4, new=7, right=3, overlap=0.3)),
        _reading(3, outcome=None),
        _reading(0),
    ]
    found = detection(ACNE, readings)
    assert found.recall is not None
    assert found.precision is not None
    assert found.count_error is not None
    assert found.overlap is not None
    assert found.refused is not None
    assert found.recall.value == 0.5
    assert found.precision.value == 0.5
    assert found.count_error.value == 1.0
    assert found.overlap.value == 0.4
    assert found.refused.value == pytest.approx(1 / 3)
    assert found.refused.n == 3


def test_a_missed_thing_counts_as_no_overlap() -> None:
    readings = [
        _reading(1, outcome=Outcome(1, 0, 1, 1, 1, 0.8)),
        _reading(1, outcome=Outcome(1, 0, 0, 0, 0, None)),
    ]
    overlap = detection(ACNE, readings).overlap
    assert overlap is not None
    assert overlap.value == 0.4


def test_the_score_responds_when_it_falls_with_severity_and_not_when_it_stands_still() -> None:
    falls = [_reading(severity, 100 - 20 * severity, subject="a") for severity in range(4)]
    stands = [_reading(severity, 70, subject="b") for severity in range(4)]
    rises = [_reading(severity, 40 + 20 * severity, subject="c") for severity in range(4)]
    for readings, expected in ((falls, 1.0), (stands, 0.0), (rises, -1.0), (falls + stands + rises, 0.0)):
        response = score_response(ACNE, readings)
        assert response is not None
        assert response.value == pytest.approx(expected)


def test_a_series_that_is_mostly_withheld_says_nothing() -> None:
    assert score_response(ACNE, [_reading(0, 100), _reading(1, 80), _reading(2, None), _reading(3, None)]) is None


def test_a_drop_is_taken_against_the_same_head_without_the_condition() -> None:
    readings = [_reading(0, 90, subject="a"), _reading(3, 50, subject="a"), _reading(3, 0, subject="b")]
    drop = score_drop(ACNE, ACNE, readings, severity=3)
    assert drop is not None
    assert (drop.value, drop.n) == (40, 1)


def test_spread_is_within_faces_and_not_between_them() -> None:
    readings = [
        _reading(0, score, subject=subject, shot=str(score), spots=score / 10)
        for subject, scores in (("a", (79, 80, 81)), ("b", (39, 40, 41)))
        for score in scores
    ]
    steady = steadiness(ACNE, readings)
    assert steady.spread is not None
    assert steady.spread.value == pytest.approx(1.0)
    assert steady.floor == pytest.approx(1.959964 * math.sqrt(2))
    assert steady.covered is not None
    assert steady.covered.value == pytest.approx(2 / 3), "an interval of +-1 holds the neighbour, not the one beyond"
    assert steady.measures["spots"][0] == pytest.approx(0.1959964)


def test_noise_beyond_that_of_a_bare_face_is_put_down_to_the_burden() -> None:
    bare = [_reading(0, 100, subject="a", shot=str(n), spots=0.1 * n) for n in range(3)]
    planted = [_reading(2, 50, subject="a", shot=str(n), spots=10 + 1.0 * n) for n in range(3)]
    absolute, relative = steadiness(ACNE, bare + planted).measures["spots"]
    assert absolute == pytest.approx(1.959964 * 0.1)
    assert relative == pytest.approx(1.959964 * math.sqrt(1 - 0.01) / 11)


def test_a_result_that_a_small_change_loses_is_counted() -> None:
    readings = [_reading(0, 80, shot="1"), _reading(0, 80, shot="2"), _reading(0, None, shot="3")]
    lost = steadiness(ACNE, readings).withheld
    assert lost is not None
    assert lost.value == pytest.approx(1 / 3)


def test_no_readings_give_no_figures() -> None:
    found = detection(ACNE, [])
    assert (found.recall, found.precision, found.refused) == (None, None, None)
    assert steadiness(ACNE, []).floor is None
