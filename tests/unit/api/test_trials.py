"""/trials/, on a running service."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from settings import Settings
from tests.unit.api.catalogue import fill, id_of
from tests.unit.api.service_fixture import Running, service


def today() -> date:
    return datetime.now(UTC).date()


async def start(running: Running, headers: dict[str, str], **body: Any) -> tuple[int, Any]:
    answer = await running.client.post("/trials/", json={"condition": "acne"} | body, headers=headers)
    return answer.status, await answer.json()


async def reports(running: Running, name: str, started: date, before: list[float], after: list[float]) -> None:
    """One report a day up to the start, and from six weeks on."""
    noon = datetime.combine(started, time(12), UTC)
    for index, score in enumerate(before):
        await running.report(name, noon - timedelta(days=index), score)
    for index, score in enumerate(after):
        await running.report(name, noon + timedelta(days=43 + index), score)


async def test_a_trial_is_too_early_then_better(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        started = today() - timedelta(weeks=8)
        await reports(running, "ann", started, [50, 51, 49], [80, 81, 79])
        status, body = await start(running, ann, product_id=id_of(2), started_on=str(started + timedelta(days=1)))
        trial = body["trial"]
        assert status == 201 and trial["name"] == "Benzoyl wash" and trial["weeks"] == 8
        assert trial["rule"]["id"] == "trial-acne" and trial["rule"]["sources"][0]["id"] == "nice-ng198"
        assert (trial["outcome"]["outcome"], trial["outcome"]["change"]) == ("too_early", None)
        assert trial["ends_on"] in trial["outcome"]["text"]
        _, body = await start(running, ann, name="<b>Old gel</b>", started_on=str(started))
        outcome = body["trial"]["outcome"]
        assert (outcome["outcome"], outcome["change"]) == ("better", 30.0)
        assert outcome["low"] > 0 and outcome["noise"] == pytest.approx(30 - outcome["low"], abs=0.1)
        assert (outcome["before"]["reports"], outcome["after"]["reports"]) == (3, 3)
        assert "Benzoyl wash" in outcome["text"]  # tried at the same time
        listed = await (await running.client.get("/trials/?lang=ar", headers=ann)).json()
        assert [one["outcome"]["outcome"] for one in listed["trials"]] == ["too_early", "better"]
        assert listed["dir"] == "rtl" and "أفضل" in listed["trials"][1]["outcome"]["text"]
        assert listed["trials"][1]["name"] == "<b>Old gel</b>"


async def test_each_verdict_has_its_sentence(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        started = today() - timedelta(weeks=8)
        for name, before, after, outcome, why in (
            ("ann", [80.0, 81.0], [50.0, 51.0], "worse", "beyond_noise"),
            ("bob", [50.0, 51.0], [51.0, 50.0], "cant_tell", "noise"),
            ("cleo", [50.0], [80.0, 81.0], "cant_tell", "few_before"),
            ("dora", [50.0, 51.0], [80.0], "cant_tell", "few_after"),
        ):
            headers = await running.person(name)
            await reports(running, name, started, before, after)
            _, body = await start(running, headers, name="Gel", started_on=str(started))
            found = body["trial"]["outcome"]
            assert (found["outcome"], found["why"]) == (outcome, why)
            assert found["text"].startswith({"worse": "Worse", "cant_tell": "Can't tell"}[outcome])


async def test_a_trial_is_stopped_and_deleted(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann, bob = await running.person("ann"), await running.person("bob")
        _, body = await start(running, ann, name="Gel", weeks=4)
        path = f"/trials/{body['trial']['id']}"
        assert body["trial"]["rule"] is None and body["trial"]["started_on"] == str(today())
        for method, where in (("get", path), ("post", f"{path}/stop/"), ("delete", path)):
            assert (await getattr(running.client, method)(where, headers=bob)).status == 404
        stopped = await (await running.client.post(f"{path}/stop/", headers=ann)).json()
        assert stopped["trial"]["stopped_on"] == str(today())
        assert stopped["trial"]["outcome"]["why"] == "stopped_early"
        again = {"stopped_on": str(today() + timedelta(days=1))}
        kept = await (await running.client.post(f"{path}/stop/", json=again, headers=ann)).json()
        assert kept["trial"]["stopped_on"] == str(today())
        assert (await running.client.delete(path, headers=ann)).status == 204
        assert (await running.client.get(path, headers=ann)).status == 404
        assert (await (await running.client.get("/trials/", headers=ann)).json())["trials"] == []


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"name": "Gel", "started_on": str(today() + timedelta(days=2))}, 422),
    ({"name": "Gel", "started_on": str(today() - timedelta(days=400))}, 422),
    ({"name": "Gel", "started_on": "0001-01-01"}, 422),
    ({"name": "Gel", "started_on": "9999-12-31"}, 422),
    ({"name": "Gel", "started_on": "yesterday"}, 422),
    ({"name": "Gel", "started_on": 20260101}, 422),
    ({"name": "Gel", "weeks": 1}, 422),
    ({"name": "Gel", "weeks": 53}, 422),
    ({"name": "Gel", "condition": "freckles"}, 422),
    ({}, 422),
    ({"product_id": "f" * 32}, 404),
]


async def test_what_cannot_be_tried_is_refused(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        for body, status in REFUSED:
            assert (await start(running, ann, **body))[0] == status, body
        assert await running.storage.trials.all(running.people["ann"].id) == ()


async def test_a_trial_cannot_stop_before_it_began(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann, bob = await running.person("ann"), await running.person("bob", consent=False)
        _, body = await start(running, ann, name="Gel")
        path = f"/trials/{body['trial']['id']}/stop/"
        for on in (today() - timedelta(days=1), today() + timedelta(days=2)):
            answer = await running.client.post(path, json={"stopped_on": str(on)}, headers=ann)
            assert answer.status == 422
        assert (await start(running, bob, name="Gel"))[1]["code"] == "consent_required"


async def test_the_plot_marks_a_trial(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        started = today() - timedelta(weeks=8)
        await reports(running, "ann", started, [50, 51, 49], [80, 81, 79])
        progress = await (await running.client.get("/progress/", headers=ann)).json()
        path = progress["progress_plot_url"].split(str(running.client.port), 1)[1]
        plain = await (await running.client.get(path + "&form=svg")).text()
        await start(running, ann, name="Gel", started_on=str(started))
        marked = await (await running.client.get(path + "&form=svg")).text()
        assert "trial-a" in marked and "trial-a" not in plain
