"""GET /product-search/: the mission's shape, what people type, and what they should not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from settings import Settings
from storage.catalogue.records import CATEGORIES
from tests.unit.api.service_fixture import Running, service

SHOP = "https://shop.example"
LIST = f"""name,price,url,target,ingredients
shaan-soothing-gel-60-gm,Sale priceLE 100.00,{SHOP}/a,Eczema,"aqua, panthenol"
<script>alert(1)</script>,"LE 10 - LE 20",{SHOP}/b,Acne,
Retinol Serum,Sold out,{SHOP}/c,Other,
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.csv"
    path.write_text(LIST)
    return path


@pytest.fixture
async def running(settings: Settings, shop: Path) -> AsyncIterator[Running]:
    async with service(settings, shop.parent / "media") as started:
        await started.storage.catalogue.take(shop)
        yield started


async def search(running: Running, path: str = "/product-search/", **parameters: str) -> Any:
    async with running.client.get(path, params=parameters) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "application/json"
        return await answer.json()


async def test_the_missions_shape_is_kept(running: Running) -> None:
    answer = await search(running, query="soothing")
    assert list(answer["products_by_category"]) == ["Eczema"] and answer["query"] == "soothing"
    (found,) = answer["products_by_category"]["Eczema"]
    assert (found["name"], found["price"], found["url"]) == ("Shaan Soothing Gel 60 g", "LE 100.00", f"{SHOP}/a")
    assert (found["brand"], found["product"], found["size"]) == ("Shaan", "Soothing Gel", "60 g")
    assert (found["price_low"], found["price_high"], found["currency"]) == (100.0, 100.0, "EGP")
    assert found["categories"] == ["Eczema"] and found["ingredients"] == ["aqua", "panthenol"]
    assert found["name_parts"][1] == {"text": "Soothing", "match": True}
    assert answer["message"] == "1 product found." and (answer["total"], answer["page"], answer["pages"]) == (1, 1, 1)


async def test_both_databases_give_the_same_answers(settings: Settings, shop: Path, database_url: str) -> None:
    async with service(settings, shop.parent / "media", database_url=database_url) as running:
        await running.storage.catalogue.take(shop)
        for query, names in (("", 3), ("sothing", 1), ("pimples", 1), ("ريتينول", 1), ("😀", 0)):
            assert (await search(running, query=query))["total"] == names


async def test_every_spelling_of_the_address_answers_without_a_login(running: Running) -> None:
    for path in ("/product-search", "/product-search/", "/api/product-search", "/api/product-search/"):
        assert (await search(running, path, query="gel"))["total"] == 1


async def test_parameters_without_a_value_are_as_if_not_there(running: Running) -> None:
    blank = await search(running, query="", category="", max_price="", in_stock="", sort="", page="")
    assert blank == await search(running) and blank["total"] == 3
    assert list(blank["products_by_category"]) == ["Acne", "Eczema", "Other"]
    assert blank["facets"]["categories"] == {"Acne": 1, "Eczema": 1, "Other": 1}
    assert blank["facets"]["in_stock"] == {"in_stock": 0, "unknown": 2, "sold_out": 1}
    assert blank["facets"]["price"] == {"low": 10.0, "high": 100.0}


async def test_filters_and_sorting(running: Running) -> None:
    assert list((await search(running, category="eczema"))["products_by_category"]) == ["Eczema"]
    assert (await search(running, category="Dark Spots"))["total"] == 0
    assert (await search(running, max_price="50"))["total"] == 1
    assert (await search(running, in_stock="true"))["total"] == 2
    assert (await search(running, in_stock="false"))["products_by_category"]["Other"][0]["price_low"] is None
    assert (await search(running, page="9999"))["products_by_category"] == {}


async def test_html_in_a_name_is_text_in_an_answer_that_no_browser_renders(running: Running) -> None:
    async with running.client.get("/product-search/", params={"query": "script"}) as answer:
        (found,) = (await answer.json())["products_by_category"]["Acne"]
        assert found["name"] == "<script>alert(1)</script>" and found["price_low"] == 10 and found["price_high"] == 20
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_odd_queries_are_answered_and_harm_nothing(running: Running) -> None:
    for query in (
        "😀🧴", "'; DROP TABLE products; --", "\x00", "%", "_", "*", "a" * 200, "ب" * 200, "\u202e", "NEAR(a b)",
    ):  # fmt: skip
        answer = await search(running, query=query)
        assert answer["query"] == query and answer["total"] == 0
        assert answer["message"].startswith("No product matches")
    assert (await search(running))["total"] == 3


async def test_wrong_values_are_named(running: Running) -> None:
    for name, value in (
        ("query", "a" * 5_000), ("query", "ب" * 201), ("category", "nonsense"), ("max_price", "cheap"),
        ("max_price", "-1"), ("max_price", "nan"), ("max_price", "inf"), ("in_stock", "perhaps"), ("sort", "random"),
        ("page", "0"), ("page", "1.5"), ("page", "9" * 40),
    ):  # fmt: skip
        async with running.client.get("/product-search/", params={name: value}) as answer:
            body = await answer.json()
        assert answer.status == 422 and body["code"] == "invalid_request"
        assert list(body["details"]["fields"]) == [name]


async def test_without_a_catalogue_the_answer_says_so(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        answer = await search(running, query="gel")
        assert (answer["total"], answer["catalogue_version"], answer["products_by_category"]) == (0, 0, {})
        assert answer["message"] == "There is no product catalogue yet."


async def test_the_sample_says_what_it_is(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.storage.catalogue.take_sample()
        answer = await search(running, query="pimples")
        assert answer["is_sample"] and "invented samples" in answer["message"]
        assert all(found["is_sample"] for found in answer["products_by_category"]["Acne"])
        everything = (await search(running))["products_by_category"]
        assert len(everything) == len(CATEGORIES)
