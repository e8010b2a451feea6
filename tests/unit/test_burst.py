"""A burst's result is the median of its pictures, with the interval they earn."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from media_pipeline.burst import MOST_PICTURES, analyse_burst
from media_pipeline.errors import DetectorError, PictureError
from media_pipeline.scores import Receipt, receipt_for
from media_pipeline.still import StillAnalyser
from media_pipeline.types import (
    AlignedFace,
    Condition,
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


def played(script: Script, *values: float | None) -> None:
    script.values, script.calls = list(values), 0


def test_one_odd_picture_does_not_decide(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, 3.0, 3.2, 12.0, 3.1, 2.9)
    result = analyse_burst([picture] * 5, analyser)
    rosacea = result.conditions[Condition.ROSACEA]
    assert [measure.value for measure in rosacea.measures] == [3.1]
    assert rosacea.score is not None and rosacea.severity is not None
    plain = receipt_for(Condition.ROSACEA, rosacea.measures).score()
    assert rosacea.score.value == plain.value
    assert result.used == 5 and result.refused == ()


def test_pictures_that_agree_narrow_the_interval_and_pictures_that_differ_widen_it(
    analyser: StillAnalyser, script: Script, picture: Image
) -> None:
    played(script, 3.0)
    steady = analyse_burst([picture] * 4, analyser).conditions[Condition.ROSACEA].score
    played(script, 1.0, 2.0, 4.0, 5.0)
    unsteady = analyse_burst([picture] * 4, analyser).conditions[Condition.ROSACEA].score
    single = receipt_for(Condition.ROSACEA, [Measure("central_delta_a", 3.0, "da*")]).score()
    assert steady is not None and unsteady is not None
    assert steady.high - steady.low == pytest.approx((single.high - single.low) / 2, rel=0.1)
    assert unsteady.high - unsteady.low > single.high - single.low


def test_a_bursts_score_is_recomputed_from_its_receipt(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, 1.0, 5.0, 3.0)
    result = analyse_burst([picture] * 3, analyser)
    receipt = Receipt.from_dict(result.receipts[Condition.ROSACEA].to_dict())
    assert receipt.score() == result.conditions[Condition.ROSACEA].score


def test_what_most_pictures_do_not_carry_is_not_judged(analyser: StillAnalyser, script: Script, picture: Image) -> None:
    played(script, None, 3.0, None)
    result = analyse_burst([picture] * 3, analyser)
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
