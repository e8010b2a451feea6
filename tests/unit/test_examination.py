"""Detectors run side by side, fail alone, and say nothing a picture does not carry."""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from media_pipeline import examination
from media_pipeline.errors import DetectorError
from media_pipeline.examination import REQUIREMENTS, examine, examine_with_maps, withheld_reason
from media_pipeline.scores import FORMULAS, receipt_for
from media_pipeline.severity import SCALES
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    DetectorInfo,
    Finding,
    Issue,
    Measure,
    Pose,
    Quality,
    Region,
    RegionName,
    Status,
)

SIDE = 64


def face(
    issues: tuple[Issue, ...] = (), detail: float = 3.0, pose: Pose | None = None, to_frame: object = None
) -> AlignedFace:
    landmarks = np.full((478, 2), SIDE / 2, np.float32)
    matrix = np.array(to_frame or [[2.0, 0, 100], [0, 2.0, 50]])
    return AlignedFace(
        rgb=np.full((SIDE, SIDE, 3), 150, np.uint8),
        landmarks=landmarks,
        regions=(Region(RegionName.NOSE, np.array([[0, 0], [9, 0], [9, 9]], np.float32)),),
        skin=np.ones((SIDE, SIDE), np.bool_),
        to_frame=matrix,
        px_per_mm=2.0,
        source_px_per_mm=detail,
        pose=pose or Pose(0, 0, 0),
        quality=Quality(issues),
    )


def finding(condition: Condition, outline: object = None) -> Finding:
    points = None if outline is None else np.array(outline, np.float32)
    return Finding("1", condition, RegionName.NOSE, Box(10, 20, 4, 6), 0.9, outline=points)


def everything_measured(condition: Condition, share: float = 0.3) -> tuple[Measure, ...]:
    names = {rule.measure: share * rule.reference for rule in FORMULAS[condition].terms}
    for name in SCALES[condition].cuts:
        names.setdefault(name, 2.0)
    return tuple(Measure(name, value, "unit") for name, value in names.items())


class Scripted:
    """A detector that behaves as told."""

    def __init__(self, *detections: Detection, error: Exception | None = None, name: str = "scripted") -> None:
        self.detections = detections
        self.error = error
        self.calls = 0
        self.info = DetectorInfo(name, "1", "test")
        self.conditions: tuple[Condition, ...] = tuple(detection.condition for detection in detections)

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return self.detections


def detection(condition: Condition, findings: Sequence[Finding] = ()) -> Detection:
    return Detection(condition, tuple(findings), everything_measured(condition))


@pytest.mark.parametrize("condition", list(Condition))
def test_every_condition_gets_its_severity_and_a_score_with_its_receipt(condition: Condition) -> None:
    result = examine(face(), [Scripted(detection(condition, [finding(condition)]))])[condition]
    assert result.status is Status.OK and result.reason is None
    assert result.severity is not None and result.score is not None
    assert receipt_for(condition, result.measures).score() == result.score
    assert result.detector == DetectorInfo("scripted", "1", "test")


def test_findings_come_back_in_frame_pixels() -> None:
    outline = [[10, 20], [14, 20], [14, 26]]
    shapes = [finding(Condition.ACNE), finding(Condition.ACNE, outline)]
    found = examine(face(), [Scripted(detection(Condition.ACNE, shapes))])[Condition.ACNE].findings
    assert found[0].box == found[1].box == Box(120, 90, 8, 12)
    assert found[1].outline is not None
    np.testing.assert_allclose(found[1].outline, [[120, 90], [128, 90], [128, 102]])


def test_a_box_does_not_grow_with_the_heads_tilt() -> None:
    turn = np.radians(30)
    matrix = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0]]
    box = examine(face(to_frame=matrix), [Scripted(detection(Condition.ACNE, [finding(Condition.ACNE)]))])[
        Condition.ACNE
    ].findings[0].box  # fmt: skip
    assert (box.width, box.height) == pytest.approx((4, 6))
    lying = examine(face(to_frame=[[0, -1, 99], [1, 0, 0]]), [Scripted(detection(Condition.ACNE, [finding(Condition.ACNE)]))])  # fmt: skip # noqa: E501
    assert lying[Condition.ACNE].findings[0].box == Box(99 - 23 - 3, 12 - 2, 6, 4)


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize(
    ("error", "reason"),
    [(DetectorError("the model is gone"), "the model is gone"), (ZeroDivisionError("secret"), "the detector failed")],
)
def test_one_failing_detector_harms_no_other(
    error: Exception, reason: str, pooled: bool, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Scripted(detection(Condition.ACNE), detection(Condition.ECZEMA), error=error)
    sound = Scripted(detection(Condition.ROSACEA))
    with ThreadPoolExecutor(2) as pool, caplog.at_level(logging.ERROR):
        results = examine(face(), [broken, sound], pool if pooled else None)
    for condition in (Condition.ACNE, Condition.ECZEMA):
        assert results[condition].status is Status.UNAVAILABLE
        assert results[condition].reason == reason
        assert results[condition].severity is None and results[condition].score is None
    assert results[Condition.ROSACEA].status is Status.OK
    assert bool(caplog.records) is isinstance(error, ZeroDivisionError)


def test_in_a_pool_the_detectors_run_at_the_same_time() -> None:
    both_inside = threading.Barrier(2, timeout=30)

    class Meeting(Scripted):
        def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
            both_inside.wait()
            return super().detect(face)

    with ThreadPoolExecutor(2) as pool:
        results = examine(face(), [Meeting(detection(Condition.ACNE)), Meeting(detection(Condition.ROSACEA))], pool)
    assert [result.status for result in results.values()] == [Status.OK, Status.OK]


def test_a_detector_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "DETECTOR_TIMEOUT_S", 0.05)
    release = threading.Event()

    class Stuck(Scripted):
        def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
            release.wait(30)
            return super().detect(face)

    with ThreadPoolExecutor(2) as pool:
        results = examine(face(), [Stuck(detection(Condition.ACNE)), Scripted(detection(Condition.ROSACEA))], pool)
        release.set()
    assert results[Condition.ACNE].status is Status.UNAVAILABLE and "longer" in (results[Condition.ACNE].reason or "")
    assert results[Condition.ROSACEA].status is Status.OK


def test_a_detector_that_leaves_out_a_condition_or_a_measure_is_unavailable_for_it() -> None:
    silent = Scripted(detection(Condition.ACNE))
    silent.conditions = (Condition.ACNE, Condition.ECZEMA)
    unmeasured = Scripted(Detection(Condition.WRINKLES))
    results = examine(face(), [silent, unmeasured])
    assert results[Condition.ACNE].status is Status.OK
    assert results[Condition.ECZEMA].reason == "the detector gave no result"
    assert "wrinkle_density" in (results[Condition.WRINKLES].reason or "")


def test_a_second_detector_answers_where_the_first_could_not() -> None:
    first = Scripted(detection(Condition.ACNE), error=DetectorError("gone"), name="first")
    second = Scripted(detection(Condition.ACNE), name="second")
    assert examine(face(), [first, second])[Condition.ACNE].detector.name == "second"
    assert examine(face(), [second, first])[Condition.ACNE].detector.name == "second"


def test_what_a_detector_withholds_or_degrades_stays_so() -> None:
    withheld = Detection(Condition.ROSACEA, (finding(Condition.ROSACEA),), status=Status.WITHHELD, reason="no colour")
    degraded = replace(detection(Condition.ECZEMA), status=Status.DEGRADED, reason="local stood in")
    results = examine(face(), [Scripted(withheld), Scripted(degraded)])
    assert results[Condition.ROSACEA].status is Status.WITHHELD and results[Condition.ROSACEA].reason == "no colour"
    assert results[Condition.ROSACEA].findings == () and results[Condition.ROSACEA].score is None
    assert results[Condition.ECZEMA].status is Status.DEGRADED and results[Condition.ECZEMA].score is not None


@pytest.mark.parametrize(
    ("issue", "withheld"),
    [
        (Issue.BLURRED, {Condition.ACNE, Condition.WRINKLES, Condition.DARK_SPOTS}),
        (Issue.UNEVEN_LIGHT, {Condition.EYEBAGS, Condition.HYPERPIGMENTATION}),
        (Issue.TOO_DARK, set(Condition)),
        (Issue.TOO_BRIGHT, set(Condition)),
        (Issue.OFF_CENTRE, set()),
    ],
)
def test_each_flaw_withholds_only_what_it_spoils(issue: Issue, withheld: set[Condition]) -> None:
    detector = Scripted(*(detection(condition) for condition in Condition))
    results = examine(face(issues=(issue,)), [detector])
    assert {condition for condition, result in results.items() if result.status is Status.WITHHELD} == withheld
    assert all(results[condition].reason for condition in withheld)


def test_small_faces_and_turned_faces_are_not_judged_on_fine_detail() -> None:
    assert withheld_reason(face(detail=0.75), Condition.WRINKLES) is not None
    assert withheld_reason(face(detail=0.75), Condition.ROSACEA) is None
    assert withheld_reason(face(pose=Pose(28, 0, 0)), Condition.EYEBAGS) is not None
    assert withheld_reason(face(pose=Pose(28, 0, 0)), Condition.ACNE) is None
    assert withheld_reason(face(pose=Pose(0, -30, 0)), Condition.ACNE) is not None
    assert set(REQUIREMENTS) == set(Condition)


def test_a_face_without_bare_skin_is_not_judged() -> None:
    covered = replace(face(), skin=np.zeros((SIDE, SIDE), np.bool_))
    assert withheld_reason(covered, Condition.ACNE) == "too little bare skin is visible"


def test_a_detector_whose_conditions_are_all_withheld_does_not_run() -> None:
    idle = Scripted(detection(Condition.WRINKLES))
    examine(face(issues=(Issue.BLURRED,)), [idle])
    assert idle.calls == 0


def test_maps_are_kept_beside_the_results() -> None:
    response = np.zeros((SIDE, SIDE), np.float32)
    with_map = replace(detection(Condition.ROSACEA), response=response)
    outcome = examine_with_maps(face(), [Scripted(with_map, detection(Condition.ACNE))])
    assert outcome.maps == {Condition.ROSACEA: response}


def test_findings_have_ids_that_are_unique_over_the_whole_face() -> None:
    twice = [finding(Condition.ACNE), finding(Condition.ACNE)]
    results = examine(
        face(), [Scripted(detection(Condition.ACNE, twice)), Scripted(detection(Condition.ROSACEA, twice))]
    )
    ids = [one.id for result in results.values() for one in result.findings]
    assert len(ids) == len(set(ids)) == 4 and ids[0] == "1"
