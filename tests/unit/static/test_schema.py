"""The message schemas: sound themselves, in step with the pipeline's names, strict where it matters."""

import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from media_pipeline.guidance import InstructionCode
from media_pipeline.types import Condition, Issue, RegionName, Status
from tests.unit.static.messages import MESSAGES, SCHEMA_FOLDER, load_schema


def test_every_message_type_has_its_schema_and_no_other_file_is_there() -> None:
    assert {path.name for path in SCHEMA_FOLDER.iterdir()} == {f"{name}.schema.json" for name in MESSAGES}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_schema_is_sound_and_accepts_its_message_and_fields_of_a_newer_version(name: str) -> None:
    schema = load_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["type"] == {"const": name}
    Draft202012Validator(schema).validate(MESSAGES[name])
    Draft202012Validator(schema).validate(MESSAGES[name] | {"from_a_newer_version": 1})


@pytest.mark.parametrize("name", MESSAGES)
def test_every_required_field_is_missed(name: str) -> None:
    schema = load_schema(name)
    for field in schema["required"]:
        short = {key: value for key, value in MESSAGES[name].items() if key != field}
        assert not Draft202012Validator(schema).is_valid(short), field


@pytest.mark.parametrize("name", MESSAGES)
def test_another_version_or_type_is_refused(name: str) -> None:
    validator = Draft202012Validator(load_schema(name))
    assert not validator.is_valid(MESSAGES[name] | {"v": 2})
    assert not validator.is_valid(MESSAGES[name] | {"type": "other"})


def test_the_names_are_those_of_the_pipeline() -> None:
    definitions = load_schema("annotations")["$defs"]
    assert definitions["condition"]["enum"] == list(Condition)
    assert definitions["region_name"]["enum"] == list(RegionName)
    assert definitions["issue"]["enum"] == list(Issue)
    assert load_schema("annotations")["properties"]["guidance"]["properties"]["code"]["enum"] == list(InstructionCode)
    assert definitions["condition_result"]["properties"]["status"]["enum"] == list(Status)


def test_shared_definitions_are_the_same_in_every_schema() -> None:
    seen: dict[str, Any] = {}
    for name in MESSAGES:
        for key, definition in load_schema(name).get("$defs", {}).items():
            assert seen.setdefault(key, definition) == definition, f"{key} differs in {name}"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["seq"], -1),
        (["seq"], 1.5),
        (["rtp_timestamp"], 2**32),
        (["rtp_timestamp"], None),
        (["frame", "width"], 0),
        (["age_ms"], -0.1),
        (["stages_ms", "mesh"], -1),
        (["face", "box"], [0.1, 0.1, 0.2]),
        (["face", "box"], [320, 100, 200, 300]),
        (["face", "confidence"], 1.01),
        (["face", "pose", "yaw"], 181),
        (["face", "landmarks"], [[0.1, 0.1, 0.0]] * 468),
        (["face", "contours", "face_oval"], [[0.1, 0.1]]),
        (["face", "contours", "face_oval"], [[0.1, 0.1, 0.1], [0.2, 0.2, 0.2]]),
        (["regions", 0, "name"], "elbow"),
        (["regions", 0, "polygon"], [[0.1, 0.1], [0.2, 0.2]]),
        (["regions", 0, "tone", "class"], "pale"),
        (["quality", "issues"], ["no_such_issue"]),
        (["quality", "issues"], []),
        (["quality", "ok"], True),
        (["guidance", "code"], "too_far"),
        (["conditions", "sunburn"], {"count": 0, "severity": None, "score": None, "status": "ok"}),
        (["conditions", "wrinkles", "reason"], ""),
        (["conditions", "acne", "status"], "degraded"),
        (["conditions", "acne", "count"], -1),
        (["conditions", "acne", "score", "value"], 100.1),
        (["findings", 0, "outline"], [[0.1, 0.1]]),
        (["findings", 0, "age_ms"], -1),
        (["degraded"], ["Not A Code"]),
    ],
)
def test_annotations_refuse_what_no_frame_can_say(path: list[str | int], value: object) -> None:
    message = copy.deepcopy(MESSAGES["annotations"])
    place: Any = message
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not Draft202012Validator(load_schema("annotations")).is_valid(message)


def test_a_frame_without_a_face_is_described() -> None:
    message = copy.deepcopy(MESSAGES["annotations"])
    message |= {"face": None, "conditions": {}, "findings": [], "degraded": []}
    message["quality"] = {"ok": False, "issues": ["no_face"], "measures": {}}
    del message["regions"]
    Draft202012Validator(load_schema("annotations")).validate(message)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("configure", {"max_fps": 0}),
        ("configure", {"max_fps": 1000}),
        ("configure", {"landmarks": "all"}),
        ("configure", {"conditions": ["acne", "acne"]}),
        ("configure", {"conditions": ["sunburn"]}),
        ("configure", {"auto_capture": "yes"}),
        ("configure", {"stills": 1}),
        ("capture", {"capture_id": "a b"}),
        ("capture", {"still": "yes"}),
        ("still_begin", {"bytes": 0}),
        ("still_begin", {"content_type": "text/html"}),
        ("still_begin", {"sha256": "abc"}),
        ("still_end", {"capture_id": ""}),
        ("capture_state", {"state": "dancing"}),
        ("report", {"source": "guess"}),
        ("report", {"receipts": {"acne": {}}}),
        ("report", {"pictures": {}}),
        ("ping", {"t": "now"}),
        ("hello", {"session_id": ""}),
        ("hello", {"limits": {}}),
        ("hello", {"resume": {"token": ""}}),
        ("resume", {"token": ""}),
        ("resume", {"expires_in_ms": 0}),
        ("budget", {"fps": 0}),
        ("error", {"code": "Not a code"}),
        ("error", {"message": ""}),
        ("bye", {"retry_after_ms": -1}),
    ],
)
def test_control_messages_refuse_what_cannot_be(name: str, change: dict[str, object]) -> None:
    assert not Draft202012Validator(load_schema(name)).is_valid(MESSAGES[name] | change)
