"""The whole catalogue exchanged in one transaction: readers see the old one until they see the new one."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tortoise.transactions import in_transaction

from storage import models
from storage.catalogue.records import Problem, Product
from storage.catalogue.repository import MONEY
from storage.clock import utc_now
from storage.database import Database

__all__ = ["PROBLEMS_KEPT", "replace_catalogue"]

REPLACE_TIMEOUT_S: Final = 120.0
BATCH: Final = 1000
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

    async def work() -> int:
        async with in_transaction():
            version = await models.CatalogueVersion.create(
                token=token,
                imported_at=utc_now(),
                source=source[:255],
                digest=digest,
                is_sample=is_sample,
                products=len(products),
                problems=[_problem(problem) for problem in problems[:PROBLEMS_KEPT]],
            )
            await models.ProductCategory.all().delete()
            await models.Product.all().delete()
            for start in range(0, len(products), BATCH):
                batch = list(enumerate(products[start : start + BATCH], start))
                await models.Product.bulk_create(_row(product, place, version.id) for place, product in batch)
                await models.ProductCategory.bulk_create(_places(batch))
            await models.CatalogueVersion.filter(id__lte=version.id - VERSIONS_KEPT).delete()
            return int(version.id)

    return await database.run(work, timeout_s=REPLACE_TIMEOUT_S)


def _places(batch: Sequence[tuple[int, Product]]) -> Iterator[models.ProductCategory]:
    for place, product in batch:
        for category in product.categories:
            yield models.ProductCategory(category=category, position=place, product_id=product.id)


def _row(product: Product, place: int, version: int) -> models.Product:
    price = product.price
    return models.Product(
        id=product.id,
        version=version,
        position=place,
        name=product.name,
        brand=product.brand,
        size=product.size,
        price_low=None if price.low is None else int(price.low * MONEY),
        price_high=None if price.high is None else int(price.high * MONEY),
        currency=price.currency,
        price_text=price.text,
        url=product.url,
        image=product.image,
        in_stock=product.in_stock,
        categories=list(product.categories),
        ingredients=None if product.ingredients is None else list(product.ingredients),
        description=product.description,
        copy_of=product.copy_of,
        is_sample=product.is_sample,
    )


def _problem(problem: Problem) -> dict[str, Any]:
    return {"line": problem.line, "reason": problem.reason, "refused": problem.refused}
