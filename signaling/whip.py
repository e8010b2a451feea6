"""WHIP (RFC 9725) at /whip: an offer as plain SDP, one URL for each session, HTTP for all there is to say about it.

The same LiveSession as behind POST /offer: video in, results out on the client's data channels. docs/whip.md lists the
RFC's rules one by one.
"""

import re

from aiohttp import web
from multidict import CIMultiDict

from signaling.bodies import read_body, require_type
from signaling.errors import BadOffer, StaleIce
from signaling.ice import IceServers
from signaling.offer import MAX_SDP_BYTES, with_rtcp_mux_only
from signaling.routes import ADDRESS_OF, FIND_BASE, ICE_SERVERS, IDENTIFY, MAX_TRICKLE_BYTES, REGISTRY
from signaling.session import LiveSession
from signaling.trickle import read_fragment

__all__ = [
    "FRAGMENT",
    "SDP",
    "delete_session",
    "get_endpoint",
    "get_session",
    "patch_session",
    "post_endpoint",
    "setup",
]

SDP = "application/sdp"
RESUME = "Resume-Token"  # not of the RFC: takes a session over (docs/protocol.md, Reconnecting)
FRAGMENT = "application/trickle-ice-sdpfrag"
TAG = re.compile(r'W/"[^"]*"|"[^"]*"')
ANY = ("*", '"*"')  # the second is how RFC 9725's own example writes it


def setup(app: web.Application) -> None:
    """Have an application that signaling.routes.setup has prepared answer OPTIONS. signaling.endpoints has the rest."""
    for prefix in ("", "/api"):
        for slash in ("", "/"):
            app.router.add_options(f"{prefix}/whip{slash}", options_endpoint)
            app.router.add_options(f"{prefix}/whip/{{session_id}}{slash}", options_session)


async def post_endpoint(request: web.Request) -> web.Response:
    """An offer -> 201 with the whole answer, the session's URL, its ICE session's tag and the ICE servers."""
    visitor = await request.app[IDENTIFY](request)
    require_type(request, SDP)
    offer = _text(await read_body(request, MAX_SDP_BYTES))
    address, base_url = request.app[ADDRESS_OF](request), request.app[FIND_BASE](request)
    resume = request.headers.get(RESUME)
    session, answer = await request.app[REGISTRY].open(
        offer, visitor, address=address, base_url=base_url, resume=resume
    )
    headers = CIMultiDict(
        {
            "Location": f"{request.path.rstrip('/')}/{session.id}",
            "ETag": session.ice.entity_tag,
            "Accept-Patch": FRAGMENT,
            "Cache-Control": "no-store",
            RESUME: session.resume_offer(after_takeover=resume is not None)["token"],
        }
    )
    for link in ice_server_links(request.app[ICE_SERVERS], visitor.user_id):
        headers.add("Link", link)
    return web.Response(status=201, body=with_rtcp_mux_only(answer).encode(), content_type=SDP, headers=headers)


async def get_endpoint(request: web.Request) -> web.Response:
    """Nothing to see: 204."""
    return web.Response(status=204, headers={"Accept-Post": SDP})


async def options_endpoint(request: web.Request) -> web.Response:
    """What may be done here. Needs no token: a browser's preflight has none."""
    return web.Response(headers={"Allow": "GET, HEAD, OPTIONS, POST", "Accept-Post": SDP})


async def get_session(request: web.Request) -> web.Response:
    """Nothing to see but the tag of the present ICE session: 204."""
    session = await _session(request)
    return web.Response(status=204, headers={"ETag": session.ice.entity_tag, "Cache-Control": "no-store"})


async def patch_session(request: web.Request) -> web.Response:
    """Trickled candidates -> 204; new credentials, which restart ICE -> 200 with this side's and a new tag."""
    session = await _session(request)
    require_type(request, FRAGMENT)
    body = await read_body(request, MAX_TRICKLE_BYTES)
    match = request.headers.getall("If-Match", [])
    if not match:
        raise StaleIce(missing=True)
    if not _matches(", ".join(match), session.ice.entity_tag):
        raise StaleIce(missing=False)
    trickle = read_fragment(_text(body))
    if trickle.password is not None and trickle.ufrag != session.ice.ufrag:
        answer = await session.ice.restart(trickle)
        headers = {"ETag": session.ice.entity_tag, "Cache-Control": "no-store"}
        return web.Response(body=answer.encode(), content_type=FRAGMENT, headers=headers)
    await session.trickle(trickle)
    return web.Response(status=204)


async def delete_session(request: web.Request) -> web.Response:
    """End one's own session."""
    (await _session(request)).end("peer_closed")
    return web.Response()


async def options_session(request: web.Request) -> web.Response:
    """What may be done with a session, whether there is one or not."""
    headers = {"Allow": "DELETE, GET, HEAD, OPTIONS, PATCH", "Accept-Post": SDP, "Accept-Patch": FRAGMENT}
    return web.Response(headers=headers)


def ice_server_links(servers: IceServers, user_id: str | None) -> list[str]:
    """One Link header's value for each URL of each ICE server (RFC 9725, section 4.6)."""
    links: list[str] = []
    for server in servers.for_user(user_id):
        for url in server["urls"]:
            link = f'<{url}>; rel="ice-server"'
            if "username" in server:
                username, credential = _quoted(server["username"]), _quoted(server["credential"])
                link += f'; username={username}; credential={credential}; credential-type="password"'
            links.append(link)
    return links


async def _session(request: web.Request) -> LiveSession:
    user_id = (await request.app[IDENTIFY](request)).user_id
    return request.app[REGISTRY].get(request.match_info["session_id"], user_id)


def _matches(header: str, entity_tag: str) -> bool:
    """RFC 9110, section 13.1.1: by strong comparison."""
    return header.strip() in ANY or entity_tag in TAG.findall(header)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadOffer("not_sdp", "The body is not text.", 400) from None


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
