"""Products by id and by category. Every answer is of one version of the catalogue, whatever is imported meanwhile: it
comes from a single statement, and every row carries its version."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from tortoise.expressions import Subquery

from storage import models
from storage.catalogue.records import Catalogue, Price, Problem, Product, Products
from storage.database import Database
from storage.errors import StorageUnavailable

__all__ = ["PRODUCTS_MAX", "ProductRepository", "as_product"]

PRODUCTS_MAX: Final = 500  # in one answer; SQLite takes 999 values in a statement
READ_BATCH: Final = 200  # products read in one go: a few milliseconds of the event loop
READ_AGAIN: Final = 5  # times, where an import comes in between
MONEY: Final = Decimal(1000)  # the database counts thousandths


class ProductRepository:
    """Every method may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def current(self) -> Catalogue | None:
        """The catalogue as it is now; None where nothing was ever imported."""

        async def work() -> Catalogue | None:
            row = await models.CatalogueVersion.all().order_by("-id").first()
            return None if row is None else _catalogue(row)

        return await self._database.run(work)

    async def get(self, ids: Sequence[str]) -> Products:
        """The products of these ids that the catalogue has, in the order asked for. Raises ValueError for more than
        PRODUCTS_MAX."""
        if len(ids) > PRODUCTS_MAX:
            raise ValueError(f"at most {PRODUCTS_MAX} products at once")

        async def work() -> Products:
            rows = {row.id: row for row in await models.Product.filter(id__in=list(ids))} if ids else {}
            return await _of_one_version([rows[one] for one in dict.fromkeys(ids) if one in rows])

        return await self._database.run(work)

    async def in_category(self, category: str, *, offset: int = 0, limit: int = 100) -> Products:
        """Products of one of CATEGORIES in the shop's order; limit 1 to PRODUCTS_MAX. Raises ValueError for another
        limit or a negative offset."""
        if not 1 <= limit <= PRODUCTS_MAX or offset < 0:
            raise ValueError(f"limit must be 1 to {PRODUCTS_MAX}, offset 0 or more")

        async def work() -> Products:
            members = models.ProductCategory.filter(category=category).values("product_id")
            chosen = models.Product.filter(id__in=Subquery(members)).order_by("position")
            return await _of_one_version(await chosen.offset(offset).limit(limit))

        return await self._database.run(work)

    async def every(self, offset: int = 0, limit: int = PRODUCTS_MAX) -> Products:
        """Products in the shop's order, from that place on. Raises ValueError as `in_category` does."""
        if not 1 <= limit <= PRODUCTS_MAX or offset < 0:
            raise ValueError(f"limit must be 1 to {PRODUCTS_MAX}, offset 0 or more")

        async def work() -> Products:
            rows = models.Product.filter(position__gte=offset, position__lt=offset + limit).order_by("position")
            return await _of_one_version(await rows)

        return await self._database.run(work)

    async def whole(self) -> tuple[Catalogue, tuple[Product, ...]] | None:
        """The catalogue with all its products, in the shop's order, read page by page; None where there is none. Raises
        StorageUnavailable where imports follow each other faster than it can be read."""
        for _ in range(READ_AGAIN):
            catalogue = await self.current()
            if catalogue is None:
                return None
            products: list[Product] = []
            while (batch := await self.every(len(products), READ_BATCH)).products:
                if batch.version != catalogue.version:
                    break
                products += batch.products
            if len(products) == catalogue.products:
                return catalogue, tuple(products)
        raise StorageUnavailable("the catalogue is being replaced")


async def _of_one_version(rows: Sequence[models.Product]) -> Products:
    if rows:
        return Products(rows[0].version, tuple(as_product(row) for row in rows))
    newest = await models.CatalogueVersion.all().order_by("-id").first()
    return Products(0 if newest is None else newest.id, ())


def as_product(row: models.Product) -> Product:
    """A product's row as its record."""
    ingredients: Any = row.ingredients
    return Product(
        id=row.id,
        name=row.name,
        brand=row.brand,
        size=row.size,
        price=Price(_money(row.price_low), _money(row.price_high), row.currency, row.price_text),
        url=row.url,
        image=row.image,
        in_stock=row.in_stock,
        categories=tuple(row.categories),
        ingredients=None if ingredients is None else tuple(ingredients),
        description=row.description,
        copy_of=row.copy_of,
        is_sample=row.is_sample,
    )


def _money(thousandths: int | None) -> Decimal | None:
    if thousandths is None:
        return None
    return (Decimal(thousandths) / MONEY).quantize(Decimal("0.001") if thousandths % 10 else Decimal("0.01"))


def _catalogue(row: models.CatalogueVersion) -> Catalogue:
    problems: Any = row.problems
    return Catalogue(
        version=row.id,
        token=row.token,
        imported_at=row.imported_at,
        source=row.source,
        digest=row.digest,
        is_sample=row.is_sample,
        products=row.products,
        problems=tuple(Problem(**problem) for problem in problems),
    )
