"""Tortoise's SQLite client with four faults of its own mended; named as `engine` in the connection's configuration.

- A transaction begins IMMEDIATE. A deferred one that reads and then writes fails at once, without waiting for
  `busy_timeout`, when another process has written in between.
- A transaction that cannot begin gives the connection's lock back. Upstream keeps it, and every later call would hang.
- Connecting is tried again while others switch a new file to WAL, for which SQLite does not wait; and a connection that
  fails half-way through its settings is not used.
- A script runs inside the transaction it belongs to. `sqlite3.executescript` commits first, so that a migration would
  stop being atomic.
"""

import asyncio
import sqlite3
from typing import Any, Final

from tortoise.backends.base.client import NestedTransactionContext, TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

__all__ = ["client_class"]

CONNECT_ATTEMPTS: Final = 8  # 2.5 s in all


class Transaction(SqliteTransactionWrapper):
    """One write transaction on the client's only connection."""

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def commit(self) -> None:
        try:
            await super().commit()
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def execute_script(self, query: str) -> None:
        for statement in statements(query):
            await self.execute_query(statement)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(Transaction(self))


class Context(SqliteTransactionContext):
    """Holds the connection's lock for as long as the transaction lasts, and not a moment longer."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        client: TransactionalDBClient = self.connection
        return client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        try:
            if exc_type is None:
                try:
                    await self.connection.commit()
                except BaseException:
                    await self.connection.rollback()
                    raise
            else:
                await self.connection.rollback()
        finally:
            get_connections().reset(self.token)
            self._trxlock.release()


class Client(SqliteClient):
    """One connection, shared by every task; its statements take turns."""

    async def create_connection(self, with_db: bool) -> None:
        for attempt in range(CONNECT_ATTEMPTS):
            try:
                return await super().create_connection(with_db)
            except BaseException as error:
                await self.close()  # it may be half set up, without foreign keys
                last = attempt == CONNECT_ATTEMPTS - 1
                if last or not isinstance(error, sqlite3.OperationalError) or "locked" not in str(error):
                    raise
                await asyncio.sleep(0.02 * 2**attempt)

    def _in_transaction(self) -> TransactionContext:
        return Context(Transaction(self), self._lock)


def statements(script: str) -> list[str]:
    """The single statements of a script, in order."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        for part in line.split(";")[:-1]:
            pending += part + ";"
            if sqlite3.complete_statement(pending):
                found.append(pending.strip())
                pending = ""
        pending += line.rsplit(";", 1)[-1] if ";" in line else line
    if pending.strip():
        found.append(pending.strip())
    return found


client_class = Client
