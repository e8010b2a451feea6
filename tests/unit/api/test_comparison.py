from pathlib import Path

import pytest

from settings import Settings
from tests.unit.api.service_fixture import day, service

ALIKE = {"light": 0.9, "eye_luma_gap": 0.05, "face_ratio": 0.7, "yaw": 2.0, "pitch": -3.0, "roll": 0.5}


async def test_two_alike_pictures_are_compared(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        first = await running.report("ann", day(1), 40, 9, measures=ALIKE)
        second = await running.report("ann", day(8), 60, 4, measures=ALIKE | {"yaw": -3.9, "light": 0.8})
        body = await (await running.client.get("/progress-compare/", headers=ann)).json()
        assert (body["first"]["report_id"], body["second"]["report_id"]) == (first.id, second.id)
        assert body["days_between"] == 7
        assert body["changes"]["acne"] == {
            "since": first.id,
            "change": 20,
            "noise_floor": 4.2,
            "count_change": -5,
            "trend": "better",
        }
        assert body["second"]["face_image_url"]
        turned = await running.client.get(f"/progress-compare/?first={second.id}&second={first.id}", headers=ann)
        assert (await turned.json())["changes"]["acne"]["trend"] == "worse"
        same = await running.client.get("/progress-compare", headers=ann | {"If-None-Match": turned.headers["ETag"]})
        assert same.status == 200


@pytest.mark.parametrize(
    ("measure", "value", "code"),
    [
        ("light", 0.7, "light"),
        ("eye_luma_gap", 0.2, "light"),
        ("face_ratio", 0.5, "size"),
        ("yaw", 9.0, "angle"),
        ("pitch", -10.0, "angle"),
        ("roll", -6.0, "angle"),
    ],
)
async def test_what_differs_too_much_is_named(
    settings: Settings, tmp_path: Path, measure: str, value: float, code: str
) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await running.report("ann", day(1), 40, measures=ALIKE)
        await running.report("ann", day(2), 60, measures=ALIKE | {measure: value})
        refused = await running.client.get("/progress-compare/", headers=ann)
        body = await refused.json()
        assert (refused.status, body["code"]) == (409, "not_comparable")
        (reason,) = body["details"]["reasons"]
        assert (reason["code"], reason["measure"]) == (code, measure)
        assert (reason["first"], reason["second"]) == (ALIKE[measure], value)


async def test_pictures_of_unknown_light_and_scores_of_other_formulas_are_not_compared(
    settings: Settings, tmp_path: Path
) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        old = await running.report("ann", day(1), 40)
        before = await running.report("ann", day(2), 40, formula="acne-test-0", measures=ALIKE)
        after = await running.report("ann", day(3), 60, measures=ALIKE)
        body = await (await running.client.get(f"/progress-compare/?first={old.id}", headers=ann)).json()
        assert {reason["code"] for reason in body["details"]["reasons"]} == {"unmeasured"}
        body = await (
            await running.client.get(f"/progress-compare/?first={before.id}&second={after.id}", headers=ann)
        ).json()
        assert (body["changes"]["acne"]["trend"], body["changes"]["acne"]["change"]) == ("unknown", None)


async def test_only_ones_own_and_only_two(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await running.person("bob")
        bobs = await running.report("bob", day(1), 40, measures=ALIKE)
        for path, status in (
            ("/progress-compare/", 409),
            (f"/progress-compare/?second={bobs.id}", 404),
            ("/progress-compare/?second=x", 422),
        ):
            assert (await running.client.get(path, headers=ann)).status == status, path
        own = await running.report("ann", day(2), 40, measures=ALIKE)
        assert (await running.client.get("/progress-compare/", headers=ann)).status == 409
        assert (await running.client.get(f"/progress-compare/?first={bobs.id}", headers=ann)).status == 404
        assert (await running.client.get(f"/progress-compare/?first={own.id}")).status == 401
