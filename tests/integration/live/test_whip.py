"""Conformance with RFC 9725 (WHIP), rule by rule. Each test names the section whose MUST, SHALL or SHOULD it holds the
server to; docs/whip.md has the list. One server for all, as none of them may disturb another."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from aiortc.sdp import SessionDescription
from multidict import CIMultiDictProxy

from benchmarks.clips import Clip
from benchmarks.live_client import ClipTrack
from signaling.candidates import MAX_CANDIDATES
from signaling.ice_restart import IceRestart
from signaling.local_ice import LocalIce
from signaling.offer import MAX_SDP_BYTES
from signaling.trickle import read_fragment
from tests.integration.live.conftest import Server, StartServer, servers
from tests.integration.live.whip_client import FRAGMENT, WhipClient, fragment

pytestmark = pytest.mark.asyncio(loop_scope="module")

SDP = {"Content-Type": "application/sdp"}
SITE = "https://clinic.example"
Answered = tuple[int, CIMultiDictProxy[str], str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def start(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StartServer]:
    async with servers(tmp_path_factory.mktemp("whip")) as start_one:
        yield start_one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(start: StartServer) -> Server:
    return await start(
        turn_urls=("turn:turn.example?transport=udp", "turns:turn.example:443?transport=tcp"),
        turn_secret="not a real secret",
        cors_origins=(SITE,),
        max_sessions=1000,
        admission="count",
    )


async def ended(server: Server, client: WhipClient) -> None:
    """Wait until the client's session is over."""
    task = server.sessions._tasks.get(client.session_id)
    if task is not None:
        await asyncio.wait_for(asyncio.shield(task), 10)


async def call(server: Server, method: str, path: str, **options: Any) -> Answered:
    """Status, headers and body of one request, which is never redirected."""
    async with (
        aiohttp.ClientSession(server.url) as http,
        http.request(method, path, allow_redirects=False, **options) as response,
    ):
        return response.status, response.headers, await response.text()


def problem(answered: Answered) -> str:
    """The code of a refusal, which must have the members of RFC 9457."""
    status, headers, body = answered
    assert headers["Content-Type"].startswith("application/problem+json")
    value = json.loads(body)
    assert value["status"] == status
    assert value["type"] == "about:blank"
    assert value["title"]
    assert value["detail"] == value["error"]
    return str(value["code"])


async def offer(*tracks: str, data: bool = True) -> str:
    """A real offer that nobody will connect."""
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        for kind in tracks or ("video",):
            pc.addTransceiver(VideoStreamTrack() if kind == "video" else AudioStreamTrack(), direction="sendonly")
        if data:
            pc.createDataChannel("annotations")
        await pc.setLocalDescription(await pc.createOffer())
        return str(pc.localDescription.sdp)
    finally:
        await pc.close()


async def opened(server: Server) -> Answered:
    answered = await call(server, "POST", "/whip", data=await offer(), headers=SDP)
    assert answered[0] == 201
    return answered


async def patched(server: Server, session: Answered, body: str, **headers: str) -> Answered:
    return await call(server, "PATCH", session[1]["Location"], data=body, headers=FRAGMENT | headers)


# --- 4.2 ingest session setup -----------------------------------------------------------------------------------------


async def test_4_2_a_session_is_published_and_annotated_on_its_data_channels(server: Server, face_clip: Clip) -> None:
    async with WhipClient(server.url, ClipTrack(face_clip)) as client:
        assert (await client.next_control("hello"))["session_id"] == client.session_id
        assert (await client.next_annotations(3))[-1].message["face"] is not None
    await ended(server, client)


async def test_4_2_an_offer_is_answered_with_201_sdp_and_the_sessions_url(server: Server) -> None:
    status, headers, body = await opened(server)
    assert status == 201
    assert headers["Content-Type"] == "application/sdp"
    assert body.startswith("v=0\r\n")
    assert re.fullmatch(r"/whip/[A-Za-z0-9_-]{20,}", headers["Location"])  # 120 bits: nobody guesses it
    assert (await opened(server))[1]["Location"] != headers["Location"]


@pytest.mark.parametrize("path", ["/whip/", "/api/whip"])
async def test_4_2_the_url_is_the_sessions_own_below_the_endpoint_that_was_called(server: Server, path: str) -> None:
    _, headers, _ = await call(server, "POST", path, data=await offer(), headers=SDP)
    assert headers["Location"].startswith(path.rstrip("/") + "/")
    assert (await call(server, "DELETE", headers["Location"]))[0] == 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/octet-stream"])
async def test_4_2_another_content_type_is_refused_with_415(server: Server, kind: str) -> None:
    refused = await call(server, "POST", "/whip", data=await offer(), headers={"Content-Type": kind})
    assert (refused[0], problem(refused)) == (415, "wrong_type")


@pytest.mark.parametrize("body", [b"", b"hello", b"v=0\r\nm=video", b"\xff\xfe\x00"])
async def test_4_2_what_is_no_sdp_is_refused_with_400(server: Server, body: bytes) -> None:
    refused = await call(server, "POST", "/whip", data=body, headers=SDP)
    assert refused[0] == 400
    assert problem(refused) in ("empty_offer", "not_sdp")


async def test_4_2_sdp_that_cannot_be_served_is_refused_with_422(server: Server) -> None:
    for sdp, code in ((await offer("audio"), "no_video"), (await offer(data=False), "no_data_channel")):
        refused = await call(server, "POST", "/whip", data=sdp, headers=SDP)
        assert (refused[0], problem(refused)) == (422, code)


async def test_4_2_an_offer_that_is_too_large_is_refused_with_413(server: Server) -> None:
    refused = await call(server, "POST", "/whip", data=b"v=0\r\n" + b"a=x\r\n" * MAX_SDP_BYTES, headers=SDP)
    assert (refused[0], problem(refused)) == (413, "offer_too_large")


async def test_4_2_delete_ends_the_session_and_takes_ice_and_dtls_down(server: Server, face_clip: Clip) -> None:
    async with WhipClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()
        assert (await call(server, "DELETE", client.location))[::2] == (200, "")
        await asyncio.wait_for(client.closed.wait(), 10)
        await ended(server, client)
        gone = await call(server, "DELETE", client.location)
        assert (gone[0], problem(gone)) == (404, "no_such_session")


async def test_4_2_get_and_head_are_2xx_without_content(server: Server) -> None:
    session = await opened(server)
    for path in ("/whip", session[1]["Location"]):
        for method in ("GET", "HEAD"):
            status, _, body = await call(server, method, path)
            assert (status, body) == (204, "")


async def test_4_2_other_methods_are_refused_with_405(server: Server) -> None:
    session = await opened(server)
    for method, path in (
        ("PUT", "/whip"),
        ("PATCH", "/whip"),
        ("DELETE", "/whip"),
        ("PUT", session[1]["Location"]),
        ("POST", session[1]["Location"]),
    ):
        refused = await call(server, method, path, data="x")
        assert (refused[0], problem(refused)) == (405, "method_not_allowed")
        assert "OPTIONS" in refused[1]["Allow"]


async def test_4_2_options_says_what_may_be_posted(server: Server) -> None:
    status, headers, _ = await call(server, "OPTIONS", "/whip")
    assert (status, headers["Accept-Post"]) == (200, "application/sdp")
    status, headers, _ = await call(server, "OPTIONS", (await opened(server))[1]["Location"])
    assert (status, headers["Accept-Patch"]) == (200, "application/trickle-ice-sdpfrag")


async def test_4_2_a_page_of_an_allowed_site_may_publish(server: Server) -> None:
    ask = {"Origin": SITE, "Access-Control-Request-Method": "PATCH"}
    ask["Access-Control-Request-Headers"] = "authorization, content-type, if-match"
    for path in ("/whip", "/whip/anything"):
        status, headers, _ = await call(server, "OPTIONS", path, headers=ask)
        assert status == 200
        assert headers["Access-Control-Allow-Origin"] == SITE
        assert {"POST", "PATCH", "DELETE"} <= set(headers["Access-Control-Allow-Methods"].split(", "))
        assert {"Authorization", "If-Match"} <= set(headers["Access-Control-Allow-Headers"].split(", "))
        assert headers["Accept-Post"] == "application/sdp"
    _, headers, _ = await call(server, "POST", "/whip", data=await offer(), headers=SDP | {"Origin": SITE})
    assert headers["Access-Control-Allow-Origin"] == SITE
    assert {"ETag", "Link", "Location"} <= set(headers["Access-Control-Expose-Headers"].split(", "))


async def test_4_2_a_page_of_another_site_may_not(server: Server) -> None:
    ask = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    assert "Access-Control-Allow-Origin" not in (await call(server, "OPTIONS", "/whip", headers=ask))[1]


# --- 4.3.1 HTTP PATCH -------------------------------------------------------------------------------------------------


async def test_4_3_1_the_201_names_the_ice_session_with_a_strong_tag_of_its_own(server: Server) -> None:
    one, other = await opened(server), await opened(server)
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', one[1]["ETag"])
    assert one[1]["ETag"] != other[1]["ETag"]


async def test_4_3_1_a_patch_of_another_type_is_refused_with_415(server: Server) -> None:
    session = await opened(server)
    headers = {"If-Match": session[1]["ETag"], "Content-Type": "application/sdp"}
    refused = await patched(server, session, "a=end-of-candidates", **headers)
    assert (refused[0], problem(refused)) == (415, "wrong_type")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "m=video\r\n",
        "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n",  # of no media section
        "m=video 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:nonsense\r\n",
        "m=video 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 99999 typ host\r\n",
        "a=ice-ufrag:x\r\n",
        "a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n",
    ],
)
async def test_4_3_1_a_malformed_fragment_is_refused_with_400(server: Server, body: str) -> None:
    session = await opened(server)
    refused = await patched(server, session, body, **{"If-Match": session[1]["ETag"]})
    assert refused[0] == 400
    assert problem(refused) in ("not_a_fragment", "bad_candidates")


async def test_4_3_1_a_delete_ignores_the_tag(server: Server) -> None:
    session = await opened(server)
    assert (await call(server, "DELETE", session[1]["Location"], headers={"If-Match": '"other"'}))[0] == 200


# --- 4.3.2 trickle ICE ------------------------------------------------------------------------------------------------


async def test_4_3_2_the_answer_holds_all_of_the_servers_candidates(server: Server) -> None:
    first = SessionDescription.parse((await opened(server))[2]).media[0]
    assert first.ice_candidates
    assert first.ice_candidates_complete


async def test_4_3_2_trickled_candidates_are_tried(server: Server, face_clip: Clip) -> None:
    async with WhipClient(server.url, ClipTrack(face_clip), trickle=True) as client:
        assert client.pc.connectionState != "connected"
        assert await client.patch(fragment(client.offer_sdp)) == 204
        assert (await client.next_annotations(2))[-1].message["face"] is not None
    await ended(server, client)


async def test_4_3_2_without_if_match_428(server: Server) -> None:
    refused = await patched(server, await opened(server), "a=end-of-candidates")
    assert (refused[0], problem(refused)) == (428, "if_match_required")


@pytest.mark.parametrize("tag", ['"other"', "W/{tag}", "{bare}"])
async def test_4_3_2_another_tag_412(server: Server, tag: str) -> None:
    session = await opened(server)
    current = session[1]["ETag"]
    match = tag.format(tag=current, bare=current.strip('"'))
    refused = await patched(server, session, "a=end-of-candidates", **{"If-Match": match})
    assert (refused[0], problem(refused)) == (412, "stale_ice_session")


@pytest.mark.parametrize("match", ["{tag}", '"other", {tag}', "*"])
async def test_4_3_2_trickle_is_answered_with_204_and_nothing_else(server: Server, match: str) -> None:
    session = await opened(server)
    status, headers, body = await patched(
        server, session, "a=end-of-candidates", **{"If-Match": match.format(tag=session[1]["ETag"])}
    )
    assert (status, body) == (204, "")
    assert "ETag" not in headers


async def test_4_3_2_candidates_that_cannot_be_used_are_left_out_silently(server: Server, face_clip: Clip) -> None:
    odd = [
        "a=candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
        "a=candidate:2 2 udp 2122260223 192.0.2.1 61765 typ host",
        "a=candidate:3 1 udp 2122260223 does-not-resolve.invalid 61764 typ host",
        "a=candidate:4 1 udp 2122260223 0f1e2d3c-aaaa-bbbb-cccc-123456789abc.local 61764 typ host",
        "a=candidate:5 1 udp 2122260223 192.0.2.1 61766 typ unheard-of",
    ]
    async with WhipClient(server.url, ClipTrack(face_clip), trickle=True) as client:
        head, mid, rest = fragment(client.offer_sdp).partition("a=mid:0\r\n")
        started = asyncio.get_running_loop().time()
        assert await client.patch(head + mid + "\r\n".join(odd) + "\r\n" + rest) == 204
        assert asyncio.get_running_loop().time() - started < 0.9  # looking up a .local name would take 1 s
        await client.next_annotations()
    await ended(server, client)


async def test_a_session_takes_only_so_many_candidates_and_so_large_fragments(server: Server) -> None:
    session = await opened(server)
    tag = {"If-Match": session[1]["ETag"]}
    lines = [f"a=candidate:{n} 1 udp 1 192.0.2.1 {5000 + n} typ host\r\n" for n in range(MAX_CANDIDATES)]
    many = "m=video 9 RTP/AVP 0\r\na=mid:0\r\n" + "".join(lines)
    refused = await patched(server, session, many, **tag)
    assert (refused[0], problem(refused)) == (422, "too_many_candidates")
    refused = await patched(server, session, many * 10, **tag)
    assert (refused[0], problem(refused)) == (413, "offer_too_large")


async def test_a_session_takes_only_so_many_patches_a_second(server: Server) -> None:
    session = await opened(server)
    async with aiohttp.ClientSession(server.url, headers=FRAGMENT | {"If-Match": session[1]["ETag"]}) as http:

        async def patch() -> int:
            async with http.patch(session[1]["Location"], data="a=end-of-candidates") as response:
                if response.status == 429:
                    assert response.headers["Retry-After"] == "1"
                return response.status

        statuses = await asyncio.gather(*(patch() for _ in range(150)))
    assert set(statuses) == {204, 429}


# --- 4.3.3 ICE restarts -----------------------------------------------------------------------------------------------


async def restarted(client: WhipClient, restart: IceRestart, match: str = "*") -> tuple[int, str, str]:
    """Ask for a restart with the client's new credentials: status, the new tag and the server's fragment."""
    lines = [
        f"a=ice-ufrag:{restart.ufrag}",
        f"a=ice-pwd:{restart.password}",
        "m=video 9 UDP/TLS/RTP/SAVPF 0",
        "a=mid:0",
    ]
    lines += [f"a=candidate:{candidate}" for candidate in restart.candidates]
    headers = FRAGMENT | {"If-Match": match}
    async with (
        client.http() as http,
        http.patch(client.location, data="\r\n".join([*lines, ""]), headers=headers) as answered,
    ):
        if answered.status == 200:
            assert answered.headers["Content-Type"] == "application/trickle-ice-sdpfrag"
        return answered.status, answered.headers.get("ETag", ""), await answered.text()


async def test_4_3_3_ice_is_restarted_under_a_session_that_goes_on(server: Server, face_clip: Clip) -> None:
    async with WhipClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()
        restart = IceRestart(client.pc, RTCConfiguration(iceServers=[]), controlling=True)
        await restart.prepare(LocalIce())
        status, tag, body = await restarted(client, restart)
        assert status == 200
        assert re.fullmatch(r'"[\x21\x23-\x7e]+"', tag)
        assert tag != client.entity_tag
        assert await client.patch("a=end-of-candidates") == 412  # the tag of the ICE session before
        client.entity_tag = tag
        assert await client.patch("a=end-of-candidates") == 204
        theirs = read_fragment(body)
        assert theirs.ufrag is not None
        assert theirs.password is not None
        assert theirs.candidates
        for candidate in theirs.candidates:
            await restart.add(candidate)
        assert await restart.finish(theirs.ufrag, theirs.password)
        await client.next_annotations(5)
        assert (await call(server, "GET", client.location))[1]["ETag"] == tag
    await ended(server, client)


async def test_4_3_3_a_restart_that_cannot_be_done_leaves_the_session_as_it_is(server: Server) -> None:
    session = await opened(server)  # nobody connects: there is no path to restart
    restart = "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
    refused = await patched(server, session, restart, **{"If-Match": "*"})
    assert (refused[0], problem(refused)) == (422, "ice_restart_unsupported")
    assert (await call(server, "GET", session[1]["Location"]))[1]["ETag"] == session[1]["ETag"]


async def test_4_3_3_a_restart_that_finds_no_path_leaves_the_media_as_they_are(server: Server, face_clip: Clip) -> None:
    async with WhipClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()
        restart = "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n"
        assert await client.patch(restart, **{"If-Match": '"*"'}) == 200
        await client.next_annotations(5)
        assert await client.patch(restart.replace("ysXw", "ysXx"), **{"If-Match": "*"}) == 429
    await ended(server, client)


# --- 4.4 WebRTC constraints -------------------------------------------------------------------------------------------


async def test_4_4_1_one_bundle_with_rtcp_multiplexed_only(server: Server) -> None:
    _, _, answer = await call(server, "POST", "/whip", data=await offer("video", "audio"), headers=SDP)
    description = SessionDescription.parse(answer)
    assert [group.semantic for group in description.group] == ["BUNDLE"]
    assert description.group[0].items == [media.rtp.muxId for media in description.media]
    sections = re.split(r"(?m)^m=", answer)[1:]
    assert [section.split()[0] for section in sections] == ["video", "audio", "application"]
    for section in sections[:2]:
        assert "a=rtcp-mux\r\n" in section
        assert "a=rtcp-mux-only\r\n" in section


async def test_4_4_2_several_videos_are_refused_with_422(server: Server) -> None:
    refused = await call(server, "POST", "/whip", data=await offer("video", "video"), headers=SDP)
    assert (refused[0], problem(refused)) == (422, "several_videos")


async def test_4_4_3_an_offer_is_answered_as_a_whole_or_not_at_all(server: Server) -> None:
    sdp = re.sub(r"(?m)^a=rtpmap:(\d+) (?:opus|PCM.|G722)/", r"a=rtpmap:\1 unheard-of/", await offer("video", "audio"))
    refused = await call(server, "POST", "/whip", data=sdp, headers=SDP)
    assert (refused[0], problem(refused)) == (422, "unsupported_offer")


@pytest.mark.parametrize(("offered", "answered"), [("actpass", "active"), ("active", "passive"), ("passive", "active")])
async def test_4_4_4_a_client_that_only_starts_dtls_is_served(server: Server, offered: str, answered: str) -> None:
    sdp = (await offer()).replace("a=setup:actpass", f"a=setup:{offered}")
    assert f"a=setup:{answered}\r\n" in (await call(server, "POST", "/whip", data=sdp, headers=SDP))[2]


# --- 4.5 load balancing and redirections ------------------------------------------------------------------------------


async def test_4_5_a_full_server_says_503_and_when_to_come_back(start: StartServer) -> None:
    full = await start(max_sessions=1)
    await opened(full)
    refused = await call(full, "POST", "/whip", data=await offer(), headers=SDP)
    assert (refused[0], problem(refused)) == (503, "server_full")
    assert int(refused[1]["Retry-After"]) > 0


# --- 4.6 STUN and TURN servers ----------------------------------------------------------------------------------------


async def test_4_6_each_ice_server_is_a_link_of_its_own(server: Server) -> None:
    links = (await opened(server))[1].getall("Link")
    assert [link.split(">")[0][1:] for link in links] == [
        "turn:turn.example?transport=udp",
        "turns:turn.example:443?transport=tcp",
    ]
    pattern = r'<turns?:[^>]+>; rel="ice-server"; username="\d+:[^"]+"; credential="[^"]+"; credential-type="password"'
    assert all(re.fullmatch(pattern, link) for link in links)


# --- 4.7 authentication and authorization -----------------------------------------------------------------------------


async def test_4_7_who_has_no_token_is_told_so_and_preflights_need_none(start: StartServer) -> None:
    closed = await start(guest_sessions=False, cors_origins=(SITE,))
    for method, path in (("POST", "/whip"), ("PATCH", "/whip/x"), ("DELETE", "/whip/x"), ("GET", "/whip/x")):
        refused = await call(closed, method, path, data="v=0", headers=SDP)
        assert (refused[0], problem(refused)) == (401, "login_required")
        assert refused[1]["WWW-Authenticate"].startswith("Bearer ")
    bad = await call(closed, "POST", "/whip", data="v=0", headers=SDP | {"Authorization": "Bearer nonsense"})
    assert 'error="invalid_token"' in bad[1]["WWW-Authenticate"]
    ask = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
    assert (await call(closed, "OPTIONS", "/whip", headers=ask))[0] == 200


async def test_4_7_a_session_belongs_to_who_opened_it(start: StartServer) -> None:
    closed = await start(guest_sessions=False)
    tokens = {}
    for name in ("amira", "basma"):
        body = {"user_id": name, "password": "a long password", "consent": True}
        async with aiohttp.ClientSession(closed.url) as http, http.post("/signup/", json=body) as response:
            tokens[name] = {"Authorization": f"Bearer {(await response.json())['data']['access_token']}"}
    _, headers, _ = await call(closed, "POST", "/whip", data=await offer(), headers=SDP | tokens["amira"])
    for method in ("GET", "PATCH", "DELETE"):
        match = FRAGMENT | {"If-Match": headers["ETag"]}
        options = {"data": "a=end-of-candidates", "headers": match | tokens["basma"]}
        refused = await call(closed, method, headers["Location"], **options)
        assert (refused[0], problem(refused)) == (404, "no_such_session")
    assert (await call(closed, "DELETE", headers["Location"], headers=tokens["amira"]))[0] == 200
