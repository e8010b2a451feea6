"""GET /sessions: the caller's live sessions with their figures; everybody's for administrators."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from signaling.routes import REGISTRY
from signaling.session_context import short_name

__all__ = ["SESSION_READER", "FindReader", "Reader", "SessionEntry", "SessionList", "get_sessions"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks."""

    user_id: str
    is_admin: bool


FindReader = Callable[[web.Request], Awaitable[Reader]]
"""Raises what the application answers with 401 for guests: nothing tells theirs from others'."""

SESSION_READER: web.AppKey[FindReader] = web.AppKey("signaling.session_reader")


class SessionEntry(BaseModel):
    """One live session. Counts since it began."""

    session: str = Field(description="the first eight characters of its id, as log lines carry them")
    user_id: str | None = Field(description="null for a guest")
    state: Literal["connecting", "live", "lost", "ended"]
    age_s: float
    frames_received: int
    frames_analysed: int
    frames_dropped: int
    results_sent: int
    results_skipped: int = Field(description="the client did not keep up, or opened no channel")
    takeovers: int = Field(description="connections that took it over")


class SessionList(BaseModel):
    """Of this process, oldest first."""

    sessions: list[SessionEntry]


async def get_sessions(request: web.Request) -> web.Response:
    """Own sessions; all for administrators."""
    reader = await request.app[SESSION_READER](request)
    entries = [
        SessionEntry(
            session=short_name(one.session_id),
            user_id=one.user_id,
            state=one.state,
            age_s=round(one.age_s, 3),
            frames_received=one.frames_received,
            frames_analysed=one.frames_analysed,
            frames_dropped=one.frames_dropped,
            results_sent=one.results_sent,
            results_skipped=one.results_skipped,
            takeovers=one.takeovers,
        )
        for one in request.app[REGISTRY].figures
        if reader.is_admin or one.user_id == reader.user_id
    ]
    body = SessionList(sessions=sorted(entries, key=lambda entry: -entry.age_s)).model_dump_json()
    return web.Response(body=body.encode(), content_type="application/json", headers={"Cache-Control": "no-store"})
