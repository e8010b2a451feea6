import asyncio
import base64
import json
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.uploads import decoded, shown_name
from settings import Settings
from tests.unit.api.service_fixture import form, picture, service


def local(url: str) -> str:
    """The path and query of an absolute address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def files_under(root: Path) -> list[str]:
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file() and file.suffix == ".jpg")


async def test_an_upload_is_answered_with_every_field_that_clients_read(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        answer = await running.client.post(
            "/api/upload/", data=form(picture(), name="morning", user_id="ann"), headers=ann
        )
        body = await answer.json()
        assert answer.status == 201
        assert answer.headers["Location"] == f"/reports/{body['report_id']}"
        assert set(body["data"]) == {"id", "name", "image", "processed_image", "request_type", "timestamp"}
        assert body["data"]["name"] == "morning" and body["data"]["request_type"] == "upload"
        assert {
            "message",
            "report_id",
            "original_image_url",
            "processed_image_url",
            "face_image_url",
            "detections",
            "recommendations",
            "progress_plot_url",
            "distance_status",
            "quality",
        } <= set(body)
        acne = body["detections"]["acne"]
        assert {"count", "severity", "score", "status", "detector", "message", "details"} <= set(acne)
        assert (acne["count"], acne["severity"], acne["score"], acne["status"]) == (2, "mild", 80, "ok")
        assert acne["detector"] == "stand-in 1 (numpy)"
        first = acne["details"][0]
        assert {"id", "x", "y", "width", "height", "confidence", "region", "hint", "crop_url"} <= set(first)
        # its centre (14, 23) and sides (8, 6) in the picture, doubled and moved into the face image
        assert (first["x"], first["y"], first["width"], first["height"]) == (33, 53, 16, 12)
        assert first["hint"] == "papule, diameter 2.04 mm"
        wrinkles = body["detections"]["wrinkles"]
        assert (wrinkles["status"], wrinkles["score"], wrinkles["severity"]) == ("withheld", None, None)
        assert "blurred" in wrinkles["message"]
        assert body["recommendations"]["wrinkles"] == []
        advice = body["recommendations"]["acne"][0]
        assert (advice["kind"], advice["active"]["id"], advice["lang"]) == ("active", "benzoyl_peroxide", "en")
        assert advice["rule"]["id"] == "help-acne-benzoyl-peroxide"
        assert advice["rule"]["sources"][0]["kind"] == "guideline"
        assert body["distance_status"] == "normal" and body["kept"] is True
        for url in (
            body["original_image_url"],
            body["processed_image_url"],
            body["face_image_url"],
            first["crop_url"],
            body["progress_plot_url"],
        ):
            assert url.startswith(f"http://127.0.0.1:{running.client.port}/media/")
            opened = await running.client.get(local(url))
            assert opened.status == 200 and opened.content_type in ("image/jpeg", "image/png")
        again = await running.client.get(f"/reports/{body['report_id']}", headers=ann)
        assert await again.json() == body


async def test_guests_are_answered_and_nothing_of_them_is_stored(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        answer = await running.client.post("/upload-image/", data=form(picture(), user_id="default_user"))
        body = await answer.json()
        assert answer.status == 201
        assert (body["report_id"], body["kept"], body["user_id"]) == (None, False, None)
        assert "Location" not in answer.headers
        assert (await running.client.get(local(body["face_image_url"]))).status == 200
        plot = await running.client.get(local(body["progress_plot_url"]))
        assert (plot.status, plot.content_type) == (200, "image/png")
        assert (await running.storage.reports.page(None)).total == 0
        await running.storage.files.sweep_passing(time.time())
        assert (await running.client.get(local(body["face_image_url"]))).status == 200
        await running.storage.files.sweep_passing(time.time() + settings.media_link_s)
        assert (await running.client.get(local(body["face_image_url"]))).status == 404
        assert files_under(tmp_path) == []


async def test_without_consent_nothing_is_stored_either(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        bob = await running.person("bob", consent=False)
        body = await (await running.client.post("/upload-image/", data=form(picture()), headers=bob)).json()
        assert body["kept"] is False and "Nothing of it is kept" in body["message"]
        assert (await running.storage.reports.page(None)).total == 0


async def test_nobody_uploads_in_anothers_name(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        for headers in (ann, {}):
            answer = await running.client.post("/upload-image/", data=form(picture(), user_id="bob"), headers=headers)
            assert (answer.status, (await answer.json())["code"]) == (403, "not_yours")
        own = await running.client.post("/upload-image/", data=form(picture(), user_id=" ANN "), headers=ann)
        assert own.status == 201
        bad = await running.client.post(
            "/upload-image/", data=form(picture()), headers={"Authorization": "Bearer nobody"}
        )
        assert bad.status == 401


async def test_what_is_no_picture_is_refused_with_the_reason(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        for data, status, code in (
            (b"", 422, "empty"),
            (b"hello", 415, "not_an_image"),
            (picture()[:-200], 422, "truncated"),
        ):
            answer = await running.client.post("/upload-image/", data=form(data), headers=ann)
            assert (answer.status, (await answer.json())["code"]) == (status, code)
        assert files_under(tmp_path) == []


async def test_a_camera_frame_is_analysed_and_kept_only_where_asked(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        text = base64.b64encode(picture()).decode()
        seen = await running.client.post("/camera-stream/", json={"frame": text}, headers=ann)
        body = await seen.json()
        assert (seen.status, body["kept"], body["data"]["request_type"]) == (200, False, "camera")
        assert body["detections"]["acne"]["count"] == 2
        url = f"data:image/jpeg;base64,{text}"
        saved = await running.client.post("/api/camera-stream", json={"frame": url, "save": True}, headers=ann)
        assert (saved.status, (await saved.json())["kept"]) == (201, True)
        guest = await running.client.post("/camera-stream/", json={"frame": text, "save": True})
        assert (guest.status, (await guest.json())["kept"]) == (201, False)
        for frame in ("!", "data:image/jpeg;base64,%%%", "é" * 9):
            broken = await running.client.post("/camera-stream/", json={"frame": frame})
            assert broken.status == 422, frame


async def test_a_repeated_request_gives_the_first_ones_report(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann") | {"Idempotency-Key": "k-1"}
        first = await running.client.post("/upload-image/", data=form(picture()), headers=ann)
        again = await running.client.post("/upload-image/", data=form(picture()), headers=ann)
        assert (first.status, again.status) == (201, 201)
        assert (await first.json())["report_id"] == (await again.json())["report_id"]
        assert again.headers["Idempotency-Replayed"] == "true"
        other = await running.client.post("/upload-image/", data=form(picture(1)), headers=ann)
        assert (other.status, (await other.json())["code"]) == (422, "idempotency_key_reused")
        assert (await running.storage.reports.page(None)).total == 1
        await running.person("bob")
        bob = await running.client.post(
            "/upload-image/", data=form(picture()), headers=ann | {"Authorization": "Bearer bob"}
        )
        assert (await bob.json())["report_id"] != (await first.json())["report_id"]


async def test_a_key_is_free_again_after_a_failure(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann") | {"Idempotency-Key": "k-2"}
        broken = picture()[:-200]
        for _ in range(2):
            failed = await running.client.post("/upload-image/", data=form(broken), headers=ann)
            assert (failed.status, (await failed.json())["code"]) == (422, "truncated")


async def test_of_the_same_request_twice_at_once_one_report_comes(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann") | {"Idempotency-Key": "k-3"}
        answers = await asyncio.gather(
            *(running.client.post("/upload-image/", data=form(picture()), headers=ann) for _ in range(6))
        )
        assert {answer.status for answer in answers} <= {201, 409}
        assert 201 in {answer.status for answer in answers}
        assert (await running.storage.reports.page(None)).total == 1


async def test_the_way_to_the_answer_is_told_to_those_who_ask(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann") | {"Accept": "text/event-stream"}
        answer = await running.client.post("/upload-image/", data=form(picture()), headers=ann)
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        events = [
            (block.split("\n")[0].removeprefix("event: "), json.loads(block.split("\n")[1].removeprefix("data: ")))
            for block in (await answer.text()).strip().split("\n\n")
        ]
        assert [data["stage"] for name, data in events if name == "progress"] == [
            "received",
            "face",
            "detectors",
            "stored",
        ]
        assert events[-1][0] == "result"
        report = await running.client.get(f"/reports/{events[-1][1]['report_id']}", headers=ann)
        assert await report.json() == events[-1][1]
        failed = await running.client.post("/upload-image/", data=form(b"no picture"), headers=ann)
        last = (await failed.text()).strip().split("\n\n")[-1]
        assert last.startswith("event: error\n") and '"code":"not_an_image"' in last and '"status":415' in last


async def test_a_full_line_is_told_before_the_body_is_read(settings: Settings, tmp_path: Path) -> None:
    async with service(settings.model_copy(update={"still_queue": 1}), tmp_path) as running:
        hold = threading.Event()
        waiting = [asyncio.create_task(running.still.queue.run(hold.wait)) for _ in range(2)]
        try:
            await asyncio.sleep(0)
            full = await running.client.post("/upload-image/", data=form(picture()))
            assert (full.status, (await full.json())["code"]) == (503, "busy")
            assert int(full.headers["Retry-After"]) >= 1
        finally:
            hold.set()
        assert await asyncio.gather(*waiting) == [True, True]
        assert (await running.client.post("/upload-image/", data=form(picture()))).status == 201


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\me.jpg", "me.jpg"),
        ("me\0\n\x1b[31m.jpg", "me[31m.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("///", "picture"),
        ("وجهي.jpg", "وجهي.jpg"),
        ("x" * 300, "x" * 255),
    ],
)
def test_names_are_shown_and_never_paths(given: str, shown: str) -> None:
    assert shown_name(given) == shown


def test_base64_and_data_urls_are_read() -> None:
    assert decoded("aGVs\nbG8=") == b"hello"
    assert decoded("data:image/png;base64,aGVsbG8=") == b"hello"
    assert decoded("data:image/svg+xml;charset=utf-8;base64,aGVsbG8=") == b"hello"
