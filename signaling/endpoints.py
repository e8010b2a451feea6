"""The calls of signalling as the OpenAPI document needs them described; `app.py` registers and documents them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from signaling import routes, whip
from signaling.session_list import SessionList, get_sessions
from signaling.trickle import TrickleBody

__all__ = ["Endpoint", "endpoints"]

JSON = "application/json"
PROBLEM = "application/problem+json"
LIVE = "live"


class OfferBody(BaseModel):
    """A WebRTC offer."""

    type: Literal["offer"]
    sdp: str = Field(description="the session description, at most 64 KiB")
    resume: str | None = Field(None, description="the token of the session that this connection takes over")


class ResumeToken(BaseModel):
    """What takes a session over after a change of network."""

    token: str
    expires_in_ms: int


class OfferAnswer(BaseModel):
    """A WebRTC answer."""

    type: Literal["answer"] = "answer"
    sdp: str
    session_id: str
    resumed: bool
    resume: ResumeToken


class IceServer(BaseModel):
    """As RTCIceServer."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class IceServerList(BaseModel):
    """What RTCPeerConnection takes."""

    iceServers: list[IceServer]


class SessionPath(BaseModel):
    """Which live session."""

    session_id: str = Field(max_length=64)


class IfMatch(BaseModel):
    """Which ICE session."""

    model_config = ConfigDict(populate_by_name=True)

    if_match: str = Field(alias="If-Match", description="the ETag of the 201, or of the last restart of ICE")


class ResumeHeader(BaseModel):
    """Which session is taken over."""

    resume_token: str | None = Field(None, alias="Resume-Token", description="the token that an earlier 201 gave")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call. answers: the successes: (status, what it says, model or None, content type, headers). errors: statuses
    beside those that reading the request brings. text_type: the type of a body that is text."""

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    answers: tuple[tuple[int, str, type[BaseModel] | None, str, dict[str, str]], ...]
    errors: tuple[int, ...] = ()
    description: str = ""
    path_params: type[BaseModel] | None = None
    headers: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    text_type: str = ""
    error_type: str = JSON
    tag: str = field(default=LIVE)
    auth: Literal["optional", "required"] = "optional"


def endpoints() -> tuple[Endpoint, ...]:
    """Every call of signalling but OPTIONS, which says of itself what it allows."""
    return (*_json_endpoints(), *_whip_endpoints())


def _json_endpoints() -> tuple[Endpoint, ...]:
    return (
        Endpoint(
            "GET",
            "/sessions/",
            get_sessions,
            "Live sessions with their figures",
            ((200, "One's own; everybody's for administrators", SessionList, JSON, {}),),
            description="Of the process that answers; others behind the same address have theirs.",
            auth="required",
        ),
        Endpoint(
            "GET",
            "/ice-servers",
            routes.get_ice_servers,
            "STUN and TURN servers, with credentials of ten minutes",
            ((200, "What RTCPeerConnection takes", IceServerList, JSON, {}),),
        ),
        Endpoint(
            "POST",
            "/offer",
            routes.post_offer,
            "Begin a live session",
            ((201, "The answer", OfferAnswer, JSON, {"Location": "The session's address"}),),
            errors=(403, 409, 410, 429),
            description="The offer sends one video and opens data channels; docs/protocol.md says what they carry.",
            body=OfferBody,
        ),
        Endpoint(
            "PATCH",
            "/offer/{session_id}",
            routes.patch_offer,
            "Trickle ICE candidates",
            (_empty(204, "They are tried"),),
            errors=(429,),
            path_params=SessionPath,
            body=TrickleBody,
        ),
        Endpoint(
            "DELETE",
            "/offer/{session_id}",
            routes.delete_offer,
            "End a live session",
            (_empty(204, "It ends"),),
            path_params=SessionPath,
        ),
    )


def _whip_endpoints() -> tuple[Endpoint, ...]:
    created: dict[str, Any] = {
        "Location": "The session's address",
        "ETag": "Names the ICE session",
        "Link": "An ICE server (rel=ice-server); one header for each of its addresses",
        "Accept-Patch": "How candidates are trickled",
        "Resume-Token": "Takes the session over",
    }
    tag = {"ETag": "Names the ICE session"}
    return (
        Endpoint(
            "POST",
            "/whip",
            whip.post_endpoint,
            "Begin a live session over WHIP (RFC 9725)",
            ((201, "The answer, as SDP", None, whip.SDP, created),),
            errors=(403, 409, 410, 429),
            description="docs/whip.md says what is met of the RFC. OPTIONS is answered here and below.",
            headers=ResumeHeader,
            text_type=whip.SDP,
            error_type=PROBLEM,
        ),
        Endpoint(
            "GET", "/whip", whip.get_endpoint, "Nothing", (_empty(204, "The RFC reserves it"),), error_type=PROBLEM
        ),
        Endpoint(
            "GET",
            "/whip/{session_id}",
            whip.get_session,
            "The tag of a session's ICE",
            (_empty(204, "It is there", tag),),
            path_params=SessionPath,
            error_type=PROBLEM,
        ),
        Endpoint(
            "PATCH",
            "/whip/{session_id}",
            whip.patch_session,
            "Trickle ICE candidates (RFC 8840)",
            (_empty(204, "They are tried"),),
            errors=(412, 428, 429),
            path_params=SessionPath,
            headers=IfMatch,
            text_type=whip.FRAGMENT,
            error_type=PROBLEM,
        ),
        Endpoint(
            "DELETE",
            "/whip/{session_id}",
            whip.delete_session,
            "End a live session",
            (_empty(200, "It ends"),),
            path_params=SessionPath,
            error_type=PROBLEM,
        ),
    )


def _empty(
    status: int, says: str, headers: dict[str, str] | None = None
) -> tuple[int, str, type[BaseModel] | None, str, dict[str, str]]:
    return status, says, None, "", headers or {}
