"""Log lines for people or for machines: text, or one JSON object a line with whatever a line carries besides."""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal

import orjson

from api.middlewares import REQUEST_ID

__all__ = ["ContextOf", "JsonLines", "TextLines", "set_up_logging"]

TELL_TOO_MUCH: Final = ("aiosqlite", "aiomysql", "tortoise")  # at debug they log every value that goes to the database
PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """time (UTC), level, logger, message, request_id where there is one, the line's extras, and the cause."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if REQUEST_ID.get() != "-":
            line["request_id"] = REQUEST_ID.get()
        line |= {name: value for name, value in vars(record).items() if name not in PLAIN}
        if record.exc_info:
            line["cause"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


class TextLines(logging.Formatter):
    """time, level, logger, [request id], [session], message; one line, whatever the message holds, but for a
    traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request)s%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        request = record.__dict__.get("request_id", REQUEST_ID.get())
        session = record.__dict__.get("session", "-")
        marks = ([f"[{request}]"] if request != "-" else []) + ([f"[session {session}]"] if session != "-" else [])
        record.request = "".join(f"{mark} " for mark in marks)
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).replace("\n", "\\n").replace("\r", "\\r")


class ContextOf(logging.Filter):
    """Adds to each line, as an extra of that name, what the context variables hold where the line is written."""

    def __init__(self, variables: Mapping[str, ContextVar[str]]) -> None:
        super().__init__()
        self._variables = variables

    def filter(self, record: logging.LogRecord) -> bool:
        for name, variable in self._variables.items():
            if (value := variable.get()) != "-":
                setattr(record, name, value)
        return True


def set_up_logging(level: str, form: Literal["text", "json"], context: Mapping[str, ContextVar[str]] = {}) -> None:
    """Send every logger's lines of `level` and above to standard error in that form, and nowhere else. context: what
    else a line carries, by name."""
    handler = logging.StreamHandler()
    handler.addFilter(ContextOf(context))
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in TELL_TOO_MUCH:
        logging.getLogger(name).setLevel(logging.INFO)
