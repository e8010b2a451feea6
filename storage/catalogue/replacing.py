"""The whole catalogue exchanged in one transaction: readers see the old one until they see the new one."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import orjson
from tortoise.transactions import in_transaction

from storage import models
from storage.catalogue.records import Problem, Product
from storage.catalogue.repository import MONEY
from storage.clock import utc_now
from storage.database import Database
from storage.schema import active_connection

__all__ = ["PROBLEMS_KEPT", "replace_catalogue"]

REPLACE_TIMEOUT_S: Final = 120.0
BATCH: Final = 1000
PRODUCT: Final = (
    "id", "version", "position", "name", "brand", "size", "price_low", "price_high", "currency", "price_text", "url",
    "image", "in_stock", "categories", "ingredients", "description", "copy_of", "is_sample",
)  # fmt: skip
VERSION: Final = PRODUCT.index("version")
PLACE: Final = ("category", "position", "product_id")
PROBLEMS_KEPT: Final = 200  # in the database; the import itself reports them all
VERSIONS_KEPT: Final = 20


async def replace_catalogue(
    database: Database,
    products: Sequence[Product],
    *,
    token: str,
    source: str,
    digest: str,
    is_sample: bool,
    problems: Sequence[Problem] = (),
) -> int:
    """Make these products the catalogue; its version. Each id once. Raises StorageUnavailable, StorageFull: then the
    catalogue is as it was."""

    rows, places = await asyncio.to_thread(lambda: (_rows(products), _places(products)))

    async def work() -> int:
        async with in_transaction() as transaction:
            version = await models.CatalogueVersion.create(
                token=token,
                imported_at=utc_now(),
                source=source[:255],
                digest=digest,
                is_sample=is_sample,
                products=len(products),
                problems=[_problem(problem) for problem in problems[:PROBLEMS_KEPT]],
            )
            for row in rows:
                row[VERSION] = version.id
            await models.ProductCategory.all().delete()
            await models.Product.all().delete()
            for insert, values in (
                (_insert("products", PRODUCT), rows),
                (_insert("product_categories", PLACE), places),
            ):
                for start in range(0, len(values), BATCH):
                    await transaction.execute_many(insert, values[start : start + BATCH])
            await models.CatalogueVersion.filter(id__lte=version.id - VERSIONS_KEPT).delete()
            return int(version.id)

    return await database.run(work, timeout_s=REPLACE_TIMEOUT_S)


def _insert(table: str, columns: Sequence[str]) -> str:
    mark = "%s" if active_connection().capabilities.dialect == "mysql" else "?"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"


def _places(products: Sequence[Product]) -> list[list[Any]]:
    """The values of PLACE for each product in each of its categories."""
    return [[category, place, product.id] for place, product in enumerate(products) for category in product.categories]


def _rows(products: Sequence[Product]) -> list[list[Any]]:
    """The values of PRODUCT for each product, as the database keeps them: the ORM takes three times as long for a
    hundred thousand, and others wait for the end of this transaction."""
    return [
        [
            product.id,
            0,
            place,
            product.name,
            product.brand,
            product.size,
            _thousandths(product.price.low),
            _thousandths(product.price.high),
            product.price.currency,
            product.price.text,
            product.url,
            product.image,
            product.in_stock,
            orjson.dumps(product.categories).decode(),
            None if product.ingredients is None else orjson.dumps(product.ingredients).decode(),
            product.description,
            product.copy_of,
            product.is_sample,
        ]
        for place, product in enumerate(products)
    ]


def _thousandths(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * MONEY)


def _problem(problem: Problem) -> dict[str, Any]:
    return {"line": problem.line, "reason": problem.reason, "refused": problem.refused}
