"""A peer sends video and gets annotations: what they say, when they come, and how a session ends."""

import asyncio
import json
from pathlib import Path

import aiohttp
import jsonschema
import pytest

from benchmarks.clips import Clip, close_up, encode, moving_portrait, portrait
from benchmarks.live_client import ClipTrack, LiveClient
from signaling.budget import BudgetDesk, budget_for
from tests.integration.live.conftest import Server, StartServer

SCHEMAS = Path(__file__).resolve().parents[3] / "static" / "schema"


def conforms(message: dict[str, object], name: str) -> None:
    jsonschema.validate(message, json.loads((SCHEMAS / f"{name}.schema.json").read_text()))


async def test_a_moving_face_is_annotated_on_the_frames_that_were_sent(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        received = await client.next_annotations(20)
        assert len(client.latencies) >= 15  # matched by the RTP timestamps of packets really sent
    boxes = []
    for one in received:
        message = one.message
        conforms(message, "annotations")
        assert message["frame"] == {"width": 640, "height": 360}
        assert message["face"] is not None
        boxes.append(message["face"]["box"])
    assert [one.message["seq"] for one in received] == sorted(one.message["seq"] for one in received)
    x, y, width, height = boxes[-1]
    assert 0.3 < x + width / 2 < 0.7
    assert 0.1 < width < 0.6
    assert 0.2 < height < 1.0
    await server.empty()


async def test_control_says_hello_with_limits_and_answers_pings(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        hello = await client.next_control("hello")
        conforms(hello, "hello")
        assert hello["session_id"] == client.session_id
        budget = await client.next_control("budget")
        conforms(budget, "budget")
        client.send({"v": 1, "type": "ping", "t": 41.5})
        assert (await client.next_control("pong"))["t"] == 41.5


async def test_under_load_the_client_is_asked_for_less_and_no_more_than_that_is_analysed(
    server: Server, face_clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        assert (await client.next_control("budget"))["fps"] == 30
        assert (await client.next_annotations())[0].message["degraded"] == []
        monkeypatch.setattr(BudgetDesk, "at", lambda self, now: budget_for(10.0))
        less = await client.next_control("budget")
        conforms(less, "budget")
        assert (less["width"], less["height"], less["fps"]) == (640, 360, 10)
        first = (await client.next_annotations(2))[1]
        last = (await client.next_annotations(10))[-1]
        assert "frame_rate" in last.message["degraded"]
        assert last.at - first.at > 0.8  # ten frames: a second, though thirty were sent


async def test_who_asks_for_moves_gets_them_between_whole_results(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip), moves=True) as client, asyncio.timeout(20):
        wholes: dict[int, dict[str, object]] = {}
        moves: list[dict[str, object]] = []
        while len(moves) < 5:
            message = (await client.next_annotations())[0].message
            conforms(message, message["type"])
            if message["type"] == "annotations":
                wholes[message["seq"]] = message
            elif message["of"] in wholes:
                moves.append(message)
    for message in moves:
        whole = wholes[message["of"]]  # type: ignore[index]
        assert len(message["boxes"]) == 4 * len(whole["findings"])  # type: ignore[arg-type]


@pytest.mark.parametrize("landmarks", ["contours", "full"])
async def test_the_client_chooses_how_much_of_the_mesh_it_gets(server: Server, face_clip: Clip, landmarks: str) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        client.send({"v": 1, "type": "configure", "landmarks": landmarks})
        async with asyncio.timeout(20):
            message = (await client.next_annotations())[0].message
            while "contours" not in (message["face"] or {}):
                message = (await client.next_annotations())[0].message
    conforms(message, "annotations")
    assert ("landmarks" in message["face"]) == (landmarks == "full")
    assert all("polygon" in region for region in message["regions"])


async def test_the_client_chooses_how_many_frames_are_analysed(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        client.send({"v": 1, "type": "configure", "max_fps": 5})
        client.send({"v": 1, "type": "ping", "t": 1})
        await client.next_control("pong")  # what was said before has been heard
        await client.next_annotations(3)
        received = await client.next_annotations(6)
    ticks = [one.message["rtp_timestamp"] for one in received]
    gaps = [(later - earlier) % 2**32 / 90_000 for earlier, later in zip(ticks, ticks[1:], strict=False)]
    assert min(gaps) > 0.15


async def test_a_client_without_a_control_channel_gets_its_annotations(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip), control_channel=False) as client:
        assert (await client.next_annotations(3))[-1].message["face"] is not None


async def test_skin_tone_comes_per_region_once_the_face_has_been_inspected(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        async with asyncio.timeout(20):
            tones: list[dict[str, object]] = []
            while not tones:
                message = (await client.next_annotations())[0].message
                tones = [region["tone"] for region in message.get("regions", []) if "tone" in region]
        conforms(message, "annotations")
    assert all((tone["ita"] is None) == (tone["reason"] is not None) for tone in tones)


async def test_without_a_face_the_message_says_so(server: Server, empty_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(empty_clip)) as client:
        message = (await client.next_annotations(3))[-1].message
    conforms(message, "annotations")
    assert message["face"] is None
    assert message["quality"]["issues"] == ["no_face"]
    assert "regions" not in message


async def test_two_faces_are_told(server: Server) -> None:
    import numpy as np

    one, other = portrait("astronaut")[:400, 60:380], portrait("hopper")[:400, 100:420]
    clip = encode(moving_portrait(np.ascontiguousarray(np.hstack([one, other])), 640, 400, 60))
    async with LiveClient(server.url, ClipTrack(clip)) as client:
        async with asyncio.timeout(20):
            while True:
                message = (await client.next_annotations())[0].message
                if "several_faces" in message["quality"]["issues"]:
                    break


async def test_h264_is_analysed_like_vp8(server: Server) -> None:
    clip = encode(moving_portrait(close_up(), 640, 360, 60), codec="H264")
    async with LiveClient(server.url, ClipTrack(clip), codec="video/H264") as client:
        assert (await client.next_annotations(3))[-1].message["face"] is not None


async def test_deleting_ones_session_ends_it_with_bye(server: Server, face_clip: Clip) -> None:
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_control("hello")
        await client.next_annotations()
        async with aiohttp.ClientSession(server.url) as http:
            async with http.delete(f"/offer/{client.session_id}") as response:
                assert response.status == 204
            bye = await client.next_control("bye")
            conforms(bye, "bye")
            await server.empty()
            async with http.delete(f"/offer/{client.session_id}") as response:
                assert response.status == 404
                assert (await response.json())["code"] == "no_such_session"


async def test_a_client_that_goes_away_leaves_nothing(server: Server, face_clip: Clip) -> None:
    for _ in range(3):
        async with LiveClient(server.url, ClipTrack(face_clip)) as client:
            await client.next_annotations()
        await server.empty()


async def test_a_full_server_refuses_politely_and_serves_again_when_a_place_is_free(
    start_server: StartServer, face_clip: Clip
) -> None:
    server = await start_server(max_sessions=1)
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()
        with pytest.raises(ConnectionRefusedError, match="503 server_full"):
            async with LiveClient(server.url, ClipTrack(face_clip)):
                pass
        await client.next_annotations(3)
    await server.empty()
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()


async def test_stopping_the_server_says_bye_to_everyone(start_server: StartServer, face_clip: Clip) -> None:
    server = await start_server()
    async with (
        LiveClient(server.url, ClipTrack(face_clip)) as one,
        LiveClient(server.url, ClipTrack(face_clip)) as other,
    ):
        await asyncio.gather(one.next_annotations(), other.next_annotations())
        await server.sessions.close(5.0)
        assert (await one.next_control("bye"))["reason"] == "server_stopping"
        assert (await other.next_control("bye"))["retry_after_ms"] > 0
        assert len(server.sessions) == 0


async def test_ice_servers_are_what_the_settings_say(start_server: StartServer) -> None:
    plain = await start_server()
    full = await start_server(
        stun_urls=("stun:stun.example.org",), turn_urls=("turn:turn.example.org",), turn_secret="not a real secret"
    )
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{plain.url}/ice-servers") as response:
            assert await response.json() == {"iceServers": []}
        async with http.get(f"{full.url}/ice-servers") as response:
            stun, turn = (await response.json())["iceServers"]
    assert stun == {"urls": ["stun:stun.example.org"]}
    assert turn["urls"] == ["turn:turn.example.org"]
    assert ":guest-" in turn["username"]
    assert turn["credential"]


async def test_guests_are_refused_where_they_are_not_allowed(start_server: StartServer) -> None:
    server = await start_server(guest_sessions=False)
    with pytest.raises(ConnectionRefusedError, match="401"):
        async with LiveClient(server.url, None):
            pass
