import json
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from api.logs import ContextOf, JsonLines, TextLines, set_up_logging
from api.middlewares import REQUEST_ID


@pytest.fixture
def in_request() -> Iterator[None]:
    token = REQUEST_ID.set("req-12345")
    yield
    REQUEST_ID.reset(token)


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("api.test", logging.WARNING, __file__, 1, message, arguments, None)
    made.__dict__.update(extra)
    return made


@pytest.mark.usefixtures("in_request")
def test_a_json_line_is_one_object_with_its_extras() -> None:
    line = json.loads(JsonLines().format(record("seen %d\nof them", 3, route="/reports/", ms=1.5)))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "api.test",
        "message": "seen 3\nof them",
        "request_id": "req-12345",
        "route": "/reports/",
        "ms": 1.5,
    }


def test_a_cause_is_part_of_its_line() -> None:
    made = record("failed")
    try:
        raise RuntimeError("the cause")
    except RuntimeError:
        made.exc_info = sys.exc_info()
    text = JsonLines().format(made)
    assert "\n" not in text and "the cause" in json.loads(text)["cause"]
    assert "request_id" not in json.loads(text)


def test_a_text_line_names_its_request_and_cannot_be_broken_in_two() -> None:
    line = TextLines().format(record("name %s", "x\nERROR forged", request_id="abc"))
    assert line.endswith("WARNING api.test [abc] name x\\nERROR forged")
    assert "[" not in TextLines().format(record("plain"))


def test_setting_up_twice_gives_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        set_up_logging("info", "text")
        set_up_logging("warning", "json")
        logging.getLogger("x").info("not this")
        logging.getLogger("x").warning("this")
    finally:
        for handler in root.handlers[:]:
            root.removeHandler(handler)
        for handler in before:
            root.addHandler(handler)
        root.setLevel(level)
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert json.loads(line)["message"] == "this"


def test_libraries_never_log_the_values_that_go_to_the_database() -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        set_up_logging("debug", "text")
        for name in ("aiosqlite", "aiomysql", "tortoise", "tortoise.db_client"):
            assert not logging.getLogger(name).isEnabledFor(logging.DEBUG), name
        assert logging.getLogger("api").isEnabledFor(logging.DEBUG)
    finally:
        root.handlers[:], root.level = handlers, level


def test_a_line_carries_what_its_context_holds() -> None:
    variable: ContextVar[str] = ContextVar("session", default="-")
    context = ContextOf({"session": variable})
    outside = record("hello")
    assert context.filter(outside)
    assert "session" not in json.loads(JsonLines().format(outside))
    token = variable.set("k3J0m0y1")
    inside = record("hello")
    context.filter(inside)
    variable.reset(token)
    assert json.loads(JsonLines().format(inside))["session"] == "k3J0m0y1"
    assert TextLines().format(inside).endswith("api.test [session k3J0m0y1] hello")
