"""What is mended in Tortoise's MySQL client, and how its connections are set up."""

import asyncio

import pytest
from tortoise.transactions import in_transaction

from storage import Storage, models
from storage.clock import utc_now
from storage.database import POOL_SIZE
from storage.errors import StorageUnavailable
from storage.schema import active_connection

pytestmark = [
    pytest.mark.system("mariadb-server"),
    pytest.mark.parametrize("database_url", ["mariadb"], indirect=True),
]


async def test_every_connection_of_the_pool_speaks_utc_and_utf8mb4(storage: Storage) -> None:
    async def ask() -> tuple[object, ...]:
        _, rows = await active_connection().execute_query(
            "SELECT @@time_zone AS zone, @@character_set_client AS charset, SLEEP(0.05)"
        )
        return rows[0]["zone"], rows[0]["charset"]

    answers = await asyncio.gather(*(storage.database.run(ask) for _ in range(POOL_SIZE * 2)))
    assert set(answers) == {("+00:00", "utf8mb4")}


async def test_transactions_that_cannot_begin_do_not_drain_the_pool(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tortoise.backends.mysql.client import TransactionWrapper

    async def fail(self: TransactionWrapper) -> None:
        raise ConnectionResetError("gone")

    async def write() -> None:
        async with in_transaction():
            await models.Erasure.create(user_key="x", erased_at=utc_now())

    with monkeypatch.context() as patch:
        patch.setattr(TransactionWrapper, "begin", fail)
        for _ in range(POOL_SIZE + 2):
            with pytest.raises(StorageUnavailable):
                await storage.database.run(write)
    async with asyncio.timeout(5):
        await storage.database.run(write)


async def test_an_error_inside_a_transaction_is_the_one_that_comes_out(storage: Storage) -> None:
    async def fail() -> None:
        async with in_transaction():
            await models.Erasure.create(user_key="x", erased_at=utc_now())
            raise KeyError("on purpose")

    for _ in range(POOL_SIZE + 2):
        with pytest.raises(KeyError):
            await storage.database.run(fail)
    assert await storage.database.run(lambda: models.Erasure.all().count()) == 0
