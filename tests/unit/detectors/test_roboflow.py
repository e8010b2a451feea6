"""The hosted detectors against a real HTTP server that speaks their protocol, well and badly."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.detectors.circuit_breaker import CircuitBreaker, CircuitState
from media_pipeline.detectors.roboflow import MODELS, HostedModel, RoboflowDetector
from media_pipeline.errors import DetectorError
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    DetectorInfo,
    Finding,
    Measure,
    Pose,
    Quality,
    Region,
    RegionName,
    Status,
)
from tests.unit.detectors.hosted_server import Behaviour, Exchange, HostedServer

KEY = "rf_s3cr3t_key_of_the_test"
SIZE = 640
PATIENCE_S = 5.0  # a generous time-out, where the server answers
SHORT_S = 0.4  # where it does not
SLACK_S = 10.0  # what a loaded machine may add

FOREHEAD = (100.0, 40.0, 540.0, 180.0)  # left, top, right, bottom
CHIN = (240.0, 540.0, 400.0, 630.0)


class Local:
    """Finds one thing on the chin; counts how often it was asked."""

    info = DetectorInfo("local", "1", "numpy")
    conditions = (Condition.WRINKLES, Condition.EYEBAGS, Condition.ECZEMA)

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        self.asked += 1
        finding = Finding("local-1", Condition.WRINKLES, RegionName.CHIN, Box(300, 580, 10, 10), 0.5)
        measures = (Measure("wrinkle_density", 0.2, "mm/cm2"),)
        return tuple(Detection(condition, (finding,), measures) for condition in self.conditions)


@pytest.fixture(scope="module")
def face() -> AlignedFace:
    rgb = np.full((SIZE, SIZE, 3), (200, 150, 120), dtype=np.uint8)
    rgb[:, :100] = (250, 20, 20)  # red on the person's right: tells a swapped channel or a flipped picture
    return AlignedFace(
        rgb=rgb,
        landmarks=np.zeros((478, 2), dtype=np.float32),
        regions=(Region(RegionName.FOREHEAD, _rectangle(*FOREHEAD)), Region(RegionName.CHIN, _rectangle(*CHIN))),
        skin=np.ones((SIZE, SIZE), dtype=np.bool_),
        to_frame=np.array([[1.0, 0, 0], [0, 1, 0]]),
        px_per_mm=4.0,
        source_px_per_mm=4.0,
        pose=Pose(0, 0, 0),
        quality=Quality(),
    )


def _rectangle(left: float, top: float, right: float, bottom: float) -> NDArray[np.float32]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float32)


def _entry(**changes: Any) -> dict[str, Any]:
    return {"x": 320, "y": 100, "width": 80, "height": 8, "confidence": 0.7, "class": "Wrinkle", **changes}


def _good(exchange: Exchange) -> None:
    exchange.predict([_entry()])


@pytest.fixture(scope="module", autouse=True)
def _inference_sdk_is_imported() -> None:
    """So that no test's time holds the import."""
    import inference_sdk  # noqa: F401


@pytest.fixture
def server() -> Iterator[HostedServer]:
    with HostedServer(_good) as server:
        yield server


def _detector(url: str, local: Local | None = None, **more: Any) -> RoboflowDetector:
    settings: dict[str, Any] = {"api_url": url, "api_key": KEY, "timeout_s": PATIENCE_S, **more}
    return RoboflowDetector(settings.pop("condition", Condition.WRINKLES), local or Local(), **settings)


def test_a_good_answer_becomes_findings_on_the_aligned_face(server: HostedServer, face: AlignedFace) -> None:
    local = Local()
    detector = _detector(server.url, local)
    (detection,) = detector.detect(face)
    detector.close()
    assert (detection.condition, detection.status, detection.reason) == (Condition.WRINKLES, Status.OK, None)
    (finding,) = detection.findings
    assert (finding.region, finding.kind, finding.confidence) == (RegionName.FOREHEAD, "wrinkle", 0.7)
    assert finding.box == Box(280, 96, 80, 8)
    assert (finding.measures[0].name, finding.measures[0].value, finding.measures[0].unit) == ("length", 20.0, "mm")
    assert {m.name: m.value for m in detection.measures} == {"wrinkle_density": 0.2}, "boxes cannot be measured"
    assert local.asked == 1


def test_the_request_is_a_jpeg_of_the_aligned_face_with_the_key_in_a_header_alone(
    server: HostedServer, face: AlignedFace
) -> None:
    detector = _detector(server.url)
    detector.detect(face)
    detector.close()
    (exchange,) = server.requests
    assert exchange.path.split("?")[0] == "/wrinkle-detection/2"
    assert exchange.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in exchange.path
    assert KEY.encode() not in exchange.body
    assert exchange.query["disable_active_learning"] == ["True"]
    assert float(exchange.query["confidence"][0]) == MODELS[Condition.WRINKLES].min_confidence
    sent = exchange.picture()[:, :, ::-1].astype(int)
    assert sent.shape == face.rgb.shape
    assert np.abs(sent - face.rgb.astype(int)).mean() < 4, "the picture arrives as it is, in the right colours"


def test_outlines_of_a_segmentation_model_are_kept_and_measured(server: HostedServer, face: AlignedFace) -> None:
    points = [{"x": 300, "y": 560}, {"x": 340, "y": 560}, {"x": 340, "y": 600}, {"x": 300, "y": 600}]
    entry = _entry(x=320, y=580, width=40, height=40, points=points, **{"class": "eczema"})
    server.behaviour = lambda exchange: exchange.predict([entry, _entry(**{"class": "healthy"})])
    detector = _detector(server.url, condition=Condition.ECZEMA)
    (detection,) = detector.detect(face)
    detector.close()
    (finding,) = detection.findings
    assert finding.region is RegionName.CHIN
    assert finding.outline is not None
    assert finding.outline.shape == (4, 2)
    assert finding.measures[0].value == pytest.approx(100.0)  # 40 x 40 px at 4 px a millimetre


def test_no_predictions_is_an_answer_and_not_a_failure(server: HostedServer, face: AlignedFace) -> None:
    server.behaviour = lambda exchange: exchange.predict([])
    detector = _detector(server.url)
    (detection,) = detector.detect(face)
    detector.close()
    assert (detection.findings, detection.status) == ((), Status.OK)


def test_connections_are_kept_for_the_next_face(server: HostedServer, face: AlignedFace) -> None:
    detector = _detector(server.url)
    for _ in range(3):
        detector.detect(face)
    detector.close()
    assert len({exchange.client_address for exchange in server.requests}) == 1


def _status(code: int, **headers: str) -> Behaviour:
    return lambda exchange: exchange.answer(code, b'{"message": "no"}', **headers)


def _raw(body: bytes, **headers: str) -> Behaviour:
    return lambda exchange: exchange.answer(200, body, **headers)


def _half_a_body(exchange: Exchange) -> None:
    exchange.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"predic')
    exchange.cut()


def _half_a_chunked_body(exchange: Exchange) -> None:
    exchange.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{"predic')
    exchange.cut()


def _endless_body(exchange: Exchange) -> None:
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    exchange.close_connection = True
    while not exchange.server.closing.is_set():
        exchange.wfile.write(b" " * 65536)


def _compressed(exchange: Exchange) -> None:
    exchange.answer(200, b"\x1f\x8b\x08", Content_Encoding="gzip")


BAD = {
    "400": (_status(400), "HTTP 400"),
    "401": (_status(401), "refused the key"),
    "402": (_status(402), "out of credit"),
    "403": (_status(403), "refused the key"),
    "404": (_status(404), "HTTP 404"),
    "429": (_status(429), "too many requests"),
    "500": (_status(500), "HTTP 500"),
    "503": (_status(503), "HTTP 503"),
    "redirect": (_status(307, Location="http://192.0.2.1/steal"), "HTTP 307"),
    "broken json": (_raw(b'{"predictions": [{"x": 1'), "could not be read"),
    "html": (_raw(b"<html>gateway</html>"), "could not be read"),
    "a list": (_raw(b"[]"), "could not be read"),
    "not text": (_raw(b"\xff\xfe\x00\x01"), "could not be read"),
    "a picture": (_raw(b"\xff\xd8\xff", Content_Type="image/jpeg"), "no list of predictions"),
    "nested deeply": (_raw(b"[" * 200_000), "could not be read"),
    "nan": (_raw(json.dumps({"predictions": [_entry(x=float("nan"))]}).encode()), "out of range"),
    "wrong types": (_raw(json.dumps({"predictions": [_entry(x="1")]}).encode()), "not a number"),
    "huge list": (_raw(json.dumps({"predictions": [_entry()] * 5000}).encode()), "more than 500"),
    "other protocol": (_raw(b'{"outputs": []}'), "no list of predictions"),
    "empty body": (_raw(b""), "could not be read"),
    "half a body": (_half_a_body, "broke off"),
    "half a chunked body": (_half_a_chunked_body, "broke off"),
    "closes at once": (lambda exchange: exchange.cut(), "could not be reached"),
    "endless": (_endless_body, "larger than"),
    "compressed": (_compressed, "compressed"),
}


@pytest.mark.parametrize("case", BAD)
def test_the_local_detector_stands_in_marked_degraded(
    case: str, server: HostedServer, face: AlignedFace, caplog: pytest.LogCaptureFixture
) -> None:
    server.behaviour, reason = BAD[case]
    local = Local()
    detector = _detector(server.url, local)
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        (detection,) = detector.detect(face)
    detector.close()
    assert time.monotonic() - began < PATIENCE_S + SLACK_S
    assert detection.status is Status.DEGRADED
    assert detection.reason is not None
    assert reason in detection.reason, detection.reason
    assert [finding.id for finding in detection.findings] == ["local-1"]
    assert local.asked == 1
    assert len(server.requests) == 1, "asked once: the client's own repeats are off"
    assert KEY not in caplog.text
    assert KEY not in detection.reason


def _says_nothing(exchange: Exchange) -> None:
    exchange.hang()


def _trickles(prelude: bytes) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.wfile.write(prelude)
        while not exchange.server.closing.wait(0.02):
            exchange.wfile.write(b"x")
            exchange.wfile.flush()

    return behave


@pytest.mark.parametrize(
    "behaviour",
    [
        _says_nothing,
        _trickles(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        _trickles(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
    ],
    ids=["says nothing", "header trickles in", "body trickles in"],
)
def test_a_slow_server_costs_the_time_out_and_no_more(
    behaviour: Behaviour, server: HostedServer, face: AlignedFace
) -> None:
    server.behaviour = behaviour
    detector = _detector(server.url, timeout_s=SHORT_S)
    began = time.monotonic()
    (detection,) = detector.detect(face)
    took = time.monotonic() - began
    detector.close()
    assert SHORT_S * 0.9 <= took < SHORT_S + SLACK_S
    assert detection.status is Status.DEGRADED
    assert detection.reason is not None
    assert "did not answer in time" in detection.reason


def test_a_refused_connection_is_no_more_than_a_degraded_result(face: AlignedFace) -> None:
    with HostedServer(_good) as server:
        url = server.url
    detector = _detector(url)
    (detection,) = detector.detect(face)
    detector.close()
    assert detection.status is Status.DEGRADED
    assert detection.reason is not None
    assert "could not be reached" in detection.reason


def test_after_three_failures_the_service_is_left_alone_and_later_probed(
    server: HostedServer, face: AlignedFace
) -> None:
    now = [0.0]
    breaker = CircuitBreaker(3, 30.0, lambda: now[0])
    server.behaviour = _status(500)
    detector = _detector(server.url, breaker=breaker)
    for _ in range(5):
        (detection,) = detector.detect(face)
        assert detection.status is Status.DEGRADED
    assert len(server.requests) == 3
    assert detection.reason is not None
    assert "left alone" in detection.reason
    now[0] = 30.0
    detector.detect(face)
    assert len(server.requests) == 4, "one probe"
    assert detector.breaker.state() is CircuitState.OPEN
    now[0] = 60.0
    server.behaviour = _good
    (detection,) = detector.detect(face)
    detector.close()
    assert detection.status is Status.OK
    assert detector.breaker.state() is CircuitState.CLOSED


def test_a_retry_after_is_heeded(server: HostedServer, face: AlignedFace) -> None:
    now = [0.0]
    server.behaviour = _status(429, Retry_After="120")
    detector = _detector(server.url, breaker=CircuitBreaker(3, 30.0, lambda: now[0]))
    detector.detect(face)
    now[0] = 119.0
    detector.detect(face)
    detector.close()
    assert len(server.requests) == 1


def test_more_faces_at_once_than_slots_are_looked_at_locally(server: HostedServer, face: AlignedFace) -> None:
    go = threading.Event()
    arrived = threading.Semaphore(0)

    def wait(exchange: Exchange) -> None:
        arrived.release()
        go.wait(timeout=30)
        exchange.predict([])

    server.behaviour = wait
    detector = _detector(server.url, timeout_s=30)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(detector.detect, face) for _ in range(4)]
        for _ in range(4):
            assert arrived.acquire(timeout=30)
        (fifth,) = detector.detect(face)
        go.set()
        answers = [future.result(timeout=30)[0] for future in asked]
    detector.close()
    assert fifth.status is Status.DEGRADED
    assert fifth.reason is not None
    assert "still waiting" in fifth.reason
    assert [answer.status for answer in answers] == [Status.OK] * 4
    assert detector.breaker.state() is CircuitState.CLOSED, "being busy is no failure of the service"


def test_the_three_conditions_are_asked_side_by_side(server: HostedServer, face: AlignedFace) -> None:
    together = threading.Barrier(3)

    def meet(exchange: Exchange) -> None:
        together.wait(timeout=30)
        exchange.predict([])

    server.behaviour = meet
    detectors = [_detector(server.url, condition=condition, timeout_s=30) for condition in MODELS]
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda detector: detector.detect(face)[0], detectors))
    for detector in detectors:
        detector.close()
    assert [result.condition for result in results] == list(MODELS)
    assert {result.status for result in results} == {Status.OK}
    assert {exchange.path.split("?")[0] for exchange in server.requests} == {
        "/wrinkle-detection/2",
        "/dark-circle-wj25f/1",
        "/eczemadetection/1",
    }


def test_another_model_and_cut_off_can_be_given(server: HostedServer, face: AlignedFace) -> None:
    detector = _detector(server.url, hosted=HostedModel("my-lines/7", 0.9))
    (detection,) = detector.detect(face)
    detector.close()
    assert server.requests[0].path.startswith("/my-lines/7?")
    assert detection.findings == ()
    assert detector.info == DetectorInfo("roboflow", "my-lines/7", "inference-sdk")


def test_a_failing_local_detector_is_the_callers_to_hear_of(face: AlignedFace) -> None:
    class Broken(Local):
        def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
            raise DetectorError("no luck here either")

    with HostedServer(_good) as server:
        url = server.url
    with pytest.raises(DetectorError, match="no luck"):
        _detector(url, Broken()).detect(face)


def test_a_picture_that_carries_no_result_is_not_sent(server: HostedServer, face: AlignedFace) -> None:
    class Withholding(Local):
        def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
            return (Detection(Condition.WRINKLES, status=Status.WITHHELD, reason="too dark"),)

    (detection,) = _detector(server.url, Withholding()).detect(face)
    assert (detection.status, detection.reason) == (Status.WITHHELD, "too dark")
    assert server.requests == []


def test_the_key_is_in_no_text_of_the_detector() -> None:
    detector = _detector("http://127.0.0.1:9")
    assert KEY not in f"{detector!r} {detector} {detector.info!r}"


def test_a_detector_that_cannot_work_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="does not cover"):
        RoboflowDetector(Condition.ACNE, Local(), api_url="http://127.0.0.1:9", api_key=KEY)
    with pytest.raises(ValueError, match="key"):
        RoboflowDetector(Condition.WRINKLES, Local(), api_url="http://127.0.0.1:9", api_key="")


def test_importing_the_detector_does_not_import_the_client_library() -> None:
    code = (
        "import sys, media_pipeline.detectors.roboflow; "
        "sys.exit('inference_sdk' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=50, check=False).returncode == 0
