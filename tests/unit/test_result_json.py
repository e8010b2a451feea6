"""A result as JSON says all that a reader needs, and its receipts recompute its scores."""

import json

import numpy as np

from media_pipeline.result_json import result_to_json
from media_pipeline.scores import Receipt, receipt_for
from media_pipeline.still import StillResult
from media_pipeline.types import (
    AlignedFace,
    Analysis,
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Face,
    Finding,
    Measure,
    Pose,
    Quality,
    Region,
    RegionName,
    Severity,
    SkinTone,
    Status,
)


def result() -> StillResult:
    size = 100
    measures = (Measure("central_delta_a", 3.123456, "da*"),)
    outline = np.array([[110, 60], [130, 60], [130, 90]], np.float32)
    found = Finding("r1", Condition.ROSACEA, RegionName.NOSE, Box(110, 60, 20, 30), 0.75, measures, outline, "patch")
    detector = DetectorInfo("local", "1", "numpy")
    judged = ConditionResult(
        Condition.ROSACEA,
        (found,),
        detector,
        Severity(1, "almost clear", "a scale"),
        receipt_for(Condition.ROSACEA, measures).score(),
        measures,
    )
    withheld = ConditionResult(Condition.ACNE, (), detector, status=Status.WITHHELD, reason="blurred")
    region = Region(RegionName.NOSE, np.array([[0, 0], [9, 0], [9, 9]], np.float32))
    aligned = AlignedFace(
        rgb=np.zeros((size, size, 3), np.uint8),
        landmarks=np.zeros((478, 2), np.float32),
        regions=(region,),
        skin=np.ones((size, size), np.bool_),
        to_frame=np.array([[2.0, 0, 100], [0, 2.0, 50]]),
        px_per_mm=2.0,
        source_px_per_mm=4.0,
        pose=Pose(1, 2, 3),
        quality=Quality(measures={"light": 0.71234}),
    )
    face = Face(Box(90, 40, 200, 250), np.zeros((478, 3), np.float32), Pose(1, 2, 3), 0.99)
    analysis = Analysis(
        400,
        300,
        face,
        aligned.quality,
        (region,),
        {RegionName.NOSE: SkinTone(None, None, "abnormal light")},
        {Condition.ROSACEA: judged, Condition.ACNE: withheld},
        {"decode": 1.23456},
    )
    return StillResult(analysis, np.zeros((300, 400, 3), np.uint8), aligned, {})


def test_it_survives_json_and_its_receipt_gives_the_score_again() -> None:
    values = json.loads(json.dumps(result_to_json(result())))
    rosacea = values["conditions"]["rosacea"]
    score = Receipt.from_dict(rosacea["receipt"]).score()
    assert rosacea["score"] == {"value": score.value, "low": score.low, "high": score.high, "formula": score.formula}
    assert rosacea["detector"] == {"name": "local", "version": "1", "backend": "numpy"}
    assert rosacea["severity"]["label"] == "almost clear"


def test_a_finding_is_given_in_the_picture_and_on_the_face() -> None:
    (finding,) = result_to_json(result())["conditions"]["rosacea"]["findings"]
    assert finding["box"] == {"x": 110, "y": 60, "width": 20, "height": 30}
    assert finding["on_face"]["box"] == {"x": 5, "y": 5, "width": 10, "height": 15}
    assert finding["on_face"]["outline"] == [[5, 5], [15, 5], [15, 20]]
    assert (finding["region"], finding["kind"]) == ("nose", "patch")


def test_what_is_withheld_says_why_and_has_no_numbers() -> None:
    acne = result_to_json(result())["conditions"]["acne"]
    assert (acne["status"], acne["reason"]) == ("withheld", "blurred")
    assert acne["score"] is acne["severity"] is acne["receipt"] is None


def test_the_mesh_is_not_given_away() -> None:
    assert "landmarks" not in json.dumps(result_to_json(result()))
