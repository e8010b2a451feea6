"""What is mended in Tortoise's SQLite client."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from tortoise.transactions import in_transaction

from storage import models
from storage.clock import utc_now
from storage.database import Database
from storage.errors import StorageUnavailable
from storage.schema import active_connection
from storage.sqlite_engine import statements


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "x.sqlite3"


async def pragma(database: Database, name: str) -> object:
    async def work() -> object:
        _, rows = await active_connection().execute_query(f"PRAGMA {name}")
        return tuple(rows[0])[0]

    return await database.run(work)


async def test_the_connection_is_set_up_as_told(file: Path) -> None:
    database = Database(f"sqlite://{file}")
    async with database.opened():
        assert await pragma(database, "journal_mode") == "wal"
        assert await pragma(database, "foreign_keys") == 1
        assert await pragma(database, "synchronous") == 2
        assert await pragma(database, "busy_timeout") == 5000


async def test_only_its_owner_may_read_the_file_and_its_companions(file: Path) -> None:
    async with Database(f"sqlite://{file}").opened():
        modes = {path.name: path.stat().st_mode & 0o777 for path in (file, file.with_name(f"{file.name}-wal"))}
    assert set(modes.values()) == {0o600}


async def test_many_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    async def once(path: Path) -> None:
        database = Database(f"sqlite://{path}")
        async with database.opened():
            assert await pragma(database, "foreign_keys") == 1

    for number in range(3):
        await asyncio.gather(*(once(tmp_path / f"{number}.sqlite3") for _ in range(4)))


async def test_a_transaction_that_reads_first_waits_for_anothers_write(file: Path) -> None:
    database = Database(f"sqlite://{file}")
    async with database.opened():
        other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO erasures (user_key, erased_at, finished) VALUES ('other', '2026-01-01', 0)")

        async def read_then_write() -> int:
            async with in_transaction():
                count = await models.Erasure.all().count()
                await models.Erasure.create(user_key="mine", erased_at=utc_now())
                return count

        waiting = asyncio.create_task(database.run(read_then_write))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        other.execute("COMMIT")
        assert await waiting == 1
        other.close()


async def test_a_transaction_that_cannot_begin_blocks_nobody(file: Path) -> None:
    database = Database(f"sqlite://{file}")
    async with database.opened():

        async def impatient() -> None:
            await active_connection().execute_query("PRAGMA busy_timeout = 50")

        await database.run(impatient)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with in_transaction():
                await models.Erasure.create(user_key="mine", erased_at=utc_now())

        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                await database.run(write)
        other.execute("ROLLBACK")
        other.close()
        async with asyncio.timeout(5):
            await database.run(write)


async def test_a_failed_transaction_leaves_nothing(file: Path) -> None:
    database = Database(f"sqlite://{file}")
    async with database.opened():

        async def fail() -> None:
            async with in_transaction():
                await models.Erasure.create(user_key="mine", erased_at=utc_now())
                raise KeyError("on purpose")

        with pytest.raises(KeyError):
            await database.run(fail)
        assert await database.run(lambda: models.Erasure.all().count()) == 0


def test_scripts_are_taken_apart_at_the_right_semicolons() -> None:
    script = "CREATE TABLE a (x TEXT DEFAULT ';'); /* a; b */\nINSERT INTO a VALUES ('it''s; \n two');SELECT 1"
    assert [one.replace("\n", " ") for one in statements(script)] == [
        "CREATE TABLE a (x TEXT DEFAULT ';');",
        "/* a; b */ INSERT INTO a VALUES ('it''s;   two');",
        "SELECT 1",
    ]
