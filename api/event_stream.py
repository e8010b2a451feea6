"""An answer that tells how far it is: server-sent events, for clients that ask with `Accept: text/event-stream`.

    event: progress   data: {"stage": "received", ...}      any number of times
    event: result     data: the answer, as JSON
    event: error      data: {"error", "code", "details", "status"}

The status line is 200 and gone by the time the outcome is known, so the outcome is the last event: result or error.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import BaseModel

from api.errors import SENTENCES, ApiError, ErrorRules, as_api_error

__all__ = ["OnStage", "answer_with_events", "wants_events"]

logger = logging.getLogger(__name__)

OnStage = Callable[[str, Mapping[str, Any]], None]
"""Tells that a stage is done; may be called from any thread."""

EVENTS_WAITING: Final = 64  # more than one analysis has stages; a client that reads slower loses progress, no outcome
HEARTBEAT_S: Final = 10.0  # proxies close what is silent for 30 to 60 s


def wants_events(request: web.Request) -> bool:
    """Whether the client asked for events."""
    accepted = (part.partition(";")[0].strip().lower() for part in request.headers.get("Accept", "").split(","))
    return "text/event-stream" in accepted


async def answer_with_events(
    request: web.Request, work: Callable[[OnStage], Awaitable[BaseModel]], rules: ErrorRules
) -> web.StreamResponse:
    """Do `work` and stream its stages, then its outcome. When the client goes away the work is cancelled."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold the events back
    await response.prepare(request)
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[bytes] = asyncio.Queue(EVENTS_WAITING)

    def put(event: bytes) -> None:
        if not events.full():
            events.put_nowait(event)

    def on_stage(stage: str, details: Mapping[str, Any]) -> None:
        loop.call_soon_threadsafe(put, _event("progress", {"stage": stage, **details}))

    task = asyncio.ensure_future(_outcome(work, on_stage, rules))
    try:
        while not task.done() or not events.empty():
            await _send_next(response, events, task)
        await response.write(task.result())
        await response.write_eof()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return response


async def _send_next(response: web.StreamResponse, events: asyncio.Queue[bytes], task: asyncio.Future[bytes]) -> None:
    """Send what waits, else wait for an event, the outcome, or the time of a heartbeat."""
    if events.empty():
        waiting = asyncio.ensure_future(events.get())
        try:
            await asyncio.wait((waiting, task), timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                await response.write(waiting.result())
            elif not task.done():
                await response.write(b": still at it\n\n")
        finally:
            waiting.cancel()
    else:
        await response.write(events.get_nowait())


async def _outcome(work: Callable[[OnStage], Awaitable[BaseModel]], on_stage: OnStage, rules: ErrorRules) -> bytes:
    try:
        answer = await work(on_stage)
    except Exception as error:
        known = as_api_error(error, rules)
        if known is None:
            logger.exception("unhandled %s", type(error).__name__)
            known = ApiError(500, *SENTENCES[500])
        return _event(
            "error",
            {"error": known.sentence, "code": known.code, "details": dict(known.details), "status": known.status},
        )
    return _event("result", answer.model_dump(mode="json"))


def _event(name: str, data: Mapping[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data, default=str))
