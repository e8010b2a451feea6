"""The annotations message: pixels become fractions, and whatever it holds keeps to the schema."""

import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from media_pipeline.guidance import Instruction, InstructionCode
from media_pipeline.live import LiveResult
from media_pipeline.regions import regions_of
from media_pipeline.types import (
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Face,
    Finding,
    Issue,
    Measure,
    Pose,
    Quality,
    RegionName,
    Score,
    Severity,
    SkinTone,
    Status,
)
from signaling.annotations import Landmarks, to_message

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "static" / "schema" / "annotations.schema.json").read_text())
DETECTOR = DetectorInfo("local", "1", "opencv")


def face(centre: tuple[float, float] = (320.0, 180.0)) -> Face:
    angle = np.linspace(0, 2 * np.pi, 478, endpoint=False)
    x, y = centre[0] + 80 * np.cos(angle), centre[1] + 100 * np.sin(angle)
    landmarks = np.stack([x, y, np.zeros(478)], axis=1).astype(np.float32)
    return Face(Box(centre[0] - 80, centre[1] - 100, 160, 200), landmarks, Pose(1.234, -2.0, 3.0), 0.98765)


def result(**changes: Any) -> LiveResult:
    one = face()
    finding = Finding(
        "acne-1",
        Condition.ACNE,
        RegionName.CHIN,
        Box(160, 90, 32, 18),
        0.5,
        (Measure("diameter", 2.5, "mm"),),
        np.array([[160, 90], [192, 90], [176, 108]], np.float32),
        "papule",
        time.monotonic() - 0.3,
    )
    acne = ConditionResult(
        Condition.ACNE,
        (finding,),
        DETECTOR,
        Severity(1, "mild", "Hayashi"),
        Score(80.0, 70.0, 90.0, "acne/1"),
        judged_at=time.monotonic() - 0.2,
    )
    withheld = ConditionResult(Condition.ROSACEA, (), DETECTOR, status=Status.WITHHELD, reason="abnormal light")
    values: dict[str, Any] = {
        "frame_id": 7,
        "rtp_timestamp": 4_000_000_000,
        "received_at": time.monotonic() - 0.01,
        "width": 640,
        "height": 360,
        "face": one,
        "quality": Quality(measures={"yaw": 1.23456}),
        "instruction": Instruction(InstructionCode.HOLD_STILL, time.monotonic() - 1),
        "regions": regions_of(one),
        "skin_tones": {
            RegionName.CHIN: SkinTone(None, None, "abnormal light"),
            RegionName.NOSE: SkinTone(35.0, "intermediate"),
        },
        "conditions": {Condition.ACNE: acne, Condition.ROSACEA: withheld},
        "inspected_at": time.monotonic() - 0.3,
        "stages_ms": {"mesh": 2.345},
        "analysed": 5,
    }
    return LiveResult(**(values | changes))


def message(one: LiveResult, landmarks: Landmarks = "none") -> dict[str, Any]:
    value: dict[str, Any] = json.loads(to_message(one, seq=3, received=9, dropped=4, landmarks=landmarks))
    jsonschema.validate(value, SCHEMA)
    return value


@pytest.mark.parametrize("landmarks", ["none", "contours", "full"])
def test_a_full_result_keeps_to_the_schema(landmarks: Landmarks) -> None:
    value = message(result(), landmarks)
    assert value["rtp_timestamp"] == 4_000_000_000
    assert (value["received"], value["analysed"], value["dropped"]) == (9, 5, 4)
    assert ("contours" in value["face"]) == (landmarks != "none")
    assert ("landmarks" in value["face"]) == (landmarks == "full")


def test_pixels_become_fractions_of_the_frame() -> None:
    value = message(result())
    assert value["face"]["box"] == [0.375, 0.2222, 0.25, 0.5556]
    assert value["findings"][0]["box"] == [0.25, 0.25, 0.05, 0.05]
    assert 0.29 < value["findings"][0]["age_ms"] / 1e3 < 5


def test_outlines_come_only_to_those_who_draw_the_mesh() -> None:
    assert "outline" not in message(result())["findings"][0]
    assert message(result(), "contours")["findings"][0]["outline"] == [[0.25, 0.25], [0.3, 0.25], [0.275, 0.3]]


def test_conditions_say_how_many_how_severe_and_how_sure() -> None:
    conditions = message(result())["conditions"]
    assert 0.19 < conditions["acne"].pop("age_ms") / 1e3 < 5
    assert conditions["acne"] == {
        "count": 1,
        "severity": {"grade": 1, "label": "mild"},
        "score": {"value": 80.0, "low": 70.0, "high": 90.0},
        "status": "ok",
    }
    assert conditions["rosacea"] == {
        "count": 0,
        "severity": None,
        "score": None,
        "status": "withheld",
        "reason": "abnormal light",
    }


def test_the_instruction_says_since_when_it_stands() -> None:
    guidance = message(result())["guidance"]
    assert guidance["code"] == "hold_still"
    assert 0.99 < guidance["since_ms"] / 1e3 < 6


def test_without_a_face_there_is_nothing_but_the_reason() -> None:
    nobody = result(
        face=None, regions=(), skin_tones={}, conditions={}, inspected_at=None, quality=Quality((Issue.NO_FACE,))
    )
    value = message(nobody)
    assert value["face"] is None
    assert value["quality"]["issues"] == ["no_face"]
    assert "regions" not in value
    assert value["findings"] == []


def test_a_face_far_outside_the_picture_is_told_as_far_as_the_schema_goes() -> None:
    away = face((-3000.0, 5000.0))
    message(result(face=away, regions=regions_of(away)), "full")


def test_a_message_for_a_client_without_overlay_fits_one_datagram() -> None:
    """SCTP splits at 1200 bytes, and each part costs the server as much as a small message."""
    quiet = result(conditions={}, skin_tones={})
    assert len(to_message(quiet, seq=1, received=1, dropped=0)) < 1200


def test_a_picture_that_stands_still_is_told_after_two_seconds() -> None:
    assert "frozen_ms" not in message(result(frozen_s=1.9))
    assert message(result(frozen_s=2.4))["frozen_ms"] == 2400
