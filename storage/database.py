"""The connection to SQLite or MySQL/MariaDB, and the one gate through which every piece of work reaches it.

Tortoise keeps its state in a context variable, which the tasks that serve requests do not share. So `Database.run`
gives each piece of work a task of its own in the context where the database was opened. That task also outlives a
caller that goes away: a client that hangs up never leaves a transaction half-done.
"""

import asyncio
import contextvars
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import pymysql.err
from tortoise.context import TortoiseContext
from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError

from storage.errors import StorageError, StorageFull, StorageUnavailable
from storage.schema import active_connection, migrate, tortoise_config

__all__ = ["Database", "connection_config"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

MIGRATE_TIMEOUT_S: Final = 120.0
CALL_TIMEOUT_S: Final = 10.0  # the longest piece of work, a page of a long history, takes a hundredth of it
BUSY_TIMEOUT_MS: Final = 5000  # how long SQLite waits for another process's transaction
CONNECT_TIMEOUT_S: Final = 3
POOL_SIZE: Final = 8
DEADLOCK_RETRIES: Final = 5

SQLITE_GONE: Final = ("locked", "busy", "disk i/o error", "unable to open", "readonly", "not a database", "malformed")
MYSQL_GONE: Final = frozenset({1040, 1053, 1205, 1213, 1290, 1317, 1927, 2002, 2003, 2006, 2013, 2014, 2055})
MYSQL_FULL: Final = frozenset({1021, 1114})
MYSQL_DEADLOCK: Final = frozenset({1205, 1213})


class Database:
    """The database at a url, `sqlite://FILE` or `mysql://USER:PASSWORD@HOST:PORT/NAME`. Usable between the two ends of
    `opened()`, from any task of that loop. Raises ValueError for another url."""

    def __init__(self, url: str) -> None:
        self._config = connection_config(url)
        self.is_mysql: Final[bool] = self._config["engine"].endswith("mysql_engine")
        self._context: contextvars.Context | None = None
        self._work: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connect, with the tables brought up to date; all work has ended when this does. Raises StorageUnavailable
        where the database cannot be reached."""
        if not self.is_mysql:
            await asyncio.to_thread(_make_private, self._config["credentials"]["file_path"])
        async with TortoiseContext() as tortoise:
            await tortoise.init(config=tortoise_config(self._config))
            self._context = contextvars.copy_context()
            try:
                await self.run(migrate, timeout_s=MIGRATE_TIMEOUT_S)
                yield
            finally:
                await self.finish()
                self._context = None

    async def run(self, work: Callable[[], Awaitable[T]], timeout_s: float = CALL_TIMEOUT_S) -> T:
        """Do `work` with the database, and answer what it answers. It must be safe to repeat from its beginning: it is,
        when another transaction made this one give way.

        Raises StorageUnavailable when the database does not answer (in `timeout_s` seconds), StorageFull when there is
        no room, and whatever `work` raises of its own.
        """
        return await self.see_through(self._attempts(work, timeout_s))

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end even where the caller is cancelled, and before the database is closed."""
        if self._context is None:
            work.close()
            raise StorageUnavailable("the database is not open")
        task = asyncio.create_task(work, context=self._context.copy())
        self._work.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def ping(self) -> None:
        """Raises StorageUnavailable unless the database answers."""

        async def work() -> None:
            await active_connection().execute_query("SELECT 1")

        await self.run(work, timeout_s=2.0)

    async def finish(self) -> None:
        """Wait until every piece of work has ended."""
        while self._work:
            await asyncio.wait(self._work)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()  # the caller may be gone; then nobody else asks

    async def _attempts(self, work: Callable[[], Awaitable[T]], timeout_s: float) -> T:
        try:
            async with asyncio.timeout(timeout_s):
                for attempt in range(DEADLOCK_RETRIES):
                    try:
                        return await work()
                    except OperationalError as error:
                        if _mysql_code(error) not in MYSQL_DEADLOCK:
                            raise
                        await asyncio.sleep(0.01 * 2**attempt)
                return await work()
        except (StorageError, IntegrityError):
            raise
        except TimeoutError as error:
            raise StorageUnavailable(f"the database did not answer within {timeout_s:g} s") from error
        except (OperationalError, DBConnectionError, pymysql.err.Error, sqlite3.Error, OSError, EOFError) as error:
            raise translated(error) from error


def connection_config(url: str) -> dict[str, Any]:
    """The url as Tortoise's engine and credentials. Raises ValueError where it is none of ours."""
    if url.startswith("sqlite://"):
        path = url.removeprefix("sqlite://")
        if not path:
            raise ValueError("sqlite:// needs a file")
        pragmas = {
            "journal_mode": "WAL",
            "synchronous": "FULL",  # a report that was answered survives a power cut
            "foreign_keys": "ON",
            "busy_timeout": BUSY_TIMEOUT_MS,
            "secure_delete": "ON",  # what a person has deleted is not left in free pages
        }
        return {"engine": "storage.sqlite_engine", "credentials": {"file_path": path, **pragmas}}
    parts = urlsplit(url)
    if parts.scheme != "mysql" or not parts.hostname or not parts.path.strip("/"):
        raise ValueError("the database must be sqlite://FILE or mysql://USER:PASSWORD@HOST:PORT/NAME")
    credentials = {
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": parts.hostname,
        "port": parts.port or 3306,
        "database": unquote(parts.path.strip("/")),
        "charset": "utf8mb4",
        "init_command": "SET time_zone = '+00:00', sql_notes = 0",  # notes: "table exists already"
        "connect_timeout": CONNECT_TIMEOUT_S,
        "pool_recycle": 1800,  # below the eight hours after which servers hang up
        "minsize": 1,
        "maxsize": POOL_SIZE,
    }
    return {"engine": "storage.mysql_engine", "credentials": credentials}


def translated(error: BaseException) -> BaseException:
    """The error as StorageUnavailable or StorageFull; itself where it is a mistake of this program."""
    code = _mysql_code(error)
    text = str(error).lower()
    if code in MYSQL_FULL or "is full" in text or "no space left" in text:
        return StorageFull("no room is left for the database")
    if code is not None:
        return StorageUnavailable("the database does not answer") if code in MYSQL_GONE else error
    if isinstance(error, OperationalError | sqlite3.Error):
        return StorageUnavailable("the database does not answer") if any(t in text for t in SQLITE_GONE) else error
    return StorageUnavailable("the database cannot be reached")


def _make_private(file: str) -> None:
    """Make a new database's file for its owner alone; SQLite gives its companions the same mode."""
    if file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch(mode=0o600)


def _mysql_code(error: BaseException) -> int | None:
    """MySQL's error number, from its own exception or from Tortoise's around it."""
    for _ in range(3):
        if isinstance(error, pymysql.err.Error):
            return error.args[0] if error.args and isinstance(error.args[0], int) else None
        inner = error.args[0] if error.args else None
        if not isinstance(inner, BaseException):
            return None
        error = inner
    return None
