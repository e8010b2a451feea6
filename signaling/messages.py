"""The messages of the data channels: what a client may say, parsed and checked; what the server says, as JSON text.

`static/schema/` holds the JSON Schema of each; the tests hold both sides to it.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from media_pipeline.types import Condition

__all__ = [
    "MAX_MESSAGE_BYTES",
    "BadMessage",
    "Capture",
    "CaptureState",
    "ClientMessage",
    "Configure",
    "Ping",
    "Pong",
    "StillBegin",
    "StillEnd",
    "bye",
    "budget",
    "capture_state",
    "error",
    "hello",
    "parse",
    "ping",
    "pong",
    "report",
    "resume",
]

MAX_MESSAGE_BYTES = 64 * 1024  # the largest message every WebRTC stack can carry (RFC 8841, section 6.1)


class BadMessage(ValueError):
    """A client's message that cannot be served; code for machines, the text for a person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1]


class Configure(_Message):
    """What to do from now on; what is left out stays as it was."""

    type: Literal["configure"]
    conditions: frozenset[Condition] | None = None
    max_fps: Annotated[float, Field(ge=1, le=60)] | None = None
    landmarks: Literal["none", "contours", "full"] | None = None
    moves: bool | None = None
    auto_capture: bool | None = None
    stills: bool | None = None


CaptureId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Capture(_Message):
    """Make a report now. still: wait for the client's own picture (True), use the video (False), or as configured."""

    type: Literal["capture"]
    capture_id: CaptureId | None = None
    still: bool | None = None


class StillBegin(_Message):
    """A picture of so many bytes is going to come in pieces, for the capture of that id."""

    type: Literal["still_begin"]
    capture_id: CaptureId
    bytes: Annotated[int, Field(ge=1)]
    content_type: Literal["image/jpeg", "image/png", "image/webp"]
    sha256: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{64}$")]


class StillEnd(_Message):
    """All pieces of the picture have been sent."""

    type: Literal["still_end"]
    capture_id: CaptureId


class Ping(_Message):
    """Are you there? t comes back as it was."""

    type: Literal["ping"]
    t: float


class Pong(_Message):
    """The answer to a ping of the server's; that it came is all it says."""

    type: Literal["pong"]
    t: float


ClientMessage = Configure | Capture | StillBegin | StillEnd | Ping | Pong
CaptureState = Literal["taking", "uploading", "analysing", "done", "failed"]
_ADAPTER: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="type")])


def parse(data: str | bytes) -> ClientMessage:
    """A client's message. Raises BadMessage: binary_message, message_too_large, not_json, bad_message."""
    if isinstance(data, bytes):
        raise BadMessage(
            "binary_message", "Messages are JSON text; only the pieces of a still are binary, after its begin."
        )
    if len(data) > MAX_MESSAGE_BYTES:
        raise BadMessage("message_too_large", f"A message may have {MAX_MESSAGE_BYTES} bytes at most.")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise BadMessage("not_json", "The message is not JSON.") from None
    try:
        return _ADAPTER.validate_python(value, strict=False)
    except ValidationError as failure:
        first = failure.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadMessage("bad_message", f"{where or 'message'}: {first['msg']}") from None


def hello(
    session_id: str,
    conditions: Iterable[Condition],
    limits: dict[str, float],
    *,
    resumed: bool,
    resume: Mapping[str, Any],
) -> str:
    """The first message on `control`. resumed: whether this connection takes over an earlier one's session; resume:
    token and expires_in_ms, as in the message of that name."""
    return _text(
        "hello",
        session_id=session_id,
        conditions=sorted(conditions),
        limits=limits,
        resumed=resumed,
        resume=dict(resume),
    )


def ping(t: float) -> str:
    """Are you there? Any sign of life answers it."""
    return _text("ping", t=t)


def pong(t: float) -> str:
    """The answer to a ping."""
    return _text("pong", t=t)


def budget(width: int, height: int, fps: float, kbps: int) -> str:
    """What the server can use of the client's video."""
    return _text("budget", width=width, height=height, fps=fps, kbps=kbps)


def resume(token: str, expires_in_ms: int) -> str:
    """The token with which a new connection may take the session over, good for that long."""
    return _text("resume", token=token, expires_in_ms=expires_in_ms)


def error(code: str, sentence: str, details: Mapping[str, Any] | None = None) -> str:
    """Something the client sent was not understood or not served; the session goes on."""
    return _text("error", code=code, message=sentence, **({"details": details} if details else {}))


def capture_state(capture_id: str, state: CaptureState, *, auto: bool, code: str | None = None) -> str:
    """How far a capture is. auto: it began by itself; code: why it failed."""
    return _text("capture_state", capture_id=capture_id, state=state, auto=auto, **({"code": code} if code else {}))


def report(capture_id: str, fields: Mapping[str, Any]) -> str:
    """A capture has been analysed."""
    return _text("report", capture_id=capture_id, **fields)


def bye(reason: str, retry_after_ms: int | None = None) -> str:
    """The session ends. retry_after_ms: when a new one is welcome; None: not by itself."""
    return _text("bye", reason=reason, retry_after_ms=retry_after_ms)


def _text(kind: str, **fields: Any) -> str:
    return orjson.dumps({"v": 1, "type": kind, **fields}).decode()
