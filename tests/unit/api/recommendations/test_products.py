"""The pool of products that may be recommended."""

from pathlib import Path

import pytest

from api.recommendations import products
from api.recommendations.engine import Advisor
from api.recommendations.products import ProductPool
from storage import Storage, open_storage
from storage.errors import StorageUnavailable
from tests.unit.api.catalogue import CATALOGUE, fill
from tests.unit.api.recommendations.samples import product


async def test_a_pool_follows_the_imports_and_holds_other_products_last(
    advisor: Advisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "FRESH_S", 0.0)
    async with open_storage(f"sqlite://{tmp_path}/x.sqlite3", tmp_path) as storage:
        pool = ProductPool(storage, advisor.reader)
        assert (await pool.current()).version == 0
        await fill(storage)
        first = await pool.current()
        assert first.version > 0 and await pool.current() is first
        found = first.candidates["acne"]
        assert len(found) == len(CATALOGUE) and found[-1].product.name == "Sun gel SPF 50"
        assert [one.product.name for one in first.candidates["wrinkles"]] == ["Sun gel SPF 50"]
        await fill(storage, (product(9, "New", None),))
        second = await pool.current()
        assert second.version > first.version and [one.product.name for one in second.candidates["acne"]] == ["New"]


async def test_while_the_database_is_gone_the_pool_is_the_last_one(
    advisor: Advisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "FRESH_S", 0.0)
    storage = Storage(f"sqlite://{tmp_path}/x.sqlite3", tmp_path)
    pool = ProductPool(storage, advisor.reader)
    async with storage.opened():
        await fill(storage)
        before = await pool.current()
    with pytest.raises(StorageUnavailable):
        await storage.products.current()
    assert await pool.current() is before


async def test_it_is_asked_once_in_a_while(advisor: Advisor, tmp_path: Path) -> None:
    async with open_storage(f"sqlite://{tmp_path}/x.sqlite3", tmp_path) as storage:
        pool = ProductPool(storage, advisor.reader)
        empty = await pool.current()
        await fill(storage)
        assert await pool.current() is empty  # for some seconds
