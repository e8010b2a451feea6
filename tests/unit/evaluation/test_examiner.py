import cv2
import numpy as np

from media_pipeline.errors import PictureError
from media_pipeline.evaluation.camera import PLAIN
from media_pipeline.evaluation.examiner import examine_scene, find_subjects
from media_pipeline.evaluation.scenes import Scene
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.types import (
    Analysis,
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Finding,
    Measure,
    Quality,
    RegionName,
    Score,
    Severity,
    Status,
)

INFO = DetectorInfo("test", "1", "numpy")


def _differences(head: Subject, jpeg: bytes) -> Analysis:
    """Finds, as dark spots, the places where the picture differs from the head: a detector that knows the answer."""
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    change = cv2.GaussianBlur(np.abs(bgr[:, :, ::-1].astype(np.float32) - head.rgb).sum(axis=2), (0, 0), 1.0)
    _, _, stats, _ = cv2.connectedComponentsWithStats((change > 20).astype(np.uint8))
    boxes = [Box(float(x), float(y), float(w), float(h)) for x, y, w, h, area in stats[1:] if area >= 4]
    findings = tuple(Finding(str(n), Condition.DARK_SPOTS, RegionName.CHIN, box, 0.9) for n, box in enumerate(boxes))
    value = max(0.0, 100.0 - 4 * len(findings))
    result = ConditionResult(
        Condition.DARK_SPOTS,
        findings,
        INFO,
        Severity(0, "none", "test"),
        Score(value, value, value, "test"),
        (Measure("spots", len(findings), "count"),),
    )
    withheld = ConditionResult(Condition.ACNE, (), INFO, status=Status.WITHHELD, reason="not today")
    return Analysis(
        head.rgb.shape[1],
        head.rgb.shape[0],
        None,
        Quality(),
        conditions={Condition.DARK_SPOTS: result, Condition.ACNE: withheld},
        stages_ms={"all": 2.5},
    )


def test_a_detector_that_knows_the_answer_is_found_to_be_right(head: Subject) -> None:
    plantings = tuple((Condition.DARK_SPOTS, severity) for severity in (1, 3))
    scene = Scene("package portrait", None, PLAIN, plantings)
    bare, mild, severe = examine_scene(scene, {"package portrait": head}, lambda jpeg: _differences(head, jpeg))
    assert (bare.planted, bare.severity, bare.outcome) == (None, 0, None)
    for reading, count in ((mild, 4), (severe, 22)):
        outcome = reading.outcome
        assert outcome is not None
        assert 0.7 * count <= outcome.planted <= count
        assert outcome.found >= 0.7 * outcome.planted
        assert outcome.right >= 0.8 * outcome.new
        assert reading.milliseconds == 2.5
    mild_score, severe_score = (one.results[Condition.DARK_SPOTS].score for one in (mild, severe))
    assert mild_score is not None
    assert severe_score is not None
    assert mild_score > severe_score


def test_a_withheld_condition_and_a_refused_picture_have_no_outcome(head: Subject) -> None:
    scene = Scene("package portrait", None, PLAIN, ((Condition.ACNE, 1),))
    _, acne = examine_scene(scene, {"package portrait": head}, lambda jpeg: _differences(head, jpeg))
    assert (acne.outcome, acne.refused) == (None, None)
    assert acne.results[Condition.ACNE].reason == "not today"

    def refuse(_: bytes) -> Analysis:
        raise PictureError("no_face", "No face was found.")

    bare, acne = examine_scene(scene, {"package portrait": head}, refuse)
    assert (bare.refused, acne.refused, acne.outcome, acne.results) == ("no_face", "no_face", None, {})


def test_the_package_portrait_is_meshed(head: Subject) -> None:
    assert find_subjects(None).keys() == {"package portrait"}
    assert 1.0 < head.px_per_mm < 2.0
