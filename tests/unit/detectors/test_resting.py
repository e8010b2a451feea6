"""A detector that breaks every time rests longer and longer; one that one face breaks does not."""

import logging
from typing import cast

import pytest

from media_pipeline.detectors.resting import RestingDetector
from media_pipeline.errors import DetectorError
from media_pipeline.types import AlignedFace, Condition, Detection, DetectorInfo

FACE = cast(AlignedFace, None)


class Breaking:
    """Raises while `broken`, and counts how often it was asked."""

    info = DetectorInfo("breaking", "1", "local")
    conditions = (Condition.ACNE,)

    def __init__(self) -> None:
        self.broken = True
        self.asked = 0

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        self.asked += 1
        if self.broken:
            raise ZeroDivisionError
        return ()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_rests_ever_longer_and_says_so_once_for_each_rest(caplog: pytest.LogCaptureFixture) -> None:
    broken, clock = Breaking(), Clock()
    resting = RestingDetector(broken, clock)
    for tenth in range(600):  # a minute, ten inspections a second
        clock.now = tenth / 10
        with pytest.raises(DetectorError, match="failed"):
            resting.detect(FACE)
    assert broken.asked == 8  # three, then after 1, 2, 4, 8 and 16 s
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 7
    broken.broken = False
    clock.now += 60
    assert resting.detect(FACE) == ()
    broken.broken = True
    with pytest.raises(DetectorError):
        resting.detect(FACE)
    broken.broken = False
    assert resting.detect(FACE) == ()  # one failure is no reason to rest


def test_what_one_face_breaks_goes_on_for_the_others() -> None:
    detector = Breaking()
    resting = RestingDetector(detector, Clock())
    for _ in range(20):
        detector.broken = True
        with pytest.raises(DetectorError):
            resting.detect(FACE)
        detector.broken = False
        assert resting.detect(FACE) == ()
    assert detector.asked == 40


def test_it_is_the_detector_that_it_wraps() -> None:
    resting = RestingDetector(Breaking())
    assert (resting.info, resting.conditions) == (Breaking.info, Breaking.conditions)
