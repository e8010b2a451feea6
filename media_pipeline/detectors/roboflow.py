"""Asks a model on Roboflow's hosted service, or on an inference server of one's own, and falls back to the local one.

The aligned face goes out as a JPEG through inference-sdk, with the key in a header (needs an inference server of 1.5.0
or later; an address with the key in it would end up in logs). A detector holds a circuit breaker, a time-out for the
whole exchange and a cap on requests in flight. Whatever goes wrong, the local detector's findings stand in, marked
degraded with the reason.

The local detector runs in any case, first: boxes hold no colour and no depth, so what severity and score rest on is its
measures, and a person's scores stay comparable whether or not the service answered. Where it withholds its result
because the picture does not carry one, no picture is sent.

inference-sdk takes about a second to import (it brings scipy, matplotlib and supervision along), so it is imported by
the first request and not at start-up.
"""

import logging
import threading
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2

from media_pipeline.detectors.circuit_breaker import CircuitBreaker
from media_pipeline.detectors.hosted_answer import HostedModelError, Prediction, read_predictions
from media_pipeline.errors import DetectorError
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    Detector,
    DetectorInfo,
    Finding,
    Image,
    Measure,
    Points,
    RegionName,
    Status,
)

if TYPE_CHECKING:
    from media_pipeline.detectors.bounded_http import BoundedSession

__all__ = ["MODELS", "HostedModel", "RoboflowDetector"]

logger = logging.getLogger(__name__)

FAILURES_TO_OPEN = 3
PAUSE_S = 30.0
MOST_IN_FLIGHT = 4  # requests of one detector; more than this many faces at once are looked at locally


@dataclass(frozen=True, slots=True)
class HostedModel:
    """What is asked for by default. classes: lower-case names that count, None for all; min_confidence: 0-1."""

    model_id: str
    min_confidence: float
    classes: frozenset[str] | None = None


# The cut-offs are proposals: nothing about these models' precision is published. The eczema model knows other classes.
MODELS = {
    Condition.WRINKLES: HostedModel("wrinkle-detection/2", 0.10),
    Condition.EYEBAGS: HostedModel("dark-circle-wj25f/1", 0.10),
    Condition.ECZEMA: HostedModel("eczemadetection/1", 0.20, frozenset({"eczema"})),
}


class RoboflowDetector:
    """One condition by a hosted model, by the local detector where that fails.

    local: the detector that measures and stands in; it must cover `condition`. api_url: http(s) address, hosted or
    self-hosted. timeout_s: seconds that one request may take, connecting and reading the whole answer included; the
    first request also pays for the import. hosted: model, cut-off and classes, None for MODELS[condition]. May be
    called from several threads at once; `close()` gives the kept connections back.
    """

    def __init__(
        self,
        condition: Condition,
        local: Detector,
        *,
        api_url: str,
        api_key: str,
        timeout_s: float = 5.0,
        hosted: HostedModel | None = None,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        if condition not in local.conditions:
            raise ValueError(f"the local detector does not cover {condition}")
        if not api_key or timeout_s <= 0:
            raise ValueError("a key and a positive time-out are needed")
        self._condition = condition
        self._local = local
        self._api_url = api_url.rstrip("/")
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._hosted = hosted or MODELS[condition]
        self._breaker = breaker or CircuitBreaker(FAILURES_TO_OPEN, PAUSE_S)
        self._slots = threading.BoundedSemaphore(MOST_IN_FLIGHT)
        self._idle: deque[BoundedSession] = deque()
        self._client: Any = None
        self._importing = threading.Lock()

    def __repr__(self) -> str:
        return f"RoboflowDetector({self._condition!s}, {self._hosted.model_id!r})"

    @property
    def info(self) -> DetectorInfo:
        return DetectorInfo("roboflow", self._hosted.model_id, "inference-sdk")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (self._condition,)

    @property
    def local(self) -> Detector:
        """The detector that stands in."""
        return self._local

    @property
    def breaker(self) -> CircuitBreaker:
        """Whether the hosted model is being asked, for health pages."""
        return self._breaker

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        """The hosted model's findings with the local detector's measures. Takes the time-out and the local detector's
        time at most. Raises DetectorError only where the local detector does."""
        measured = self._measure(face)
        if measured.status is not Status.OK:
            return (measured,)
        try:
            predictions = self._ask(face)
        except HostedModelError as error:
            reason = f"{error}; the local detector stood in"
            return (replace(measured, status=Status.DEGRADED, reason=reason),)
        findings = tuple(_finding(self._condition, n, p, face) for n, p in enumerate(predictions, 1))
        return (replace(measured, findings=findings),)

    def close(self) -> None:
        """Close the connections that are kept for the next request."""
        while self._idle:
            self._idle.pop().close()

    def _measure(self, face: AlignedFace) -> Detection:
        for detection in self._local.detect(face):
            if detection.condition is self._condition:
                return detection
        raise DetectorError(f"the local detector {self._local.info.name} left out {self._condition}")

    def _ask(self, face: AlignedFace) -> tuple[Prediction, ...]:
        permit = self._breaker.permit()
        if permit is None:
            raise HostedModelError("the hosted model is left alone after repeated failures")
        if not self._slots.acquire(blocking=False):
            self._breaker.abandoned(permit)
            raise HostedModelError("too many requests to the hosted model are still waiting")
        try:
            answer = self._exchange(face.rgb)
            predictions = read_predictions(
                answer, face.size, min_confidence=self._hosted.min_confidence, classes=self._hosted.classes
            )
        except HostedModelError as error:
            self._breaker.failed(permit, error.retry_after_s)
            logger.warning("hosted %s model: %s; the local detector stands in", self._condition, error)
            raise
        self._breaker.succeeded(permit)
        return predictions

    def _exchange(self, rgb: Image) -> object:
        """The parsed answer. The request runs in a thread of its own, because nothing can interrupt a name look-up or a
        header that trickles in; one that outlives the deadline keeps its slot until it ends."""
        outcome: Future[object] = Future()
        try:
            client, session = self._make_client(), self._take_session()
            name = f"roboflow-{self._condition}"
            args = (client, session, rgb, outcome)
            threading.Thread(target=self._send, args=args, name=name, daemon=True).start()
        except BaseException:
            self._slots.release()
            raise
        try:
            return outcome.result(self._timeout_s)
        except FutureTimeoutError:
            raise HostedModelError("the hosted model did not answer in time") from None

    def _send(self, client: Any, session: "BoundedSession", rgb: Image, outcome: "Future[object]") -> None:
        from inference_sdk.http.utils import executors

        try:
            session.start(self._timeout_s)
            executors._REQUESTS_SESSION_LOCAL.session = session
            answer = client.infer(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), model_id=self._hosted.model_id)
        except HostedModelError as error:
            session.close()
            outcome.set_exception(error)
        except Exception as error:  # an untyped library that parses whatever the server sent: anything can come out
            session.close()
            reason = f"the hosted model's answer could not be read ({type(error).__name__})"
            outcome.set_exception(HostedModelError(reason))
        else:
            self._idle.append(session)
            outcome.set_result(answer)
        finally:
            self._slots.release()

    def _take_session(self) -> "BoundedSession":
        from media_pipeline.detectors.bounded_http import BoundedSession

        try:
            return self._idle.pop()
        except IndexError:
            return BoundedSession()

    def _make_client(self) -> Any:
        with self._importing:
            if self._client is None:
                from inference_sdk import InferenceConfiguration, InferenceHTTPClient

                configuration = InferenceConfiguration(
                    confidence_threshold=self._hosted.min_confidence,
                    max_detections=300,
                    api_key_transport="header",
                    disable_active_learning=True,  # else the service keeps pictures for training
                    max_concurrent_requests=1,
                )
                client = InferenceHTTPClient(api_url=self._api_url, api_key=self._api_key)
                # Servers of one's own answer the hosted paths too; the newer ones would ask for the model's description
                # first, by a way that has no time-out.
                self._client = client.configure(configuration).select_api_v0()
            return self._client


def _finding(condition: Condition, number: int, prediction: Prediction, face: AlignedFace) -> Finding:
    box, scale = prediction.box, face.px_per_mm
    if condition is Condition.WRINKLES:
        measure = Measure("length", max(box.width, box.height) / scale, "mm")
    else:
        measure = Measure("area", _area(prediction) / scale**2, "mm2")
    return Finding(
        id=f"{condition}-{number}",
        condition=condition,
        region=_region_at(face, box),
        box=box,
        confidence=prediction.confidence,
        measures=(measure,),
        outline=prediction.outline,
        kind=prediction.label.strip().lower() or None,
    )


def _area(prediction: Prediction) -> float:
    """px^2 of the outline, or of the box where there is none."""
    if prediction.outline is None:
        return prediction.box.width * prediction.box.height
    return float(cv2.contourArea(prediction.outline))


def _region_at(face: AlignedFace, box: Box) -> RegionName:
    """The region that the box's centre lies in, else the nearest one."""

    def depth(polygon: Points) -> float:
        return cv2.pointPolygonTest(polygon, box.centre, measureDist=True)

    return max(face.regions, key=lambda region: depth(region.polygon)).name
