"""The shelf; on both databases."""

import asyncio

import pytest

from storage import Storage, models
from storage.clock import utc_now
from storage.errors import NotConsented, TooMany
from storage.identifiers import new_id
from storage.personal.records import NewShelfItem
from storage.personal.shelf import SHELF_MOST
from tests.unit.storage.drafts import with_consent

TEXT = "2026-11"


async def test_things_are_added_listed_and_removed(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    cream, new = await storage.shelf.add(amira.id, NewShelfItem("<b>كريم</b>", None, "aqua, retinol"), TEXT)
    product, _ = await storage.shelf.add(amira.id, NewShelfItem("Gel", "a" * 32), TEXT)
    assert new and await storage.shelf.all(amira.id) == (cream, product)
    assert cream.name == "<b>كريم</b>" and cream.ingredients == "aqua, retinol"
    assert not await storage.shelf.remove(omar.id, cream.id)
    assert await storage.shelf.remove(amira.id, cream.id) and not await storage.shelf.remove(amira.id, cream.id)
    assert await storage.shelf.all(amira.id) == (product,) and await storage.shelf.all(omar.id) == ()


async def test_a_product_of_the_catalogue_is_on_it_once(storage: Storage) -> None:
    amira = await with_consent(storage)
    both = await asyncio.gather(*(storage.shelf.add(amira.id, NewShelfItem("Gel", "a" * 32), TEXT) for _ in range(3)))
    assert len({item.id for item, _ in both}) == 1 and sum(new for _, new in both) == 1


async def test_a_full_shelf_takes_no_more(storage: Storage) -> None:
    amira = await with_consent(storage)

    async def fill() -> None:
        row = {"account_id": amira.id, "name": "x", "added_at": utc_now()}
        await models.ShelfItem.bulk_create(models.ShelfItem(id=new_id(), **row) for _ in range(SHELF_MOST))

    await storage.database.run(fill)
    with pytest.raises(TooMany) as caught:
        await storage.shelf.add(amira.id, NewShelfItem("one more"), TEXT)
    assert caught.value.most == SHELF_MOST and len(await storage.shelf.all(amira.id)) == SHELF_MOST


async def test_a_shelf_needs_consent(storage: Storage) -> None:
    omar = await storage.accounts.create("omar", "Omar", None)
    with pytest.raises(NotConsented):
        await storage.shelf.add(omar.id, NewShelfItem("x"), TEXT)
