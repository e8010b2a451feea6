"""What a person uses: products of the catalogue, or what they wrote."""

from typing import Final

from tortoise.transactions import in_transaction

from storage import models
from storage.accounts import locked_account, touch_history
from storage.clock import utc_now
from storage.database import Database
from storage.errors import TooMany
from storage.identifiers import new_id
from storage.personal.consenting import consenting_account
from storage.personal.records import NewShelfItem, ShelfItem

__all__ = ["SHELF_MOST", "ShelfRepository"]

SHELF_MOST: Final = 100  # nobody uses that many at once; conflicts are looked for between any two


class ShelfRepository:
    """Every method may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, account_id: int) -> tuple[ShelfItem, ...]:
        """The whole shelf, oldest first."""

        async def work() -> tuple[ShelfItem, ...]:
            rows = await models.ShelfItem.filter(account_id=account_id).order_by("added_at", "id")
            return tuple(_item(row) for row in rows)

        return await self._database.run(work)

    async def add(self, account_id: int, item: NewShelfItem, text_version: str) -> tuple[ShelfItem, bool]:
        """Put it on the shelf; whether it is new: a product of the catalogue is on it once. Raises AccountGone,
        NotConsented, TooMany."""

        async def work() -> tuple[ShelfItem, bool]:
            async with in_transaction():
                await consenting_account(account_id, text_version)
                shelf = models.ShelfItem.filter(account_id=account_id)
                if item.product_id is not None:
                    there = await shelf.filter(product_id=item.product_id).first()
                    if there is not None:
                        return _item(there), False
                if await shelf.count() >= SHELF_MOST:
                    raise TooMany("things on a shelf", SHELF_MOST)
                row = await models.ShelfItem.create(
                    id=new_id(),
                    account_id=account_id,
                    product_id=item.product_id,
                    name=item.name,
                    ingredients=item.ingredients,
                    added_at=utc_now(),
                )
                await touch_history(account_id)
                return _item(row), True

        return await self._database.run(work)

    async def remove(self, account_id: int, item_id: str) -> bool:
        """Take it off the shelf; whether it was there. Raises AccountGone."""

        async def work() -> bool:
            async with in_transaction():
                await locked_account(account_id)
                gone = await models.ShelfItem.filter(account_id=account_id, id=item_id).delete()
                if gone:
                    await touch_history(account_id)
                return gone > 0

        return await self._database.run(work)


def _item(row: models.ShelfItem) -> ShelfItem:
    added_at = row.added_at
    return ShelfItem(row.id, row.name, row.product_id, row.ingredients, added_at)
