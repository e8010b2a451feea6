"""What a live session may be given that it should not: each is answered clearly or served within the limits, and no
other session feels it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from benchmarks.clips import Clip, close_up, encode, moving_portrait
from benchmarks.live_client import ClipTrack, LiveClient
from signaling.messages import MAX_MESSAGE_BYTES
from signaling.offer import MAX_SDP_BYTES
from tests.integration.live.conftest import Server, StartServer


@asynccontextmanager
async def bystander(server: Server, clip: Clip) -> AsyncIterator[LiveClient]:
    """Somebody else's session, which goes on whatever happens beside it."""
    async with LiveClient(server.url, ClipTrack(clip)) as client:
        await client.next_annotations(2)
        yield client
        await client.next_annotations(5)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b"[]", 400, "bad_offer"),
        (b'{"sdp": 1, "type": "offer"}', 400, "bad_offer"),
        (b'{"sdp": "v=0", "type": "answer"}', 400, "bad_offer"),
        (b'{"sdp": "", "type": "offer"}', 400, "empty_offer"),
        (b'{"sdp": "hello", "type": "offer"}', 400, "not_sdp"),
        (b'{"sdp": "v=0", "type": "offer"}', 422, "no_video"),
        (b'{"sdp": "' + b"x" * (2 * MAX_SDP_BYTES) + b'", "type": "offer"}', 413, "offer_too_large"),
    ],
)
async def test_a_bad_offer_gets_one_clear_error(server: Server, body: bytes, status: int, code: str) -> None:
    async with aiohttp.ClientSession(server.url) as http, http.post("/offer", data=body) as response:
        assert response.status == status
        answer = await response.json()
        assert answer["code"] == code
        assert answer["error"]
    assert len(server.sessions) == 0


async def test_an_endless_offer_is_cut_off(server: Server) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2000):
            yield b"x" * 65536

    async with aiohttp.ClientSession(server.url) as http:
        try:
            async with http.post("/offer", data=endless()) as response:
                assert response.status == 413
        except aiohttp.ClientConnectionError:
            pass  # the server closed the connection while the rest was still being sent


async def test_an_offer_without_video_is_refused(server: Server) -> None:
    with pytest.raises(ConnectionRefusedError, match="422 no_video"):
        async with LiveClient(server.url, None):
            pass
    assert len(server.sessions) == 0


async def test_an_offer_that_never_connects_is_collected(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server(connect_timeout_s=0.5)
    client = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    client.addTrack(ClipTrack(face_clip))
    client.createDataChannel("annotations")
    await client.setLocalDescription(await client.createOffer())
    offer = {"sdp": client.localDescription.sdp, "type": "offer"}
    await client.close()  # nobody will answer the connectivity checks
    async with aiohttp.ClientSession(server.url) as http, http.post("/offer", json=offer) as response:
        assert response.status == 201
    assert len(server.sessions) == 1
    await server.empty()


async def test_a_client_that_sends_no_video_is_ended_as_idle(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server(session_idle_s=1.0)
    async with LiveClient(server.url, ClipTrack(face_clip, frames=10)) as client:
        assert (await client.next_control("bye"))["reason"] == "idle"
    await server.empty()


async def test_a_session_may_not_last_for_ever(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server(session_max_s=1.0)
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        assert (await client.next_control("bye"))["reason"] == "session_too_long"
    await server.empty()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00\xff", "binary_message"),
        ("not json", "not_json"),
        ('{"v":1,"type":"dance"}', "bad_message"),
        ('{"v":1,"type":"configure","max_fps":-1}', "bad_message"),
    ],
)
async def test_a_bad_message_gets_an_error_and_harms_nothing(
    server: Server, face_clip: Clip, data: str | bytes, code: str
) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        client.send(data)
        error = await client.next_control("error")
        assert error["code"] == code
        client.send({"v": 1, "type": "ping", "t": 1})
        await client.next_control("pong")
        await client.next_annotations(3)


async def test_a_message_above_the_limit_is_refused_and_the_session_goes_on(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        client.send("x" * (MAX_MESSAGE_BYTES + 1))
        assert (await client.next_control("error"))["code"] == "message_too_large"
        await client.next_annotations(3)


async def test_a_message_of_ten_megabytes_ends_its_session_and_no_other(server: Server, face_clip: Clip) -> None:
    async with bystander(server, face_clip), LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        assert client.pc.sctp is not None
        client.pc.sctp._remote_max_message_size = 0  # this client does not keep to what the server said it takes
        client.send("x" * 10_000_000)
        assert (await client.next_control("bye", timeout_s=40))["reason"] == "message_too_large"


async def test_a_flood_of_messages_is_told_then_ended(server: Server, face_clip: Clip) -> None:
    async with bystander(server, face_clip), LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        for _ in range(2000):
            client.send('{"v":1,"type":"ping","t":1}')
        assert (await client.next_control("error"))["code"] == "too_many_messages"
        assert (await client.next_control("bye"))["reason"] == "flood"


async def test_a_client_that_stops_reading_costs_only_its_own_results(
    server: Server, face_clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bystander(server, face_clip), LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        await client.next_annotations()

        async def swallow(data: bytes) -> None:
            return None

        monkeypatch.setattr(client.pc.sctp, "_handle_data", swallow)  # nothing is acknowledged any more
        async with asyncio.timeout(30):
            while True:
                figures = next(one for one in server.sessions.figures if one.session_id == client.session_id)
                if figures.results_skipped > 10:
                    break
                await asyncio.sleep(0.1)
        analysed = figures.frames_analysed
        await asyncio.sleep(0.5)
        figures = next(one for one in server.sessions.figures if one.session_id == client.session_id)
        assert figures.frames_analysed > analysed


async def test_video_above_the_cap_is_told_and_not_decoded(server: Server, face_clip: Clip) -> None:
    clip = encode([np.full((2160, 3840, 3), 90, np.uint8)] * 3, kbps=1000)
    async with bystander(server, face_clip), LiveClient(server.url, ClipTrack(clip)) as client:
        error = await client.next_control("error")
        assert error["code"] == "video_too_large"
        assert "3840x2160" in error["message"]
        assert client.annotations == []


async def test_five_frames_a_second_are_all_analysed(server: Server) -> None:
    clip = encode(moving_portrait(close_up(), 640, 360, 20), fps=5)
    async with LiveClient(server.url, ClipTrack(clip)) as client:
        message = (await client.next_annotations(8))[-1].message
        assert message["received"] - message["analysed"] <= 1


async def test_sixty_frames_a_second_are_taken_as_they_come(server: Server) -> None:
    clip = encode(moving_portrait(close_up(), 640, 360, 20), fps=60)
    async with LiveClient(server.url, ClipTrack(clip)) as client:
        first = (await client.next_annotations())[0].message
        last = (await client.next_annotations(30))[-1].message
        assert last["face"] is not None
        assert last["received"] >= last["analysed"] >= first["analysed"] + 29
        assert (last["rtp_timestamp"] - first["rtp_timestamp"]) % 2**32 % 1500 == 0
        assert last["age_ms"] < 2000  # what is not analysed is left out, and never waits in a line


async def test_a_resolution_that_changes_all_the_time_is_followed(server: Server) -> None:
    sizes = [(640, 360), (320, 240), (360, 640), (1280, 720)]
    parts = [encode(moving_portrait(close_up(), *size, 10)) for size in sizes]
    clip = Clip([packet for part in parts for packet in part.packets], "VP8", 30, *sizes[0])
    seen: set[tuple[int, int]] = set()
    async with LiveClient(server.url, ClipTrack(clip)) as client:
        async with asyncio.timeout(30):
            while seen != set(sizes):
                message = (await client.next_annotations())[0].message
                seen.add((message["frame"]["width"], message["frame"]["height"]))


async def test_a_track_that_ends_may_be_followed_by_another(server: Server, face_clip: Clip, empty_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(empty_clip)) as client:
        assert (await client.next_annotations(2))[-1].message["face"] is None
        client.pc.getSenders()[0].replaceTrack(ClipTrack(face_clip))
        async with asyncio.timeout(20):
            while (await client.next_annotations())[0].message["face"] is None:
                pass
