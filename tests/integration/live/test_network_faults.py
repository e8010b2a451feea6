"""What networks and strangers do to a live session: whatever becomes of it, others keep theirs, and nothing stays."""

import asyncio
import logging
import random
import signal
import socket
import sys
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription

from benchmarks.clips import Clip
from benchmarks.impaired_link import ImpairedLink, Impairment
from benchmarks.live_client import ClipTrack, LiveClient
from tests.coturn import SECRET, Coturn
from tests.integration.live.conftest import Server, StartServer
from tests.integration.live.test_turn import given, relay_only

ROOT = Path(__file__).resolve().parents[3]
BLACK_HOLE_S = 10.0
STRAY_DATAGRAMS = 3000
LEAST_FPS = 2.0  # of a bystander, on a machine that is busy with other things too; alone it has thirty


async def rate_of(client: LiveClient, seconds: float) -> float:
    """Annotations a second from now on."""
    before = len(client.annotations)
    await asyncio.sleep(seconds)
    return (len(client.annotations) - before) / seconds


async def test_ten_seconds_in_a_black_hole_cost_nobody_else_anything_and_are_survived(
    server: Server, face_clip: Clip
) -> None:
    async with (
        LiveClient(server.url, ClipTrack(face_clip)) as bystander,
        ImpairedLink(Impairment()) as link,
        LiveClient(server.url, ClipTrack(face_clip), link=link) as client,
    ):
        await asyncio.gather(bystander.next_annotations(), client.next_annotations())
        link.black_hole = True
        assert await rate_of(bystander, BLACK_HOLE_S) > LEAST_FPS
        assert server.sessions.get(client.session_id, None).state == "lost"
        link.black_hole = False
        await client.next_annotations(5, timeout_s=30)
        assert server.sessions.get(client.session_id, None).state == "live"
    await server.empty()


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(Impairment(loss=0.05), id="5 % loss"),
        pytest.param(Impairment(delay_s=0.03, jitter_s=0.02), id="reordered"),
        pytest.param(Impairment(loss=0.02, delay_s=0.05, jitter_s=0.01), id="mobile"),
    ],
)
async def test_a_bad_network_is_annotated_over_all_the_same(server: Server, face_clip: Clip, bad: Impairment) -> None:
    async with (
        ImpairedLink(bad, seed=5) as link,
        LiveClient(server.url, ClipTrack(face_clip), link=link, moves=True) as client,
    ):
        received = await client.next_annotations(20, timeout_s=30)
        assert link.passed > 100
        link.impairment = Impairment()  # the goodbye arrives; of who goes without one other tests tell
    assert received[-1].at > received[0].at
    await server.empty()


async def test_a_client_that_is_killed_leaves_nothing_and_nobody_notices(
    start_server: StartServer, face_clip: Clip
) -> None:
    server = await start_server(session_idle_s=2.0, resume_grace_s=1.0)
    async with LiveClient(server.url, ClipTrack(face_clip)) as bystander:
        await bystander.next_annotations()
        command = [sys.executable, "-m", "benchmarks.load", server.url, "--seconds", "60"]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(40):
            while sum(one.frames_analysed > 0 for one in server.sessions.figures) < 2:  # noqa: ASYNC110 - figures tell nobody
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        async with asyncio.timeout(20):
            while len(server.sessions) > 1:  # noqa: ASYNC110 - nor does the registry
                await asyncio.sleep(0.05)
        assert await rate_of(bystander, 2.0) > LEAST_FPS
    await server.empty()


async def test_stray_and_mutated_datagrams_at_the_media_port_harm_no_session(
    server: Server, face_clip: Clip, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        LiveClient(server.url, ClipTrack(face_clip)) as client,
        LiveClient(server.url, ClipTrack(face_clip)) as bystander,
    ):
        await asyncio.gather(client.next_annotations(), bystander.next_annotations())
        (address,) = {
            (one.ip, one.port)
            for one in SessionDescription.parse(client.answer["sdp"]).media[0].ice_candidates
            if "." in one.ip
        }
        with caplog.at_level(logging.ERROR), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number, datagram in enumerate(stray_datagrams(random.Random(11))):
                stranger.sendto(datagram, address)
                if number % 50 == 0:
                    await asyncio.sleep(0.01)  # bounded: about 5,000 a second
        assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
        await asyncio.gather(client.next_annotations(5), bystander.next_annotations(5))
    await server.empty()


def stray_datagrams(chance: random.Random) -> list[bytes]:
    """What may knock on a media port, by the first byte that tells it apart (RFC 7983): STUN, DTLS, RTP, RTCP and
    nonsense; right heads with wrong tails, lengths that lie, and nothing at all."""
    heads = {
        "stun": bytes.fromhex("000100002112a442") + bytes(12),
        "stun response": bytes.fromhex("010100082112a442") + bytes(12),
        "dtls hello": bytes.fromhex("16fefd000000000000000000300100002400000000000000240100"),
        "dtls alert": bytes.fromhex("15fefd00010000000000010002025a"),
        "rtp": bytes.fromhex("80e1000100000001deadbeef"),
        "rtp with extension": bytes.fromhex("90e1000100000001deadbeefbede0001"),
        "rtcp report": bytes.fromhex("80c80006deadbeef"),
        "rtcp feedback": bytes.fromhex("81ce0002deadbeef00000000"),
    }
    made = [b"", b"\x00", b"\xff" * 1500]
    while len(made) < STRAY_DATAGRAMS:
        head = bytearray(chance.choice([*heads.values(), chance.randbytes(20)]))
        for _ in range(chance.randrange(4)):
            head[chance.randrange(len(head))] = chance.randrange(256)
        made.append(
            bytes(head[: chance.randrange(1, len(head) + 1)]) + chance.randbytes(chance.choice([0, 7, 60, 1200]))
        )
    return made


@pytest.mark.system("coturn")
async def test_a_relay_that_is_restarted_costs_its_sessions_a_reconnect_and_no_findings(
    start_server: StartServer, face_clip: Clip, tmp_path: Path
) -> None:
    coturn = Coturn(tmp_path / "coturn")
    coturn.start()
    try:
        server = await start_server(turn_urls=(coturn.url(),), turn_secret=SECRET)
        configuration = relay_only(await given(server, "udp"))
        async with (
            LiveClient(server.url, ClipTrack(face_clip)) as bystander,
            LiveClient(server.url, ClipTrack(face_clip), configuration=configuration) as relayed,
        ):
            await asyncio.gather(bystander.next_annotations(), relayed.next_annotations())
            await asyncio.to_thread(coturn.stop)
            await asyncio.to_thread(coturn.start)
            token = relayed.answer["resume"]["token"]
            again = relay_only(await given(server, "udp"))
            async with LiveClient(server.url, ClipTrack(face_clip), configuration=again, resume=token) as resumed:
                await resumed.next_annotations(3)
                assert resumed.session_id == relayed.session_id
            assert await rate_of(bystander, 2.0) > LEAST_FPS
        await server.empty(40)
    finally:
        coturn.stop()
