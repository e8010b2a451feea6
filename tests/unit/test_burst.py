"""A burst's result is the median of its pictures, with the interval they earn."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from media_pipeline.burst import MOST_PICTURES, NOT_THIS_ONE, _over_all, analyse_burst
from media_pipeline.errors import DetectorError, PictureError
from media_pipeline.scores import Receipt, receipt_for
from media_pipeline.still import StillAnalyser
from media_pipeline.types import (
    AlignedFace,
    Condition,
    ConditionResult,
    Detection,
    DetectorInfo,
    Image,
    Measure,
    Status,
)


class Script:
    """Measures what it is told, picture by picture; None fails."""

    info = DetectorInfo("script", "1", "none")
    conditions = (Condition.ROSACEA,)

    def __init__(self) -> None:
        self.values: list[float | None] = []
        self.calls = 0

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        value = self.values[self.calls % len(self.values)]
        self.calls += 1
        if value is None:
            raise DetectorError("not this time")
        return (Detection(Condition.ROSACEA, measures=(Measure("central_delta_a", value, "da*"),)),)


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def analyser(script: Script) -> Iterator[StillAnalyser]:
    analyser = StillAnalyser([script])
    yield analyser
    analyser.close()


@pytest.fixture
def picture(hopper: Image) -> Image:
    return np.asarray(cv2.resize(hopper, None, fx=1.5, fy=1.5), np.uint8)


def second(picture: Image, count: int) -> list[Image]:
    """The face as it sways, a pixel from picture to picture."""
    return [np.roll(picture, number, axis=1) for number in range(count)]


def played(script: Script, *values: float | None) -> None:
    script.values, script.calls = list(values), 0


def test_one_odd_picture_does_not_decide(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, 3.0, 3.2, 12.0, 3.1, 2.9)
    result = analyse_burst(second(picture, 5), analyser)
    rosacea = result.conditions[Condition.ROSACEA]
    assert [measure.value for measure in rosacea.measures] == [3.1]
    assert rosacea.score is not None and rosacea.severity is not None
    plain = receipt_for(Condition.ROSACEA, rosacea.measures).score()
    assert rosacea.score.value == plain.value
    assert result.used == 5 and result.refused == ()


def test_pictures_that_agree_leave_a_single_ones_interval_and_pictures_that_differ_widen_it(
    analyser: StillAnalyser, script: Script, picture: Image
) -> None:
    played(script, 3.0)
    steady = analyse_burst(second(picture, 4), analyser).conditions[Condition.ROSACEA].score
    played(script, 1.0, 2.0, 4.0, 5.0)
    unsteady = analyse_burst(second(picture, 4), analyser).conditions[Condition.ROSACEA].score
    single = receipt_for(Condition.ROSACEA, [Measure("central_delta_a", 3.0, "da*")]).score()
    assert steady is not None and unsteady is not None
    assert (steady.low, steady.high) == pytest.approx((single.low, single.high))
    assert unsteady.high - unsteady.low > 2 * (single.high - single.low)
    assert unsteady.low < receipt_for(Condition.ROSACEA, [Measure("central_delta_a", 4.0, "da*")]).score().value


def test_a_bursts_score_is_recomputed_from_its_receipt(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, 1.0, 5.0, 3.0)
    result = analyse_burst(second(picture, 3), analyser)
    receipt = Receipt.from_dict(result.receipts[Condition.ROSACEA].to_dict())
    assert receipt.score() == result.conditions[Condition.ROSACEA].score


def test_what_each_picture_measured_is_there_and_gives_value_and_noise_again(
    analyser: StillAnalyser, script: Script, picture: Image
) -> None:
    played(script, 1.0, 5.0, 3.5, 2.0)
    result = analyse_burst(second(picture, 4), analyser)
    (term,) = result.receipts[Condition.ROSACEA].terms
    values = result.values(Condition.ROSACEA, term.measure)
    assert values == (1.0, 5.0, 3.5, 2.0)
    assert term.value == np.median(values)
    (alone,) = receipt_for(Condition.ROSACEA, [Measure(term.measure, term.value, "da*")]).terms
    relative = alone.relative_noise * term.value
    spread = 2 * 1.2533 * 1.4826 * np.median(np.abs(np.array(values) - term.value)) / np.sqrt(4)
    assert term.noise + relative == pytest.approx(np.hypot(alone.noise + relative, spread))
    assert result.shown.analysis.conditions is result.conditions


def test_one_picture_has_one_vote_however_often_it_is_in_the_burst(
    analyser: StillAnalyser, script: Script, picture: Image
) -> None:
    played(script, 3.0, 9.0, 9.0, 4.0)
    result = analyse_burst([picture, picture, picture, np.roll(picture, 2, axis=1)], analyser)
    assert (result.used, result.repeated) == (2, 2)
    assert result.values(Condition.ROSACEA, "central_delta_a") == (3.0, 4.0)


def test_a_busy_machine_makes_it_of_fewer_pictures(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, 3.0, 9.0)
    result = analyse_burst(second(picture, 4), analyser, within_s=0.0)
    assert result.used == 1
    assert script.calls == 1


def test_a_score_that_the_shown_picture_does_not_carry_is_told(
    analyser: StillAnalyser, script: Script, picture: Image
) -> None:
    played(script, 3.0, 3.2, 3.1)
    looks = analyse_burst(second(picture, 3), analyser).looks
    withheld = ConditionResult(Condition.ROSACEA, (), script.info, status=Status.WITHHELD, reason="too dark")
    summary, receipt = _over_all(withheld, [withheld, *(look[Condition.ROSACEA] for look in looks)])
    assert summary.score is not None and receipt is not None
    assert (summary.status, summary.reason) == (Status.DEGRADED, NOT_THIS_ONE)


def test_what_most_pictures_do_not_carry_is_not_judged(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, None, 3.0, None)
    result = analyse_burst(second(picture, 3), analyser)
    rosacea = result.conditions[Condition.ROSACEA]
    assert rosacea.status is Status.UNAVAILABLE and rosacea.reason == "not this time"
    assert rosacea.score is None and result.receipts == {}


def test_pictures_without_a_face_are_told_and_left_out(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, 3.0)
    result = analyse_burst([np.zeros((300, 300, 3), np.uint8), picture, b""], analyser)
    assert result.used == 1
    assert [error.code for error in result.refused] == ["no_face", "empty"]
    with pytest.raises(PictureError, match="empty"):
        analyse_burst([b"", b""], analyser)
    with pytest.raises(ValueError, match="at least one"):
        analyse_burst([], analyser)


def test_a_burst_is_bounded(analyser: StillAnalyser) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b""

    with pytest.raises(PictureError):
        analyse_burst(endless(), analyser)
    assert MOST_PICTURES <= 32
