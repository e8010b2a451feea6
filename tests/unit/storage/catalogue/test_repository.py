"""Products by id and by category, always of one version."""

import asyncio
from decimal import Decimal

import pytest

from storage import Storage
from storage.catalogue.records import Price, Products
from tests.unit.storage.catalogue.products import filled, product


async def test_an_empty_catalogue_answers_with_nothing(storage: Storage) -> None:
    assert await storage.products.current() is None
    assert await storage.products.get(["0" * 32]) == Products(0, ())
    assert await storage.products.in_category("acne") == Products(0, ())


async def test_a_product_comes_back_as_it_was_given(storage: Storage) -> None:
    whole = product(
        "جل مهدئ للبشرة <b>😀",
        price=Price(Decimal("12.345"), Decimal("19.99"), "KWD", "12.345 - 19.99 KD"),
        image="https://shop.example/a.jpg",
        in_stock=False,
        categories=("eczema", "rosacea"),
        ingredients=("aqua", "panthenol"),
        description="Text\nof two lines",
        copy_of="f" * 32,
        is_sample=True,
    )
    bare = product(price=Price(None, None, "", "ask us"))
    version = await filled(storage, [whole, bare])
    assert await storage.products.get([bare.id, "0" * 32, whole.id, bare.id]) == Products(version, (bare, whole))


async def test_categories_list_their_products_in_the_shops_order(storage: Storage) -> None:
    both = product("Z", categories=("acne", "wrinkles"))
    acne = [product(name) for name in ("C", "A", "B")]
    version = await filled(storage, [both, *acne])
    assert await storage.products.in_category("acne") == Products(version, (both, *acne))
    assert await storage.products.in_category("acne", offset=1, limit=2) == Products(version, (acne[0], acne[1]))
    assert await storage.products.in_category("wrinkles") == Products(version, (both,))
    assert await storage.products.in_category("eczema") == Products(version, ())


async def test_too_many_at_once_are_refused(storage: Storage) -> None:
    with pytest.raises(ValueError, match="at most"):
        await storage.products.get(["0" * 32] * 501)
    for offset, limit in ((-1, 10), (0, 0), (0, 501)):
        with pytest.raises(ValueError, match="limit"):
            await storage.products.in_category("acne", offset=offset, limit=limit)


async def test_readers_never_see_two_versions_at_once(storage: Storage) -> None:
    generations = [[product(f"P{i}", description=str(turn)) for i in range(40)] for turn in range(6)]
    await filled(storage, generations[0])
    done = False

    async def read() -> int:
        answers = 0
        while not done:
            for found in (
                await storage.products.get([one.id for one in generations[0]]),
                await storage.products.in_category("acne"),
            ):
                assert len({one.description for one in found.products}) == 1 and len(found.products) == 40
                answers += 1
        return answers

    readers = [asyncio.create_task(read()) for _ in range(3)]
    for generation in generations[1:]:
        await filled(storage, generation)
    done = True
    assert min(await asyncio.gather(*readers)) > 0
