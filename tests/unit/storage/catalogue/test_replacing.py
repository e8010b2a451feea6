"""One transaction exchanges the whole catalogue, or nothing."""

import pytest
from tortoise.exceptions import IntegrityError

from storage import Storage
from storage.catalogue.records import Problem
from storage.catalogue.replacing import replace_catalogue
from storage.identifiers import new_id
from tests.unit.storage.catalogue.products import filled, product


async def test_an_import_replaces_everything_and_says_so(storage: Storage) -> None:
    first = await filled(storage, [product("A"), product("B")])
    token = new_id()
    second = await replace_catalogue(
        storage.database,
        [product("B", description="new"), product("C")],
        token=token,
        source="shop.csv",
        digest="1" * 64,
        is_sample=True,
        problems=[Problem(3, "no url")],
    )
    assert second > first
    current = await storage.products.current()
    assert current is not None
    assert (current.version, current.token, current.products) == (second, token, 2)
    assert (current.source, current.is_sample, current.problems) == ("shop.csv", True, (Problem(3, "no url"),))
    found = await storage.products.in_category("acne")
    assert [(one.name, one.description) for one in found.products] == [("B", "new"), ("C", "")]
    assert (await storage.products.get([product("A").id])).products == ()


async def test_an_import_that_fails_leaves_the_catalogue_as_it_was(storage: Storage) -> None:
    version = await filled(storage, [product("A")])
    with pytest.raises(IntegrityError):
        await filled(storage, [product("B"), product("B")])
    assert (await storage.products.in_category("acne")).products == (product("A"),)
    current = await storage.products.current()
    assert current is not None and current.version == version
