"""Products as lines, for the index and for backups."""

from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from storage import Storage, models
from storage.backup import back_up
from storage.catalogue.addresses import product_id
from storage.catalogue.lines import catalogue_lines, product_line, product_of, read_catalogue_lines
from storage.catalogue.records import Price, Product
from storage.catalogue.search import SearchRequest
from storage.restore import restore
from tests.unit.storage.catalogue.products import filled, product

URL = "https://shop.example"


def listed(name: str, **values: object) -> Product:
    url = f"{URL}/{name}"
    return product(name, url=url, id=product_id(url), **values)


def test_a_product_comes_back_from_its_line() -> None:
    price = Price(Decimal("1.250"), None, "KWD", "from 1.250 KD")
    for one in (listed("جل"), product(price=price, ingredients=("aqua",), in_stock=True, copy_of="f" * 32)):
        assert product_of(product_line(one)) == one


def test_a_catalogue_comes_back_from_its_lines() -> None:
    products = (listed("a"), listed("b", ingredients=("aqua",)))
    kept = read_catalogue_lines(catalogue_lines("shop.csv", "1" * 64, products))
    assert (kept.source, kept.digest, kept.products, kept.unreadable) == ("shop.csv", "1" * 64, products, ())


@pytest.mark.parametrize(
    "change",
    [
        {"url": "javascript:alert(1)"}, {"id": "0" * 32}, {"categories": ["nonsense"]}, {"categories": []},
        {"ingredients": [1]}, {"ingredients": 5}, {"name": 5}, {"name": ""}, {"image": "data:x"}, {"price": None},
        {"price": {"low": "x", "high": None, "currency": "", "text": ""}}, {"more": 1},
        {"price": {"low": "NaN", "high": None, "currency": "", "text": ""}}, {"size": "x" * 61}, {"in_stock": "no"},
    ],
)  # fmt: skip
def test_a_line_that_others_have_changed_is_left_out(change: dict[str, object]) -> None:
    lines = catalogue_lines("shop.csv", "", [listed("a")]).splitlines()
    lines += [orjson.dumps(orjson.loads(product_line(listed("b"))) | change), b"{", b"[]"]
    kept = read_catalogue_lines(b"\n".join(lines))
    assert kept.products == (listed("a"),) and [line for line, _ in kept.unreadable] == [3, 4, 5]


async def test_a_backup_brings_the_catalogue_back_where_there_is_none_of_a_shop(
    storage: Storage, tmp_path: Path
) -> None:
    products = [listed(f"p{number:03}") for number in range(450)]
    await filled(storage, products)
    done = await back_up(storage)
    assert done.products == 450
    assert (await restore(storage, done.path)).products == 0  # it is there already
    assert not await storage.catalogue.take_back(read_catalogue_lines(b""))
    await storage.database.run(_lose)
    await storage.catalogue.take_sample()
    assert (await back_up(storage, tmp_path / "sample.zip")).products == 0  # the sample comes by itself
    restored = await restore(storage, done.path)
    assert (restored.products, restored.problems) == (450, [])
    whole = await storage.products.whole()
    assert whole is not None and list(whole[1]) == products and not whole[0].is_sample
    assert (await storage.search.search(SearchRequest("p017"))).total == 1


async def _lose() -> None:
    for model in (models.CatalogueVersion, models.Product, models.ProductCategory):
        await model.all().delete()
