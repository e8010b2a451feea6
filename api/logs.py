"""Log lines for people or for machines: text, or one JSON object a line with whatever a line carries besides."""

import logging
from datetime import UTC, datetime
from typing import Final, Literal

import orjson

from api.middlewares import REQUEST_ID

__all__ = ["JsonLines", "TextLines", "set_up_logging"]

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
    """time, level, logger, [request id], message; one line, whatever the message holds, but for a cause's traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(request)s%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        request = record.__dict__.get("request_id", REQUEST_ID.get())
        record.request = f"[{request}] " if request != "-" else ""
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).replace("\n", "\\n").replace("\r", "\\r")


def set_up_logging(level: str, form: Literal["text", "json"]) -> None:
    """Send every logger's lines of `level` and above to standard error in that form, and nowhere else."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in TELL_TOO_MUCH:
        logging.getLogger(name).setLevel(logging.INFO)
