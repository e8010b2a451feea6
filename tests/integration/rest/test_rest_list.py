"""The mission's list of calls, walked with a client, and what one person may not do to another."""

import base64
import secrets
from typing import Any

import aiohttp
import pytest

from tests.integration.rest.conftest import Server

PASSWORD = "correct horse battery staple"


async def sign_up(http: aiohttp.ClientSession, consent: bool = True) -> tuple[str, dict[str, str]]:
    user_id = f"user-{secrets.token_hex(6)}"
    body = {"user_id": user_id, "password": PASSWORD, "name": "A", "consent": consent}
    async with http.post("/api/signup/", json=body) as answer:
        assert answer.status == 201
        data = (await answer.json())["data"]
    assert data["user_id"] == user_id and all(isinstance(value, str) for value in data.values())
    return user_id, {"Authorization": f"Bearer {data['access_token']}"}


async def upload(http: aiohttp.ClientSession, portrait: bytes, headers: dict[str, str], **fields: str) -> Any:
    form = aiohttp.FormData(fields)
    form.add_field("file", portrait, filename="me.jpg", content_type="image/jpeg")
    async with http.post("/api/upload/", data=form, headers=headers) as answer:
        assert answer.status == 201
        return await answer.json()


@pytest.fixture
async def http(rest_server: Server) -> Any:
    async with aiohttp.ClientSession(rest_server.url, timeout=aiohttp.ClientTimeout(50)) as session:
        yield session


async def test_every_call_of_the_list_answers(http: aiohttp.ClientSession, portrait: bytes) -> None:
    user_id, me = await sign_up(http)
    made = await upload(http, portrait, me, user_id=user_id, name="first")
    judged = [name for name, one in made["detections"].items() if one["status"] in ("ok", "degraded")]
    assert judged and made["quality"]["measures"]["light"] > 0
    for one in made["detections"].values():
        assert one["count"] == len(one["details"]) or one["status"] in ("withheld", "unavailable")
    frame = {"frame": base64.b64encode(portrait).decode(), "save": True}
    async with http.post("/camera-stream/", json=frame, headers=me) as answer:
        assert answer.status == 201
    for path, status in (
        ("/api/reports/", 200),
        (f"/reports/{made['report_id']}", 200),
        (f"/progress/?user_id={user_id}", 200),
        ("/progress-compare/", 200),
        ("/recommendations/", 200),
        (f"/recommendations/?report_id={made['report_id']}&lang=ar", 200),
        ("/answers/", 200),
        ("/shelf/", 200),
        ("/trials/", 200),
        ("/profile/", 200),
        ("/account/export", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/openapi.json", 200),
        ("/docs", 200),
    ):
        async with http.get(path, headers=me) as answer:
            assert answer.status == status, path
            await answer.read()
    async with http.get("/reports/", headers=me) as answer:
        assert [set(line["detections"]) for line in await answer.json()] == [set(made["detections"])] * 2
    async with http.post("/logout/", headers=me) as answer:
        assert answer.status == 200
    for path in ("/reports/", "/profile/", f"/reports/{made['report_id']}"):
        async with http.get(path, headers=me) as answer:
            assert answer.status == 401, path


async def test_nothing_of_one_person_is_another_persons(http: aiohttp.ClientSession, portrait: bytes) -> None:
    ann_id, ann = await sign_up(http)
    bob_id, bob = await sign_up(http)
    made = await upload(http, portrait, ann)
    for path in (f"/reports/{made['report_id']}", f"/progress-compare/?first={made['report_id']}"):
        async with http.get(path, headers=bob) as answer:
            assert answer.status in (404, 409) and made["report_id"] not in await answer.text(), path
    for path in ("/reports/", "/progress/"):
        async with http.get(path, params={"user_id": ann_id}, headers=bob) as answer:
            assert answer.status == 403
    form = aiohttp.FormData({"user_id": ann_id})
    form.add_field("file", portrait, filename="me.jpg")
    async with http.post("/upload-image/", data=form, headers=bob) as answer:
        assert answer.status == 403
    token = ann["Authorization"].split()[1]
    head, payload, signature = token.split(".")
    other = bob["Authorization"].split()[1].split(".")
    for forged in (f"{head}.{other[1]}.{signature}", f"{head}.{payload}.", f"{head}.{payload}.{signature[:-2]}", "x"):
        async with http.get("/reports/", headers={"Authorization": f"Bearer {forged}"}) as answer:
            assert answer.status == 401
    async with http.get("/reports/", headers=bob) as answer:
        assert await answer.json() == []
    async with http.delete("/account/", headers=ann, json={"password": PASSWORD}) as answer:
        assert answer.status == 200
    async with http.get(made["face_image_url"]) as answer:
        assert answer.status == 404
    async with http.get(f"/profile/?user_id={bob_id}", headers=bob) as answer:
        assert answer.status == 200


async def test_products_are_there_at_the_first_start_and_long_queries_are_answered_as_wrong(
    http: aiohttp.ClientSession,
) -> None:
    async with http.get("/product-search/", params={"query": "pimples"}) as answer:
        found = await answer.json()
    assert answer.status == 200 and found["is_sample"] and found["products_by_category"]["Acne"]
    for query in ("a" * 10_000, "ب" * 10_000, "😀" * 5_000):
        async with http.get("/product-search/", params={"query": query}) as answer:
            assert answer.status == 422 and (await answer.json())["code"] == "invalid_request"
