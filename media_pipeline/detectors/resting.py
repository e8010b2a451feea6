"""A detector that has broken several times in a row rests, ever longer, so that it costs live video nothing.

What one face breaks does not rest it: with the first face that goes well the count begins anew. Its conditions are
`unavailable` meanwhile, the other detectors go on, and the log says it once for each rest, not at every inspection.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from media_pipeline.errors import DetectorError
from media_pipeline.types import AlignedFace, Condition, Detection, Detector, DetectorInfo

__all__ = ["RestingDetector"]

logger = logging.getLogger(__name__)

PATIENCE: Final = 3  # failures in a row before the first rest
FIRST_REST_S: Final = 1.0
LONGEST_REST_S: Final = 60.0


class RestingDetector:
    """The detector with rests. For one thread at a time. clock: seconds, monotonic."""

    def __init__(self, detector: Detector, clock: Callable[[], float] = time.monotonic) -> None:
        self._detector = detector
        self._clock = clock
        self._failures = 0
        self._rests_until = float("-inf")

    @property
    def info(self) -> DetectorInfo:
        return self._detector.info

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return self._detector.conditions

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        """As the detector's. Raises DetectorError while it rests, and in place of whatever it breaks on."""
        if self._clock() < self._rests_until:
            raise DetectorError("the detector has failed and is tried again later")
        try:
            detections = self._detector.detect(face)
        except DetectorError:
            raise
        except Exception as error:
            self._failures += 1
            beyond = self._failures - PATIENCE
            if beyond >= 0:
                rest_s = min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** min(beyond, 10))
                self._rests_until = self._clock() + rest_s
                logger.exception(
                    "detector %s failed, %d times in a row: it rests for %.0f s", self.info.name, self._failures, rest_s
                )
            elif self._failures == 1:
                logger.exception("detector %s failed", self.info.name)
            raise DetectorError("the detector failed") from error
        self._failures = 0
        return detections
