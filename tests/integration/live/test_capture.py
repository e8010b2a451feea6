"""Captures from a live session: made of the video or of a still, stored once, told, and no burden to the live view."""

import asyncio
import hashlib
import json
import statistics
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import cv2
import jsonschema
import pytest

from api.uploads import UPLOADS
from benchmarks.clips import Clip, close_up, encode, moving_portrait
from benchmarks.live_client import ClipTrack, LiveClient
from media_pipeline.types import Image
from signaling import still_receiver
from tests.integration.live.conftest import Server, StartServer

SCHEMAS = Path(__file__).resolve().parents[3] / "static" / "schema"
CHUNK = 60_000


@pytest.fixture(scope="module")
def still_clip() -> Clip:
    """Somebody who holds still."""
    frame = next(iter(moving_portrait(close_up(), 640, 360, 1)))
    return encode([frame] * 30)


@pytest.fixture(scope="module")
def photo(hopper: Image) -> bytes:
    """A still that a camera may take: a JPEG of 600 x 512 px."""
    return cv2.imencode(".jpg", cv2.cvtColor(hopper, cv2.COLOR_RGB2BGR))[1].tobytes()


@asynccontextmanager
async def live(server: Server, clip: Clip, token: str | None = None, *, good: bool = True) -> AsyncIterator[LiveClient]:
    """A session whose camera has shown a good frame."""
    async with LiveClient(server.url, ClipTrack(clip), token=token) as client:
        await client.next_control("hello")
        async with asyncio.timeout(20):
            while good and not (await client.next_annotations())[0].message["quality"]["ok"]:
                pass
        yield client


async def sign_up(server: Server, name: str, *, consent: bool = True) -> str:
    """A new account's access token."""
    person = {"user_id": name, "password": "correct horse battery staple", "name": name, "consent": consent}
    async with aiohttp.ClientSession(server.url) as http:
        async with http.post("/signup/", json=person) as answer:
            assert answer.status == 201, await answer.text()
    return await log_in(server, name)


async def log_in(server: Server, name: str) -> str:
    """An access token."""
    person = {"user_id": name, "password": "correct horse battery staple"}
    async with aiohttp.ClientSession(server.url) as http, http.post("/login/", json=person) as answer:
        token: str = (await answer.json())["data"]["access_token"]
        return token


async def reports_of(server: Server, token: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as http, http.get("/reports/") as answer:
        found: list[dict[str, Any]] = await answer.json()
        return found


async def opens(url: str) -> bool:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status == 200 and answer.content_type == "image/jpeg"


def say(client: LiveClient, kind: str, **fields: object) -> None:
    message = {"v": 1, "type": kind, **fields}
    jsonschema.validate(message, json.loads((SCHEMAS / f"{kind}.schema.json").read_text()))
    client.send(message)


async def hear(client: LiveClient, kind: str) -> dict[str, Any]:
    message = await client.next_control(kind, timeout_s=60)
    jsonschema.validate(message, json.loads((SCHEMAS / f"{kind}.schema.json").read_text()))
    return message


async def state(client: LiveClient, wanted: str) -> dict[str, Any]:
    message = await hear(client, "capture_state")
    assert message["state"] == wanted, message
    return message


def announce(client: LiveClient, capture_id: str, data: bytes, **changes: object) -> None:
    fields = {"bytes": len(data), "content_type": "image/jpeg", "sha256": hashlib.sha256(data).hexdigest()}
    say(client, "still_begin", capture_id=capture_id, **{**fields, **changes})


def send_pieces(client: LiveClient, data: bytes) -> None:
    for start in range(0, len(data), CHUNK):
        client.send(start.to_bytes(4, "big") + data[start : start + CHUNK])


def recomputes(report: dict[str, Any]) -> None:
    """Every score of the report follows from its receipt."""
    scored = {name: one["score"] for name, one in report["conditions"].items() if one["score"] is not None}
    assert scored
    for name, score in scored.items():
        receipt = report["receipts"][name]
        burden = sum(term["weight"] * min(1, max(0, term["value"]) / term["reference"]) for term in receipt["terms"])
        assert score["value"] == pytest.approx(100 * (1 - min(1, burden) ** receipt["gamma"]), abs=0.06)
        assert score["low"] <= score["value"] <= score["high"]
        for end, sign in (("low", 1), ("high", -1)):
            burden = 0.0
            for term in receipt["terms"]:
                value = term["value"] + sign * (term["noise"] + term["relative_noise"] * abs(term["value"]))
                burden += term["weight"] * min(1, max(0, value) / term["reference"])
            assert score[end] == pytest.approx(100 * (1 - min(1, burden) ** receipt["gamma"]), abs=0.5)
        for term in receipt["terms"]:
            assert len(term.get("values", [0])) <= report["pictures_used"]
            assert term["value"] == pytest.approx(statistics.median(term.get("values", [term["value"]])), abs=2e-4)


async def test_captures_of_the_video_in_pieces_and_by_rest_are_each_stored_once(
    server: Server, face_clip: Clip, photo: bytes
) -> None:
    ann, bob = await sign_up(server, "ann"), await sign_up(server, "bob")

    async def upload(token: str | None) -> tuple[int, dict[str, Any]]:
        form = aiohttp.FormData({"session_id": client.session_id, "capture_id": "by-rest"})
        form.add_field("file", photo, filename="me.jpg", content_type="image/jpeg")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with aiohttp.ClientSession(server.url, headers=headers) as http:
            async with http.post("/upload-image/", data=form) as answer:
                return answer.status, await answer.json()

    async with live(server, face_clip, ann) as client:
        await client.next_annotations(25)  # most of a second
        seen = len(client.annotations)
        say(client, "capture", capture_id="video")
        assert (await state(client, "analysing"))["auto"] is False
        first = await hear(client, "report")
        assert (
            len(client.annotations) - seen >= 5
        )  # the live view goes on; an analysis takes the better part of a second
        await state(client, "done")
        assert (first["capture_id"], first["source"], first["kept"]) == ("video", "frame", True)
        assert first["size"] == {"width": 640, "height": 360}
        assert 2 <= first["pictures_used"] <= 4
        recomputes(first)
        for url in first["pictures"].values():
            assert await opens(url)
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {ann}"}) as http,
            http.get(first["url"]) as answer,
        ):
            stored_first = await answer.json()
            assert stored_first["report_id"] == first["report_id"]
            assert stored_first["pictures_used"] == first["pictures_used"]
        say(client, "capture", capture_id="video")
        assert await hear(client, "report") == first
        await state(client, "done")

        say(client, "configure", stills=True)
        say(client, "capture", capture_id="pieces")
        await state(client, "taking")
        announce(client, "pieces", photo)
        await state(client, "uploading")
        send_pieces(client, photo)
        say(client, "still_end", capture_id="pieces")
        say(client, "still_end", capture_id="pieces")
        await state(client, "analysing")
        await state(client, "analysing")
        second = await hear(client, "report")
        assert (second["source"], second["size"]) == ("still", {"width": 512, "height": 600})
        assert second["pictures_used"] == 1
        recomputes(second)
        await state(client, "done")

        say(client, "capture", capture_id="by-rest")
        await state(client, "taking")
        for stranger in (bob, None):
            status, refusal = await upload(stranger)
            assert (status, refusal["code"]) == (404, "no_such_session")
        status, uploaded = await upload(ann)
        assert (status, uploaded["kept"]) == (201, True)
        await state(client, "analysing")
        third = await hear(client, "report")
        assert third["report_id"] == uploaded["report_id"]
        await state(client, "done")
        status, uploaded = await upload(ann)
        assert (status, uploaded["report_id"]) == (201, third["report_id"])

        headers = {"Authorization": f"Bearer {ann}"}
        async with aiohttp.ClientSession(server.url, headers=headers) as http, http.post("/logout/") as done:
            assert done.status == 200
        say(client, "capture", capture_id="after-logout", still=False)
        await state(client, "analysing")
        error = await hear(client, "error")
        assert (error["code"], error["details"]) == ("login_ended", {"capture_id": "after-logout"})
        await state(client, "failed")

        ann = await log_in(server, "ann")
        token = client.answer["resume"]["token"]
        async with LiveClient(server.url, ClipTrack(face_clip), token=ann, resume=token) as again:
            await again.next_annotations()
            say(again, "capture", capture_id="after-login", still=False)
            await state(again, "analysing")
            fourth = await hear(again, "report")
            assert fourth["kept"]

    stored = await reports_of(server, ann)
    assert [one["report_id"] for one in stored] == [one["report_id"] for one in (fourth, third, second, first)]
    assert {one["request_type"] for one in stored} == {"capture"}
    assert await reports_of(server, bob) == []


async def test_no_wrong_picture_is_ever_stored(server: Server, face_clip: Clip, empty_clip: Clip, photo: bytes) -> None:
    token = await sign_up(server, "ann")
    async with live(server, face_clip, token) as client, live(server, empty_clip, good=False) as alone:

        async def fails(code: str) -> None:
            error = await hear(client, "error")
            assert error["code"] == code, error
            assert error["details"]["capture_id"] == "c"
            assert (await state(client, "failed"))["code"] == code

        client.send(b"\0\0\0\0 nobody asked for this")
        assert (await hear(client, "error"))["code"] == "binary_message"
        say(client, "still_end", capture_id="c")
        await fails("no_such_still")
        announce(client, "c", photo, bytes=10**9)
        await fails("too_large")

        announce(client, "c", photo, sha256="0" * 64)
        await state(client, "uploading")
        send_pieces(client, photo)
        say(client, "still_end", capture_id="c")
        await fails("still_damaged")

        announce(client, "c", photo)
        await state(client, "uploading")
        client.send(CHUNK.to_bytes(4, "big") + b"too early")
        send_pieces(client, photo)  # was on its way already, and is not held against the client
        await fails("still_out_of_order")

        words = b"GIF89a is what this begins with" * 400
        announce(client, "c", words)
        await state(client, "uploading")
        send_pieces(client, words)
        say(client, "still_end", capture_id="c")
        await state(client, "analysing")
        error = await hear(client, "error")
        assert error["code"] in ("not_an_image", "truncated", "unsupported_format")
        await state(client, "failed")
        assert [one for one in client.control if one["type"] == "error"] == []
        assert await reports_of(server, token) == []
        await client.next_annotations(3)

        say(alone, "capture", capture_id="c-1")
        error = await hear(alone, "error")
        assert (error["code"], error["details"]) == ("no_good_face", {"issue": "no_face", "capture_id": "c-1"})
        assert error["message"].startswith("No face is in the picture")
        await state(alone, "failed")


async def test_a_still_of_twelve_megapixels_comes_in_pieces_and_the_live_view_goes_on(
    start_server: StartServer, face_clip: Clip, hopper: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = cv2.resize(cv2.cvtColor(hopper, cv2.COLOR_RGB2BGR), (3000, 4000), interpolation=cv2.INTER_LINEAR)
    photo = cv2.imencode(".jpg", large)[1].tobytes()
    server = await start_server(upload_max_bytes=len(photo))
    async with live(server, face_clip) as client:
        announce(client, "large", photo)
        await state(client, "uploading")
        announce(client, "other", photo)  # two at once
        error = await hear(client, "error")
        assert (error["code"], error["details"]["capture_id"]) == ("capture_busy", "other")
        await state(client, "failed")
        seen = len(client.annotations)
        send_pieces(client, photo)
        say(client, "still_end", capture_id="large")
        await state(client, "analysing")
        report = await hear(client, "report")
        assert (report["source"], report["pictures_used"]) == ("still", 1)
        assert report["size"]["height"] > 1080  # more than any video has
        recomputes(report)
        await state(client, "done")
        assert len(client.annotations) - seen >= 5

        announce(client, "three-times", photo * 3)
        send_pieces(client, photo * 3)  # all of it, as a client does that does not wait for the answer
        say(client, "still_end", capture_id="three-times")
        for code in ("too_large", "no_such_still"):
            assert (await hear(client, "error"))["code"] == code
            await state(client, "failed")

        monkeypatch.setattr(still_receiver, "CHUNK_TIMEOUT_S", 0.2)
        announce(client, "endless", photo)
        await state(client, "uploading")
        client.send(bytes(4) + photo[:CHUNK])
        assert (await hear(client, "error"))["code"] == "still_too_slow"
        await state(client, "failed")
        assert [one for one in client.control if one["type"] == "error"] == []
        await client.next_annotations(3)


async def test_who_holds_still_is_captured_once_and_who_asks_a_hundred_times_too(
    server: Server, still_clip: Clip
) -> None:
    async with live(server, still_clip) as client:
        assert "steady_ms" not in client.annotations[-1].message
        say(client, "configure", auto_capture=True)
        capture = await state(client, "analysing")
        assert capture["auto"] is True
        report = await hear(client, "report")
        assert (report["capture_id"], report["kept"]) == (capture["capture_id"], False)
        assert (report["report_id"], report["url"]) == (None, None)
        assert report["pictures_used"] == 1  # one picture, sent again and again
        assert await opens(report["pictures"]["processed"])
        await state(client, "done")
        told = [one.message["steady_ms"] for one in client.annotations if "steady_ms" in one.message]
        assert min(told) < 400 and max(told) == 800
        await client.next_annotations(30)  # longer than 0.8 s
        assert [one for one in client.control if one["type"] == "capture_state"] == []

        for number in range(100):
            say(client, "capture", capture_id=f"c-{number}")
        report = await hear(client, "report")
        assert report["capture_id"] == "c-0"
        codes = {message["code"] for message in client.control if message["type"] == "error"}
        assert codes == {"capture_busy", "too_many_messages"}
        await client.next_annotations(3)


async def test_a_full_line_is_told_and_what_is_being_analysed_when_the_server_stops_is_stored(
    start_server: StartServer, face_clip: Clip
) -> None:
    server = await start_server(still_queue=0)
    token = await sign_up(server, "ann")
    line = server.app[UPLOADS].service.queue
    begun, released = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def occupy() -> None:
        loop.call_soon_threadsafe(begun.set)
        assert released.wait(60)

    async with live(server, face_clip, token) as client:
        occupied = asyncio.create_task(line.run(occupy))
        await begun.wait()
        say(client, "capture", capture_id="c-1")
        await state(client, "analysing")
        error = await hear(client, "error")
        assert (error["code"], error["details"]["capture_id"]) == ("busy", "c-1")
        await state(client, "failed")
        await client.next_annotations(5)
        released.set()
        await occupied
        say(client, "capture", capture_id="c-1")
        await state(client, "analysing")
        await server.sessions.close(20.0)
        assert (await client.next_control("bye"))["reason"] == "server_stopping"
        assert len(await reports_of(server, token)) == 1
