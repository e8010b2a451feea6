"""Limits as a client meets them."""

import asyncio
import time

import aiohttp
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from benchmarks.clips import Clip
from benchmarks.live_client import ClipTrack, LiveClient
from signaling import admission
from tests.integration.live.conftest import StartServer


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else the machine is busy with, this server has room."""
    monkeypatch.setattr(admission, "_short_of", lambda load, sessions: None)


@pytest.mark.usefixtures("unloaded")
async def test_one_address_has_its_share_and_a_trusted_proxy_s_word_counts(
    start_server: StartServer, face_clip: Clip
) -> None:
    server = await start_server(admission="measured", sessions_per_address=1, trusted_proxies=("127.0.0.1",))
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()
        with pytest.raises(ConnectionRefusedError, match="429 too_many_sessions"):
            async with LiveClient(server.url, ClipTrack(face_clip)):
                pass
        offer = {"sdp": client.pc.localDescription.sdp, "type": "offer"}
        async with aiohttp.ClientSession(server.url, headers={"X-Forwarded-For": "203.0.113.9"}) as http:
            async with http.post("/offer", json=offer) as response:
                assert response.status == 201
                await http.delete(response.headers["Location"])
        await client.next_annotations(3)


@pytest.mark.usefixtures("unloaded")
async def test_a_flood_of_offers_costs_only_whoever_makes_it(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server(
        admission="measured", offers_per_address=20, connect_timeout_s=1.0, trusted_proxies=("127.0.0.1",)
    )
    async with LiveClient(server.url, ClipTrack(face_clip)) as bystander:
        before = (await bystander.next_annotations(10))[-1].message
        offer = {"sdp": bystander.pc.localDescription.sdp, "type": "offer"}
        statuses: list[int] = []

        async def flood(http: aiohttp.ClientSession) -> None:
            async with http.post("/offer", json=offer) as response:
                statuses.append(response.status)
                if response.status == 429:
                    assert int(response.headers["Retry-After"]) > 0

        async with aiohttp.ClientSession(server.url, headers={"X-Forwarded-For": "203.0.113.66"}) as http:
            for _ in range(10):
                await asyncio.gather(*(flood(http) for _ in range(20)))
        assert statuses.count(429) >= 180
        assert statuses.count(201) <= 16  # SESSIONS_PER_ADDRESS
        assert set(statuses) <= {201, 429, 503}
        after = (await bystander.next_annotations(10))[-1].message
        assert after["analysed"] > before["analysed"]
        async with LiveClient(server.url, ClipTrack(face_clip)) as newcomer:
            await newcomer.next_annotations()
    await server.empty()  # those that never connected are collected


async def test_a_session_that_lost_its_client_makes_room(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server(max_sessions=1)
    async with LiveClient(server.url, ClipTrack(face_clip)) as gone:
        await gone.next_annotations()
        session = server.sessions.get(gone.session_id, None)
        gone.vanish()
        await asyncio.sleep(0.3)  # until what was on its way has come
        session._lose("the test says so")
        async with LiveClient(server.url, ClipTrack(face_clip)) as newcomer:
            await newcomer.next_annotations()
            assert session.state == "ended"


async def test_an_overloaded_server_says_so(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server(admission="measured")
    client = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    client.addTrack(ClipTrack(face_clip))
    client.createDataChannel("annotations")
    await client.setLocalDescription(await client.createOffer())
    offer = {"sdp": client.localDescription.sdp, "type": "offer"}
    await client.close()
    async with aiohttp.ClientSession(server.url) as http:
        for _ in range(10):
            for _ in range(3):
                time.sleep(0.4)  # noqa: ASYNC251  # something keeps the event loop busy
                await asyncio.sleep(0.11)
            async with http.post("/offer", json=offer) as response:
                answer = await response.json()
            if response.status == 503:
                break
            await http.delete(response.headers["Location"])
        assert answer["details"] == {"reason": "overloaded", "measure": "loop_lag"}
        assert int(response.headers["Retry-After"]) > 0
