"""The HTTP side of signalling in JSON: POST /offer, PATCH and DELETE /offer/{session_id}, GET /ice-servers."""

from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from signaling.bodies import read_body
from signaling.errors import BadOffer
from signaling.ice import IceServers
from signaling.offer import MAX_SDP_BYTES
from signaling.registry import SessionRegistry
from signaling.trickle import read_json
from signaling.visitor import Visitor

__all__ = [
    "ADDRESS_OF",
    "FIND_BASE",
    "ICE_SERVERS",
    "IDENTIFY",
    "MAX_TRICKLE_BYTES",
    "REGISTRY",
    "AddressOf",
    "FindBase",
    "Identify",
    "delete_offer",
    "get_ice_servers",
    "patch_offer",
    "post_offer",
    "setup",
]

Identify = Callable[[web.Request], Awaitable[Visitor]]
"""Who asks: a user, or a guest where guests are allowed. Raises what the application answers with 401."""

AddressOf = Callable[[web.Request], str]
"""Whom a request comes from, for limits per address."""

FindBase = Callable[[web.Request], str]
"""How the caller reaches this server: scheme://host[:port], no slash at its end."""

REGISTRY = web.AppKey("signaling.registry", SessionRegistry)
IDENTIFY: web.AppKey[Identify] = web.AppKey("signaling.identify")
ADDRESS_OF: web.AppKey[AddressOf] = web.AppKey("signaling.address_of")
FIND_BASE: web.AppKey[FindBase] = web.AppKey("signaling.find_base")
ICE_SERVERS = web.AppKey("signaling.ice_servers", IceServers)

MAX_OFFER_BYTES = 2 * MAX_SDP_BYTES  # every character may be escaped
MAX_TRICKLE_BYTES = 32 * 1024  # a hundred candidates


def setup(
    app: web.Application, identify: Identify, address_of: AddressOf, ice_servers: IceServers, find_base: FindBase
) -> None:
    """Give the application what the handlers need. It puts the registry under REGISTRY when it starts, and registers
    the calls that signaling.endpoints describes."""
    app[IDENTIFY] = identify
    app[ADDRESS_OF] = address_of
    app[ICE_SERVERS] = ice_servers
    app[FIND_BASE] = find_base


async def post_offer(request: web.Request) -> web.Response:
    """`{sdp, type: "offer", resume?}` -> 201 `{sdp, type: "answer", session_id, resumed, resume}`."""
    visitor = await request.app[IDENTIFY](request)
    sdp, resume = await _read_offer(request)
    address, base_url = request.app[ADDRESS_OF](request), request.app[FIND_BASE](request)
    session, answer = await request.app[REGISTRY].open(sdp, visitor, address=address, base_url=base_url, resume=resume)
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


async def patch_offer(request: web.Request) -> web.Response:
    """`{candidates: [RTCIceCandidate.toJSON(), ...]}`, those gathered since the offer -> 204."""
    user_id = (await request.app[IDENTIFY](request)).user_id
    session = request.app[REGISTRY].get(request.match_info["session_id"], user_id)
    await session.trickle(read_json(await read_body(request, MAX_TRICKLE_BYTES)))
    return web.Response(status=204)


async def delete_offer(request: web.Request) -> web.Response:
    """End one's own session."""
    user_id = (await request.app[IDENTIFY](request)).user_id
    request.app[REGISTRY].get(request.match_info["session_id"], user_id).end("peer_closed")
    return web.Response(status=204)


async def get_ice_servers(request: web.Request) -> web.Response:
    """`{iceServers: [...]}`, as RTCPeerConnection takes it."""
    user_id = (await request.app[IDENTIFY](request)).user_id
    servers = request.app[ICE_SERVERS].for_user(user_id)
    return web.json_response({"iceServers": servers}, headers={"Cache-Control": "no-store"})


async def _read_offer(request: web.Request) -> tuple[str, str | None]:
    """The offer's SDP, and the resume token if there is one."""
    try:
        value = orjson.loads(await read_body(request, MAX_OFFER_BYTES))
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
