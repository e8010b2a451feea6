from pathlib import Path

from settings import Settings
from tests.unit.api.service_fixture import Running, day, form, picture, service


async def filled(running: Running) -> dict[str, str]:
    """ann has four reports of January 2026, bob one; the headers of ann."""
    ann = await running.person("ann")
    await running.person("bob")
    for number, score, count in ((1, 50.0, 9), (3, 52.0, 8), (7, None, 0), (9, 80.0, 2)):
        await running.report("ann", day(number), score, count)
    await running.report("bob", day(2), 10, 99)
    return ann


async def test_reports_come_newest_first_in_pages(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await filled(running)
        whole = await running.client.get("/reports/", headers=ann)
        lines = await whole.json()
        assert [line["date"][:10] for line in lines] == ["2026-01-09", "2026-01-07", "2026-01-03", "2026-01-01"]
        assert [line["detections"] for line in lines] == [{"acne": 2}, {"acne": 0}, {"acne": 8}, {"acne": 9}]
        assert [line["scores"]["acne"] for line in lines] == [80, None, 52, 50]
        assert {line["user_id"] for line in lines} == {"ann"}
        assert whole.headers["X-Total-Count"] == "4"
        assert "Link" not in whole.headers

        middle = await running.client.get("/api/reports?limit=2&offset=1", headers=ann)
        assert [line["report_id"] for line in await middle.json()] == [line["report_id"] for line in lines[1:3]]
        assert '/api/reports?limit=2&offset=3>; rel="next"' in middle.headers["Link"]
        assert '/api/reports?limit=2&offset=0>; rel="prev"' in middle.headers["Link"]


async def test_reports_are_chosen_by_date_and_condition(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await filled(running)

        async def dates(query: str) -> list[str]:
            answer = await running.client.get(f"/reports/?{query}", headers=ann)
            assert answer.status == 200, query
            return [line["date"][8:10] for line in await answer.json()]

        assert await dates("since=2026-01-03") == ["09", "07", "03"]
        assert await dates("since=2026-01-03T12:00:01Z&until=2026-01-09") == ["07"]
        assert await dates("until=2026-01-03T14:00:00%2B02:00") == ["01"]
        assert await dates("condition=acne") == ["09", "03", "01"]
        assert await dates("condition=eczema") == []
        for wrong in (
            "since=yesterday",
            "since=2026-13-01",
            "limit=0",
            "limit=201",
            "offset=-1",
            "since=9999999999999",
        ):
            assert (await running.client.get(f"/reports/?{wrong}", headers=ann)).status == 422, wrong


async def test_an_unchanged_history_is_not_sent_again(settings: Settings, tmp_path: Path) -> None:
    long = settings.model_copy(update={"media_link_s": 86_400.0})
    async with service(long, tmp_path) as running:
        ann = await filled(running)
        for path in ("/reports/", "/progress/"):
            first = await running.client.get(path, headers=ann)
            known = ann | {"If-None-Match": first.headers["ETag"]}
            same = await running.client.get(path, headers=known)
            assert (same.status, await same.read()) == (304, b"")
            assert (await running.client.get(f"{path}?limit=1", headers=known)).status == 200
            await running.report("ann", day(11), 60)
            assert (await running.client.get(path, headers=known)).status == 200


async def test_nobody_sees_anothers_history(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await filled(running)
        bobs = (await running.storage.reports.page(running.people["bob"].id)).reports[0].id
        assert (await running.client.get(f"/reports/{bobs}", headers=ann)).status == 404
        for path in ("/reports/", "/progress/"):
            for name in ("bob", "*", "nobody", "../bob"):
                refused = await running.client.get(path, params={"user_id": name}, headers=ann)
                assert (refused.status, (await refused.json())["code"]) == (403, "not_yours"), name
            assert (await running.client.get(f"{path}?user_id=Ann", headers=ann)).status == 200
            assert (await running.client.get(path)).status == 401
        for name in ("0" * 32, "x", "%2e%2e", "0" * 33):
            assert (await running.client.get(f"/reports/{name}", headers=ann)).status == 404, name


async def test_administrators_see_everybodys(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await filled(running)
        boss = await running.person("boss")
        await running.storage.accounts.set_admin(running.people["boss"].id, True)
        everybody = await (await running.client.get("/reports/?user_id=*", headers=boss)).json()
        assert sorted(line["user_id"] for line in everybody) == ["ann"] * 4 + ["bob"]
        bobs = await (await running.client.get("/reports/?user_id=bob", headers=boss)).json()
        one = await (await running.client.get(f"/reports/{bobs[0]['report_id']}", headers=boss)).json()
        assert one["user_id"] == "bob"
        assert f"/account/{running.people['bob'].id}?" in one["progress_plot_url"]
        assert await (await running.client.get("/reports/", headers=boss)).json() == []
        assert (await running.client.get("/reports/?user_id=ghost", headers=boss)).status == 404
        assert (await running.client.get("/progress/?user_id=*", headers=boss)).status == 422


async def test_progress_tells_the_change_against_the_previous_and_the_first(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await filled(running)
        body = await (await running.client.get("/progress/?user_id=ann&until=2026-01-05", headers=ann)).json()
        acne = body["trend"]["acne"]
        assert acne["against_previous"]["trend"] == "no change"  # two points, within a floor of 4.2
        assert acne["against_previous"]["noise_floor"] == 4.2
        assert acne["against_previous"] == acne["against_first"]
        body = await (await running.client.get("/progress/", headers=ann)).json()
        assert [entry["scores"]["acne"] for entry in body["entries"]] == [80, None, 52, 50]
        acne = body["trend"]["acne"]
        assert (acne["against_previous"]["trend"], acne["against_previous"]["change"]) == ("better", 28)
        assert (acne["against_first"]["trend"], acne["against_first"]["change"]) == ("better", 30)
        assert acne["against_first"]["count_change"] == -7
        plot = await running.client.get(body["progress_plot_url"].split(str(running.client.port), 1)[1])
        assert (plot.status, plot.content_type) == (200, "image/png")


async def test_a_person_without_reports_has_an_empty_history(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        cleo = await running.person("cleo")
        assert await (await running.client.get("/reports/", headers=cleo)).json() == []
        body = await (await running.client.get("/progress/", headers=cleo)).json()
        assert (body["total"], body["entries"], body["trend"]) == (0, [], {})


async def test_a_fresh_upload_is_in_the_history_at_once(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        before = await running.client.get("/reports/", headers=ann)
        made = await (await running.client.post("/upload-image/", data=form(picture()), headers=ann)).json()
        after = await running.client.get("/reports/", headers=ann | {"If-None-Match": before.headers["ETag"]})
        (line,) = await after.json()
        assert line["report_id"] == made["report_id"]
        assert line["image_url"] == made["original_image_url"]
        assert line["severities"] == {"acne": "mild", "wrinkles": None}


async def test_a_person_deletes_a_report_of_their_own_alone(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await filled(running)
        bobs = (await running.storage.reports.page(running.people["bob"].id)).reports[0].id
        mine = (await running.storage.reports.page(running.people["ann"].id)).reports[0].id
        assert (await running.client.delete(f"/reports/{bobs}", headers=ann)).status == 404
        assert (await running.client.delete(f"/reports/{mine}")).status == 401
        assert (await running.client.delete(f"/reports/{mine}", headers=ann)).status == 204
        assert (await running.client.delete(f"/reports/{mine}", headers=ann)).status == 404
        assert (await running.client.get(f"/reports/{mine}", headers=ann)).status == 404
        left = await running.storage.reports.page(None)
        assert left.total == 4 and bobs in {report.id for report in left.reports}
        assert await running.storage.files.present(mine) == {}
