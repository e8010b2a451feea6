"""GET /recommendations/ and the recommendations of reports, on a running service."""

from pathlib import Path
from typing import Any

from api.consent import VERSION
from settings import Settings
from tests.unit.api.catalogue import fill, id_of
from tests.unit.api.service_fixture import Running, day, form, picture, service

OF_ACNE = {"acne": 1}


async def get(running: Running, path: str, headers: dict[str, str], status: int = 200) -> Any:
    answer = await running.client.get(path, headers=headers)
    assert answer.status == status, await answer.text()
    return await answer.json()


async def put(running: Running, headers: dict[str, str], **answers: Any) -> None:
    answer = await running.client.put("/answers/", json=answers, headers=headers)
    assert answer.status == 200, await answer.text()


def products(body: Any) -> list[str]:
    return [one["product"]["name"] for one in body["recommendations"]["acne"] if one["kind"] == "product"]


async def test_every_item_says_why_it_is_there_and_by_which_rule(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        made = await (await running.client.post("/upload-image/", data=form(picture()), headers=ann)).json()
        await put(running, ann, pregnancy="neither", eczema="none", allergies=[], skin_type="oily")
        body = await get(running, f"/recommendations/?report_id={made['report_id']}", ann)
        assert body["questions"] == [] and body["blocked"] == []
        assert products(body) == [
            "Retinol night cream",
            "Benzoyl wash",
            "Perfumed azelaic gel",
            "سيروم ريتينول",
            "Mystery <b>cream</b>",
        ]
        for one in body["recommendations"]["acne"]:
            assert one["text"] and one["why"] and one["rule"]["version"] >= 1
            assert all(source["reference"] for source in one["rule"]["sources"])
            assert "safe" not in one["text"].casefold()
        by_name = {one["product"]["name"]: one for one in body["recommendations"]["acne"] if one["product"]}
        assert by_name["Retinol night cream"]["ingredients"] == "listed"
        mystery = by_name["Mystery <b>cream</b>"]
        assert mystery["ingredients"] == "unknown" and "ingredients unknown" in mystery["text"]
        assert "its ingredients are unknown" in by_name["سيروم ريتينول"]["text"]
        assert "niacinamide" in {one["active"]["id"] for one in body["recommendations"]["acne"] if one["active"]}
        assert "not a diagnosis" in body["notice"]
        report = await get(running, f"/reports/{made['report_id']}", ann)
        assert report["recommendations"]["acne"] == body["recommendations"]["acne"]


async def test_blocked_is_blocked_and_says_so(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        await running.report("ann", day(1), 60.0)
        await put(running, ann, pregnancy="pregnant", eczema="none", allergies=["fragrance"])
        body = await get(running, "/recommendations/", ann)
        assert products(body) == ["Benzoyl wash"]
        assert body["left_out"]["acne"] == {"blocked": 3, "unknown": 1}
        assert [one["because"] for one in body["blocked"]] == ["answer", "answer", "allergy"]
        retinoids = body["blocked"][0]
        assert retinoids["rule"]["id"] == "block-retinoids-pregnancy" and "adapalene" in retinoids["text"]
        actives = {one["active"]["id"] for one in body["recommendations"]["acne"] if one["active"]}
        assert not actives & {"retinol", "adapalene"} and "azelaic_acid" in actives


async def test_without_answers_questions_are_asked_and_labels_are_to_be_checked(
    settings: Settings, tmp_path: Path
) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        await running.report("ann", day(1), 60.0)
        body = await get(running, "/recommendations/", ann)
        assert {one["name"] for one in body["questions"]} == {"pregnancy", "eczema", "allergies"}
        assert {one["because"] for one in body["blocked"]} == {"unanswered"}
        mystery = next(one for one in body["recommendations"]["acne"] if one["ingredients"] == "unknown")
        assert mystery["product"]["name"] == "Mystery <b>cream</b>"
        assert "retinol" in mystery["check_label"][0]["text"]
        guest = await (await running.client.post("/upload-image/", data=form(picture()))).json()
        shown = [one["product"]["name"] for one in guest["recommendations"]["acne"] if one["product"]]
        assert "Retinol night cream" not in shown and "Benzoyl wash" in shown


async def test_arabic_is_written_from_the_right(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        report = await running.report("ann", day(1), 60.0)
        english = await get(running, "/recommendations/", ann)
        arabic = await get(running, "/recommendations/", ann | {"Accept-Language": "ar-EG,ar;q=0.9,en;q=0.5"})
        chosen = await get(running, "/recommendations/?lang=ar", ann | {"Accept-Language": "en"})
        assert (english["lang"], english["dir"]) == ("en", "ltr")
        assert (arabic["lang"], arabic["dir"]) == ("ar", "rtl") and arabic == chosen
        for one in arabic["recommendations"]["acne"]:
            assert (one["lang"], one["dir"]) == ("ar", "rtl")
            assert any("\u0600" <= sign <= "\u06ff" for sign in one["text"])
        wash = next(one for one in arabic["recommendations"]["acne"] if one["kind"] == "product")
        assert "\u2068Benzoyl wash\u2069" in wash["text"]
        await get(running, "/recommendations/?lang=fr", ann, 422)
        first = await running.client.get(f"/reports/{report.id}", headers=ann)
        same = await running.client.get(f"/reports/{report.id}", headers=ann | {"If-None-Match": first.headers["ETag"]})
        other = await running.client.get(
            f"/reports/{report.id}",
            headers=ann | {"If-None-Match": first.headers["ETag"], "Accept-Language": "ar"},
        )
        assert (same.status, other.status) == (304, 200) and "Accept-Language" in other.headers["Vary"]
        assert (await other.json())["recommendations"]["acne"][0]["dir"] == "rtl"


async def test_a_report_changes_with_what_its_person_says(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        report = await running.report("ann", day(1), 60.0)
        before = await running.client.get(f"/reports/{report.id}", headers=ann)
        await put(running, ann, eczema="active")
        after = await running.client.get(
            f"/reports/{report.id}", headers=ann | {"If-None-Match": before.headers["ETag"]}
        )
        assert after.status == 200
        kinds = [one["active"]["id"] for one in (await after.json())["recommendations"]["acne"] if one["active"]]
        assert kinds == ["gentle_cleanser"]


async def test_a_shelf_shows_in_recommendations_conflicts_and_routine(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        await running.report("ann", day(1), 60.0)
        await put(running, ann, pregnancy="neither", eczema="none", allergies=[], using=["glycolic_acid"])
        await running.client.post("/shelf/", json={"product_id": id_of(1)}, headers=ann)
        body = await get(running, "/recommendations/", ann)
        assert "Retinol night cream" not in products(body)
        wash = next(one for one in body["recommendations"]["acne"] if one["kind"] == "product")
        assert wash["product"]["name"] == "Benzoyl wash"
        assert {one["rule"]["id"] for one in wash["conflicts"]} == {
            "conflict-retinoid-benzoyl-peroxide",
            "conflict-acid-benzoyl-peroxide",
        }
        assert "Retinol night cream" in wash["conflicts"][0]["text"]
        evening = body["routine"]["evening"]
        assert [one["step"] for one in evening] == sorted(
            (one["step"] for one in evening), key=["cleanse", "treat", "moisturise", "protect"].index
        )
        mine = next(one for one in evening if one["item"])
        assert (mine["name"], mine["step"], mine["recommended"]) == ("Retinol night cream", "treat", False)
        assert not any(one["item"] for one in body["routine"]["morning"])


async def test_other_peoples_reports_are_not_there(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann, bob = await running.person("ann"), await running.person("bob")
        report = await running.report("ann", day(1), 60.0)
        await get(running, f"/recommendations/?report_id={report.id}", bob, 404)
        await get(running, "/recommendations/", bob, 404)
        await get(running, "/recommendations/?report_id=1", ann, 422)
        await get(running, "/recommendations/", {}, 401)


async def test_an_administrator_reads_nothing_of_other_peoples_answers(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        root = await running.person("root")
        await running.storage.accounts.set_admin(running.people["root"].id, True)
        await running.storage.answers.put(running.people["ann"].id, {"pregnancy": "pregnant"}, VERSION)
        report = await running.report("ann", day(1), 60.0)
        body = await get(running, f"/reports/{report.id}", root)
        assert body["user_id"] == "ann" and body["recommendations"] == {"acne": []}
