"""The gate to the database: one error when it does not answer, and it works again by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pymysql.err
import pytest
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.transactions import in_transaction

from storage import Storage, models, open_storage
from storage.clock import utc_now
from storage.database import Database, connection_config, translated
from storage.errors import StorageFull, StorageUnavailable
from tests.mariadb import MariaDb
from tests.unit.storage.drafts import draft, pictures, with_consent


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """A server that these tests may stop."""
    server = MariaDb(tmp_path_factory.mktemp("stoppable"), durable=True)
    server.start()
    yield server
    server.stop(kill=True)


@pytest.fixture
async def stoppable(own_server: MariaDb, media_root: Path) -> AsyncIterator[Storage]:
    async with open_storage(own_server.url(own_server.new_database()), media_root) as storage:
        yield storage


async def recovered(storage: Storage) -> None:
    """Wait until the database answers again."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(StorageUnavailable):
                return await storage.database.ping()
            await asyncio.sleep(0.05)


@pytest.mark.system("mariadb-server")
async def test_while_the_database_is_gone_every_call_says_so_and_then_works_again(
    stoppable: Storage, own_server: MariaDb
) -> None:
    account = await with_consent(stoppable)
    await stoppable.saver.save(account.id, draft(), pictures())
    await asyncio.to_thread(own_server.stop, kill=True)
    for _ in range(12):  # more often than the pool has connections
        with pytest.raises(StorageUnavailable):
            await stoppable.accounts.find("amira")
        with pytest.raises(StorageUnavailable):
            await stoppable.saver.save(account.id, draft(1), pictures())
        with pytest.raises(StorageUnavailable):
            await stoppable.database.ping()
    await asyncio.to_thread(own_server.start)
    await recovered(stoppable)
    await asyncio.gather(*(stoppable.saver.save(account.id, draft(2), pictures()) for _ in range(12)))
    assert (await stoppable.reports.page(account.id)).total == 13
    await stoppable.housekeeper.recover(grace_s=0.0)
    assert len([path for path in stoppable.files.root.rglob("*") if path.is_file()]) == 3 * 13


@pytest.mark.system("mariadb-server")
async def test_a_kill_of_the_database_during_saves_leaves_each_whole_or_not_there(
    stoppable: Storage, own_server: MariaDb
) -> None:
    account = await with_consent(stoppable)
    saves = [asyncio.create_task(stoppable.saver.save(account.id, draft(n), pictures())) for n in range(30)]
    await asyncio.wait(saves, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(own_server.stop, kill=True)
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert all(isinstance(one, StorageUnavailable) for one in results if isinstance(one, BaseException))
    await asyncio.to_thread(own_server.start)
    await recovered(stoppable)
    await stoppable.housekeeper.recover(grace_s=0.0)
    page = await stoppable.reports.page(account.id, limit=200)
    assert {one.id for one in results if not isinstance(one, BaseException)} <= {one.id for one in page.reports}
    assert all(len(report.files) == 3 and len(report.conditions) == 2 for report in page.reports)
    assert len([path for path in stoppable.files.root.rglob("*") if path.is_file()]) == 3 * page.total
    assert len(stoppable.log.path.read_bytes().splitlines()) == page.total


@pytest.mark.system("mariadb-server")
async def test_a_database_that_hangs_does_not_hang_its_callers(stoppable: Storage, own_server: MariaDb) -> None:
    await stoppable.database.ping()

    async def count() -> int:
        async with in_transaction():
            return await models.Account.all().count()

    own_server.pause()
    try:
        for _ in range(2):
            with pytest.raises(StorageUnavailable, match="did not answer"):
                await stoppable.database.run(count, timeout_s=0.2)
    finally:
        own_server.resume()
    await recovered(stoppable)
    assert await stoppable.database.run(count) == 0


async def test_opening_a_database_that_is_not_there_says_so(media_root: Path) -> None:
    with pytest.raises(StorageUnavailable):
        async with open_storage("mysql://root@127.0.0.1:1/none", media_root):
            pass


async def test_work_sees_its_database_from_any_task_and_two_may_be_open(tmp_path: Path) -> None:
    one, other = Database(f"sqlite://{tmp_path}/1.sqlite3"), Database(f"sqlite://{tmp_path}/2.sqlite3")

    async def add() -> int:
        await models.Erasure.create(user_key="x", erased_at=utc_now())
        return await models.Erasure.all().count()

    async with one.opened(), other.opened():
        assert await asyncio.create_task(one.run(add)) == 1
        assert await asyncio.create_task(other.run(add)) == 1
        with pytest.raises(IntegrityError):
            await one.run(add)
    with pytest.raises(StorageUnavailable, match="not open"):
        await one.run(add)


async def test_work_goes_on_when_its_caller_is_cancelled_and_ends_before_the_database_closes(tmp_path: Path) -> None:
    database = Database(f"sqlite://{tmp_path}/x.sqlite3")
    done = []

    async def slow() -> None:
        async with in_transaction():
            await models.Erasure.create(user_key="x", erased_at=utc_now())
            await asyncio.sleep(0.1)
        done.append(True)

    async with database.opened():
        caller = asyncio.create_task(database.run(slow))
        await asyncio.sleep(0.02)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert not done
    assert done


async def test_a_deadlock_is_tried_again(tmp_path: Path) -> None:
    database = Database(f"sqlite://{tmp_path}/x.sqlite3")
    tries = []

    async def deadlocked() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError(pymysql.err.OperationalError(1213, "Deadlock found"))
        return "done"

    async with database.opened():
        assert await database.run(deadlocked) == "done"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError(pymysql.err.OperationalError(2013, "Lost connection")), StorageUnavailable),
        (pymysql.err.OperationalError(2003, "Can't connect"), StorageUnavailable),
        (OperationalError(pymysql.err.OperationalError(1114, "The table is full")), StorageFull),
        (OperationalError("database or disk is full"), StorageFull),
        (OperationalError("database is locked"), StorageUnavailable),
        (ConnectionResetError("reset"), StorageUnavailable),
        (OperationalError(pymysql.err.ProgrammingError(1064, "You have an error in your SQL")), OperationalError),
        (OperationalError("no such table: x"), OperationalError),
    ],
)
def test_only_what_may_pass_is_called_unavailable(error: Exception, kind: type[Exception]) -> None:
    assert type(translated(error)) is kind


def test_urls_become_engines_and_credentials() -> None:
    config = connection_config("mysql://a%40b:p%2Fw@db.example:3307/skin")
    credentials = config["credentials"]
    assert (credentials["user"], credentials["password"], credentials["port"]) == ("a@b", "p/w", 3307)
    assert credentials["charset"] == "utf8mb4"
    assert connection_config("sqlite:///var/x.sqlite3")["credentials"]["file_path"] == "/var/x.sqlite3"


@pytest.mark.parametrize("url", ["", "sqlite://", "mysql://", "mysql://host", "postgres://host/db", "x.sqlite3"])
def test_other_urls_are_refused_without_a_word_of_their_password(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite://"):
        Database(url)
