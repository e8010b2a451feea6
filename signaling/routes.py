"""The HTTP side of signalling: POST /offer, DELETE /offer/{session_id}, GET /ice-servers."""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from signaling.errors import BadOffer
from signaling.ice import IceServers
from signaling.offer import MAX_SDP_BYTES
from signaling.registry import SessionRegistry

__all__ = ["REGISTRY", "Identify", "setup"]

Identify = Callable[[web.Request], Awaitable[str | None]]
"""Who asks: a user's id, or None for a guest where guests are allowed. Raises what the application answers with 401."""

REGISTRY = web.AppKey("signaling.registry", SessionRegistry)
IDENTIFY: web.AppKey[Identify] = web.AppKey("signaling.identify")
ICE_SERVERS = web.AppKey("signaling.ice_servers", IceServers)

BODY_TIMEOUT_S = 10.0


def setup(app: web.Application, identify: Identify, ice_servers: IceServers) -> None:
    """Add the routes to the application, which puts the registry under REGISTRY when it starts."""
    app[IDENTIFY] = identify
    app[ICE_SERVERS] = ice_servers
    for suffix in ("", "/"):
        app.router.add_post(f"/offer{suffix}", post_offer)
        app.router.add_delete(f"/offer/{{session_id}}{suffix}", delete_offer)
        app.router.add_get(f"/ice-servers{suffix}", get_ice_servers)


async def post_offer(request: web.Request) -> web.Response:
    """`{sdp, type: "offer", resume?}` -> 201 `{sdp, type: "answer", session_id, resumed, resume}`."""
    user_id = await request.app[IDENTIFY](request)
    sdp, resume = await _read_offer(request)
    session, answer = await request.app[REGISTRY].open(sdp, user_id, resume=resume)
    return web.json_response(
        {
            "sdp": answer,
            "type": "answer",
            "session_id": session.id,
            "resumed": resume is not None,
            "resume": session.resume_offer(after_takeover=resume is not None),
        },
        status=201,
        headers={"Location": f"/offer/{session.id}", "Cache-Control": "no-store"},
    )


async def delete_offer(request: web.Request) -> web.Response:
    """End one's own session."""
    user_id = await request.app[IDENTIFY](request)
    request.app[REGISTRY].get(request.match_info["session_id"], user_id).end("peer_closed")
    return web.Response(status=204)


async def get_ice_servers(request: web.Request) -> web.Response:
    """`{iceServers: [...]}`, as RTCPeerConnection takes it."""
    user_id = await request.app[IDENTIFY](request)
    servers = request.app[ICE_SERVERS].for_user(user_id)
    return web.json_response({"iceServers": servers}, headers={"Cache-Control": "no-store"})


async def _read_offer(request: web.Request) -> tuple[str, str | None]:
    """The offer's SDP, and the resume token if there is one."""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await _read_body(request)
    except TimeoutError:
        raise BadOffer("offer_too_slow", "The offer took too long to arrive.", 408) from None
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadOffer("not_json", "The offer must be JSON: {sdp, type}.", 400) from None
    if not isinstance(value, dict) or not isinstance(value.get("sdp"), str):
        raise BadOffer("bad_offer", "The offer must be a JSON object with the text `sdp`.", 400)
    if value.get("type") != "offer":
        raise BadOffer("bad_offer", 'The `type` of an offer is "offer".', 400)
    resume = value.get("resume")
    if resume is not None and not isinstance(resume, str):
        raise BadOffer("bad_offer", "The `resume` of an offer is the token that the server gave, or left out.", 400)
    return value["sdp"], resume


async def _read_body(request: web.Request) -> bytes:
    if request.content_length is not None and request.content_length > 2 * MAX_SDP_BYTES:
        raise BadOffer("offer_too_large", "The offer is too large.", 413, limit=MAX_SDP_BYTES)
    body = await request.content.read(2 * MAX_SDP_BYTES + 1)
    while not request.content.at_eof() and len(body) <= 2 * MAX_SDP_BYTES:
        body += await request.content.read(2 * MAX_SDP_BYTES + 1 - len(body))
    if len(body) > 2 * MAX_SDP_BYTES:
        raise BadOffer("offer_too_large", "The offer is too large.", 413, limit=MAX_SDP_BYTES)
    return body
