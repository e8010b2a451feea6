"""/shelf/, on a running service."""

from pathlib import Path
from typing import Any

from settings import Settings
from storage import models
from storage.clock import utc_now
from storage.identifiers import new_id
from storage.personal.shelf import SHELF_MOST
from tests.unit.api.catalogue import fill, id_of
from tests.unit.api.service_fixture import Running, service

HTML = "<img src=x onerror=alert(1)> cream"


async def add(running: Running, headers: dict[str, str], **body: Any) -> tuple[int, Any]:
    answer = await running.client.post("/shelf/", json=body, headers=headers)
    return answer.status, await answer.json()


async def test_a_shelf_holds_products_and_free_text_and_names_conflicts(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        status, body = await add(running, ann, product_id=id_of(1))
        assert status == 201 and body["items"][0]["name"] == "Retinol night cream"
        assert (await add(running, ann, product_id=id_of(1)))[0] == 200
        status, body = await add(
            running, ann, name="My toner", ingredients="Ingredients: Aqua, Glycolic Acid,\nPanthenol"
        )
        toner = body["items"][1]
        assert toner["ingredient_list"] == ["aqua", "glycolic acid", "panthenol"] and toner["ingredients"] == "listed"
        assert {one["id"] for one in toner["contains"]} == {"glycolic_acid", "humectants"}
        assert [(one["rule"]["id"], one["advice"]) for one in body["conflicts"]] == [
            ("conflict-retinoid-acid", "alternate")
        ]
        assert body["conflicts"][0]["items"] == [one["id"] for one in body["items"]]
        gone = await running.client.delete(f"/shelf/{toner['id']}", headers=ann)
        assert gone.status == 204
        body = await (await running.client.get("/shelf/", headers=ann)).json()
        assert [one["name"] for one in body["items"]] == ["Retinol night cream"] and body["conflicts"] == []


async def test_what_is_unknown_says_so_and_html_stays_text(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        for text in (None, "key ingredients: retinol", "niacinamide, zinc pca"):
            _, body = await add(running, ann, name=HTML, ingredients=text)
            item = body["items"][-1]
            assert (item["name"], item["ingredients"]) == (HTML, "unknown")
        assert body["items"][-1]["contains"][0]["id"] == "niacinamide"


async def test_answers_warn_of_what_is_there(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        await add(running, ann, product_id=id_of(1))
        answers = {"pregnancy": "pregnant", "allergies": [], "eczema": "none"}
        await running.client.put("/answers/", json=answers, headers=ann)
        body = await (await running.client.get("/shelf/", headers=ann)).json()
        assert [one["rule"]["id"] for one in body["items"][0]["warnings"]] == ["block-retinoids-pregnancy"]


async def test_a_product_that_leaves_the_catalogue_stays_on_the_shelf(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        await fill(running.storage)
        await add(running, ann, product_id=id_of(1))
        await fill(running.storage, ())
        (item,) = (await (await running.client.get("/shelf/", headers=ann)).json())["items"]
        assert (item["name"], item["product"], item["ingredients"]) == ("Retinol night cream", None, "listed")


async def test_a_shelf_of_ten_thousand_is_capped(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        account_id = running.people["ann"].id

        async def fill_up() -> None:
            row = {"account_id": account_id, "name": "retinol", "added_at": utc_now()}
            await models.ShelfItem.bulk_create(models.ShelfItem(id=new_id(), **row) for _ in range(SHELF_MOST))

        await running.storage.database.run(fill_up)
        status, body = await add(running, ann, name="one more")
        assert (status, body["code"], body["details"]) == (409, "too_many", {"most": SHELF_MOST})


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({}, 422, "invalid_request"),
    ({"name": "x", "product_id": "0" * 32}, 422, "invalid_request"),
    ({"name": " \n "}, 422, "invalid_request"),
    ({"name": "x" * 301}, 422, "invalid_request"),
    ({"name": "x", "ingredients": "y" * 4001}, 422, "invalid_request"),
    ({"name": "x", "colour": "red"}, 422, "invalid_request"),
    ({"product_id": "nonsense"}, 422, "invalid_request"),
    ({"product_id": "f" * 32}, 404, "no_such_product"),
]


async def test_what_cannot_be_added_is_refused(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann = await running.person("ann")
        for body, status, code in REFUSED:
            said = await add(running, ann, **body)
            assert (said[0], said[1]["code"]) == (status, code), body
        assert await running.storage.shelf.all(running.people["ann"].id) == ()


async def test_one_persons_shelf_is_no_other_persons(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        ann, bob = await running.person("ann"), await running.person("bob", consent=False)
        item = (await add(running, ann, name="cream"))[1]["items"][0]
        assert (await running.client.delete(f"/shelf/{item['id']}", headers=bob)).status == 404
        assert (await running.client.delete("/shelf/nonsense", headers=ann)).status == 404
        assert (await add(running, bob, name="cream"))[1]["code"] == "consent_required"
        assert (await running.client.get("/shelf/")).status == 401
        assert (await (await running.client.get("/shelf/", headers=bob)).json())["items"] == []
