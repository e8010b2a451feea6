"""GET, PUT and DELETE /answers/, on a running service."""

import logging
from pathlib import Path
from typing import Any

import pytest

from api.consent import VERSION
from settings import Settings
from tests.unit.api.service_fixture import Running, service

EVERYTHING = {
    "skin_type": "dry",
    "pregnancy": "trying",
    "eczema": "past",
    "allergies": ["fragrance", "  Cocos   nucifera ", "<script>alert(1)</script>"],
    "using": ["tretinoin"],
}


async def put(running: Running, headers: dict[str, str], body: Any, path: str = "/answers/") -> tuple[int, Any]:
    answer = await running.client.put(path, json=body, headers=headers)
    return answer.status, await answer.json()


async def test_answers_are_asked_for_kept_and_deleted(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with service(settings, tmp_path) as running:
        caplog.set_level(logging.INFO)
        ann = await running.person("ann")
        asked = await (await running.client.get("/answers/", headers=ann)).json()
        assert asked["answers"] is None and asked["consent_given"] and asked["consent_version"] == VERSION
        assert [one["name"] for one in asked["questions"]] == ["skin_type", "pregnancy", "eczema", "allergies", "using"]
        assert all(one["choices"] for one in asked["questions"])
        status, kept = await put(running, ann, EVERYTHING)
        assert status == 200
        assert kept["answers"] == EVERYTHING | {
            "allergies": ["fragrance", "Cocos nucifera", "<script>alert(1)</script>"]
        }
        assert (await (await running.client.get("/answers/", headers=ann)).json())["answers"] == kept["answers"]
        status, kept = await put(running, ann, {"allergies": []})
        assert kept["answers"] == {
            "skin_type": None, "pregnancy": None, "eczema": None, "allergies": [], "using": []
        }  # fmt: skip
        for _ in range(2):
            gone = await running.client.delete("/answers/", headers=ann)
            assert gone.status == 200 and (await gone.json())["answers"] is None
        assert await running.storage.answers.get(running.people["ann"].id) is None
        assert not any(word in caplog.text for word in ("trying", "tretinoin", "Cocos"))


async def test_without_consent_to_the_present_text_nothing_is_kept(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        bob = await running.person("bob", consent=False)
        ann = await running.person("ann")
        await running.storage.accounts.give_consent(running.people["ann"].id, "2020-01")
        for who in (bob, ann):
            status, body = await put(running, who, EVERYTHING)
            assert (status, body["code"], body["details"]) == (403, "consent_required", {"version": VERSION})
            assert not (await (await running.client.get("/answers/", headers=who)).json())["consent_given"]
        assert (await running.client.put("/answers/", json={})).status == 401


REFUSED: list[dict[str, Any]] = [
    {"skin_type": "green"},
    {"pregnancy": "maybe"},
    {"pregnancy": True},
    {"allergies": ["x" * 81]},
    {"allergies": ["a"] * 31},
    {"allergies": [""]},
    {"allergies": ["\x00"]},
    {"allergies": "nuts"},
    {"using": ["tretinion"]},
    {"age": 30},
]


async def test_what_is_no_answer_is_refused_and_a_mistyped_active_is_named(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        for body in REFUSED:
            status, said = await put(running, ann, body)
            assert (status, said["code"]) == (422, "invalid_request"), body
        assert await running.storage.answers.get(running.people["ann"].id) is None
        _, said = await put(running, ann, {"using": ["tretinion"]})
        assert "did you mean 'tretinoin'?" in said["error"]


async def test_questions_come_in_arabic_too(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        body = await (await running.client.get("/answers/?lang=ar", headers=ann)).json()
        assert (body["lang"], body["dir"]) == ("ar", "rtl")
        for question in body["questions"]:
            assert any("\u0600" <= sign <= "\u06ff" for sign in question["text"])
            for choice in question["choices"]:
                assert any("\u0600" <= sign <= "\u06ff" for sign in choice["text"])
