"""An analysis that hangs or always raises costs its own session, which is told and may come back, and nobody else."""

import asyncio
import threading
from typing import Any

import aiohttp
import pytest

from benchmarks.clips import Clip, encode, moving_portrait, portrait
from benchmarks.live_client import ClipTrack, LiveClient
from media_pipeline import live
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.types import Frame
from tests.integration.live.conftest import StartServer


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the face tracker does to pictures of the size 320x240: "hang" until "release" is set, or "raise"."""
    track: Any = FaceTracker.track
    state: dict[str, Any] = {"how": "hang", "release": threading.Event()}

    def poisoned(self: FaceTracker, frame: Frame) -> Any:
        if (frame.width, frame.height) == (320, 240):
            if state["how"] == "raise":
                raise ValueError("cannot stand this size")
            state["release"].wait(60)
        return track(self, frame)

    monkeypatch.setattr(FaceTracker, "track", poisoned)
    return state


@pytest.fixture(scope="module")
def bad_clip() -> Clip:
    return encode(moving_portrait(portrait("astronaut"), 320, 240, 10))


async def readiness(url: str) -> str:
    async with aiohttp.ClientSession(url) as http, http.get("/readyz") as response:
        answer = await response.json()
        return str(answer.get("checks", answer.get("details", {}).get("checks"))["analysis"])


async def test_a_hung_analysis_is_noticed_and_replaced_and_its_session_told(
    start_server: StartServer, face_clip: Clip, bad_clip: Clip, poison: dict[str, Any]
) -> None:
    server = await start_server(analysis_hang_s=2.5, analysis_threads=2)
    async with LiveClient(server.url, ClipTrack(face_clip)) as bystander:
        await bystander.next_annotations()

        async def hang() -> None:
            async with LiveClient(server.url, ClipTrack(bad_clip)) as client:
                bye = await client.next_control("bye")
                assert (bye["reason"], bye["retry_after_ms"] > 0) == ("analysis_hung", True)

        await asyncio.gather(*(hang() for _ in range(4)))
        await bystander.next_annotations(5)
        assert server.sessions.hung_threads == 4
        assert await readiness(server.url) == "failed"
        poison["release"].set()
        async with asyncio.timeout(10):
            while await readiness(server.url) != "ok":
                pass
        await bystander.next_annotations(5)


async def test_an_analysis_that_always_raises_ends_its_session_and_no_other(
    start_server: StartServer,
    face_clip: Clip,
    bad_clip: Clip,
    poison: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poison["how"] = "raise"
    monkeypatch.setattr(live, "HOPELESS_FAILURES", 20)
    server = await start_server()
    async with LiveClient(server.url, ClipTrack(face_clip)) as bystander:
        await bystander.next_annotations()
        async with LiveClient(server.url, ClipTrack(bad_clip)) as client:
            assert (await client.next_control("bye"))["reason"] == "analysis_failed"
        await bystander.next_annotations(5)
    told = [record for record in caplog.records if "times so far" in record.message]
    assert 1 <= len(told) <= 3
