"""A stop, as a load balancer, a client and an operator see it: told first, then goodbye, then gone; at once if asked
twice."""

import asyncio
import signal
import time

import aiohttp
import psutil

from benchmarks.clips import Clip, close_up, encode, moving_portrait
from benchmarks.live_client import ClipTrack, LiveClient
from benchmarks.server_process import ServerProcess


def still_face() -> Clip:
    frame = next(iter(moving_portrait(close_up(), 640, 360, 1)))
    return encode([frame] * 30)


async def until_good(client: LiveClient) -> None:
    async with asyncio.timeout(30):
        while not (await client.next_annotations())[0].message["quality"]["ok"]:
            pass


async def test_a_drain_is_told_then_says_goodbye_when_the_capture_is_done() -> None:
    with ServerProcess(DRAIN_NOTICE_S="3", SHUTDOWN_GRACE_S="20") as server:
        async with LiveClient(server.url, ClipTrack(still_face())) as client, aiohttp.ClientSession(server.url) as http:
            await until_good(client)
            server.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(3):
                while True:
                    async with http.get("/readyz") as response:
                        if response.status == 503:
                            assert (await response.json())["details"]["checks"]["live"] == "failed"
                            break
            assert not [message for message in client.control if message["type"] == "bye"]
            offer = {"sdp": client.pc.localDescription.sdp, "type": "offer"}
            async with http.post("/offer", json=offer) as response:
                answer = await response.json()
                assert (response.status, answer["details"]["reason"]) == (503, "stopping")
                assert int(response.headers["Retry-After"]) > 0
            await client.next_annotations()  # who is here is served as before
            client.send({"v": 1, "type": "capture"})
            bye = await client.next_control("bye", timeout_s=30)
            assert (bye["reason"], bye["retry_after_ms"] > 0) == ("server_stopping", True)
            assert "report" in [message["type"] for message in client.control]
            assert await asyncio.to_thread(server.process.wait, 20) == 0


async def test_a_second_signal_ends_it_at_once() -> None:
    with ServerProcess(DRAIN_NOTICE_S="60") as server:
        processes = [server.usage, *server.usage.children(recursive=True)]
        server.process.send_signal(signal.SIGTERM)
        async with aiohttp.ClientSession(server.url) as http, asyncio.timeout(10):
            while True:
                async with http.get("/readyz") as response:
                    if response.status == 503:
                        break
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(server.process.wait, 10) == -signal.SIGTERM
        assert time.monotonic() - started < 5
        _, left = await asyncio.to_thread(psutil.wait_procs, processes, 10)
        assert left == []
