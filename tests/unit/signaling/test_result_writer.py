"""Whole results where something is new, moves between them where they are wanted; both keep to their schemas."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from media_pipeline.live import LiveResult
from media_pipeline.types import Box, Condition
from signaling.result_writer import MOVES_SCALE, WHOLE_EVERY_S, ResultWriter
from tests.unit.signaling.test_annotations import result
from tests.unit.static.messages import load_schema


def write(writer: ResultWriter, one: LiveResult, seq: int, **options: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"seq": seq, "received": 9, "dropped": 1, "moves": True, **options}
    message: dict[str, Any] = json.loads(writer.write(one, **values))
    jsonschema.validate(message, load_schema(message["type"]))
    return message


def test_between_whole_results_come_the_places_alone() -> None:
    writer, one = ResultWriter(), result()
    whole = write(writer, one, 3)
    moved = replace(
        one,
        rtp_timestamp=77,
        conditions={
            name: replace(value, findings=tuple(replace(each, box=Box(64, 36, 32, 18)) for each in value.findings))
            for name, value in one.conditions.items()
        },
    )
    message = write(writer, moved, 4, steady_ms=12.4)
    assert (whole["type"], message["type"]) == ("annotations", "moves")
    assert (message["of"], message["seq"], message["rtp_timestamp"], message["steady_ms"]) == (3, 4, 77, 12)
    assert message["boxes"] == [1000, 1000, 500, 500] * len(whole["findings"])
    assert [value / MOVES_SCALE for value in message["face"]] == pytest.approx(whole["face"]["box"], abs=1e-4)
    assert len(json.dumps(message)) < len(json.dumps(whole)) / 2


def test_who_did_not_ask_for_moves_gets_everything_every_time() -> None:
    writer = ResultWriter()
    assert [write(writer, result(), seq, moves=False)["type"] for seq in range(3)] == ["annotations"] * 3


def test_a_whole_result_comes_now_and_then_in_case_one_was_lost() -> None:
    writer, one = ResultWriter(), result()
    kinds = [
        write(writer, replace(one, received_at=one.received_at + seq * WHOLE_EVERY_S / 4), seq)["type"]
        for seq in range(9)
    ]
    assert [seq for seq, kind in enumerate(kinds) if kind == "annotations"] == [0, 4, 8]


@pytest.mark.parametrize(
    "change",
    [
        {"inspected_at": 1.0},
        {"width": 320, "height": 180},
        {"degraded": ("frame_rate",)},
        {"frozen_s": 2.1},
        {"regions": ()},
    ],
)
def test_whatever_moves_cannot_say_makes_a_whole_result(change: dict[str, Any]) -> None:
    writer, one = ResultWriter(), result()
    write(writer, one, 0)
    assert write(writer, one, 1)["type"] == "moves"
    assert write(writer, replace(one, **change), 2)["type"] == "annotations"


def test_other_landmarks_and_no_face_make_a_whole_result() -> None:
    writer, one = ResultWriter(), result()
    write(writer, one, 0)
    assert write(writer, one, 1, landmarks="contours")["type"] == "annotations"
    assert write(writer, replace(one, face=None, regions=(), conditions={}), 2, landmarks="contours")["type"] == (
        "annotations"
    )
    gone = replace(one, face=None, regions=(), conditions={})
    assert write(writer, gone, 3, landmarks="contours")["face"] is None


def test_places_far_outside_are_told_as_far_outside() -> None:
    writer, one = ResultWriter(), result()
    write(writer, one, 0)
    acne = one.conditions[Condition.ACNE]
    far = replace(acne.findings[0], box=Box(1e9, -1e9, 1.0, 1.0))
    message = write(
        writer, replace(one, conditions={**one.conditions, Condition.ACNE: replace(acne, findings=(far,))}), 1
    )
    assert message["boxes"][:2] == [3 * MOVES_SCALE, -3 * MOVES_SCALE]
