"""Messages: what a client may say is parsed, what it may not is named; what the server says keeps to its schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.types import Condition
from signaling import messages

SCHEMAS = Path(__file__).resolve().parents[3] / "static" / "schema"


def check(text: str, name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    jsonschema.validate(value, json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
    return value


def test_configure_says_only_what_changes() -> None:
    parsed = messages.parse('{"v":1,"type":"configure","conditions":["acne"],"landmarks":"contours"}')
    assert parsed == messages.Configure(
        v=1, type="configure", conditions=frozenset({Condition.ACNE}), landmarks="contours"
    )
    assert parsed.max_fps is None


def test_ping_and_capture_are_known() -> None:
    assert isinstance(messages.parse('{"v":1,"type":"capture"}'), messages.Capture)
    ping = messages.parse('{"v":1,"type":"ping","t":12.5}')
    assert isinstance(ping, messages.Ping)
    assert ping.t == 12.5


def test_what_a_newer_client_adds_is_ignored() -> None:
    assert isinstance(messages.parse('{"v":1,"type":"capture","flash":true}'), messages.Capture)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00\x01", "binary_message"),
        ("x" * (messages.MAX_MESSAGE_BYTES + 1), "message_too_large"),
        ("not json", "not_json"),
        ("[]", "bad_message"),
        ("{}", "bad_message"),
        ('{"v":1,"type":"dance"}', "bad_message"),
        ('{"v":2,"type":"capture"}', "bad_message"),
        ('{"v":1,"type":"configure","conditions":["freckles"]}', "bad_message"),
        ('{"v":1,"type":"configure","max_fps":0}', "bad_message"),
        ('{"v":1,"type":"configure","max_fps":1e9}', "bad_message"),
        ('{"v":1,"type":"configure","landmarks":"some"}', "bad_message"),
        ('{"v":1,"type":"ping"}', "bad_message"),
    ],
)
def test_what_is_wrong_with_a_message_is_said_in_a_code(data: str | bytes, code: str) -> None:
    with pytest.raises(messages.BadMessage) as caught:
        messages.parse(data)
    assert caught.value.code == code


@given(st.text(max_size=200) | st.binary(max_size=50))
def test_no_message_raises_anything_else(data: str | bytes) -> None:
    try:
        messages.parse(data)
    except messages.BadMessage as error:
        assert error.code
        assert str(error)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda leaf: (
            st.lists(leaf) | st.dictionaries(st.sampled_from(["v", "type", "t", "conditions", "max_fps"]), leaf)
        ),
    )
)
def test_no_json_raises_anything_else(value: object) -> None:
    try:
        messages.parse(json.dumps(value))
    except messages.BadMessage as error:
        assert error.code


def test_what_the_server_says_keeps_to_the_schemas() -> None:
    limits = {"width": 1920, "height": 1080, "fps": 60, "session_ms": 3_600_000.0}
    token = {"token": "abc", "expires_in_ms": 90_000}
    hello = messages.hello("abc", [Condition.WRINKLES, Condition.ACNE], limits, resumed=False, resume=token)
    assert check(hello, "hello")["conditions"] == ["acne", "wrinkles"]
    check(messages.resume("abc", 90_000), "resume")
    check(messages.ping(3.5), "ping")
    check(messages.pong(3.5), "pong")
    check(messages.budget(1280, 720, 30, 2500), "budget")
    check(messages.error("not_json", "The message is not JSON."), "error")
    check(messages.bye("server_stopping", 2000), "bye")
    assert check(messages.bye("idle"), "bye")["retry_after_ms"] is None
