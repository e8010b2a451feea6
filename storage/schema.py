"""Bringing the tables up to date with Tortoise's own migrations, also when several processes start at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.transactions import in_transaction

from storage.errors import StorageUnavailable

__all__ = ["active_connection", "migrate", "tortoise_config"]

APP: Final = "storage"
LOCK_NAME: Final = "dermaassist-migrate"
LOCK_TIMEOUT_S: Final = 60  # a first start makes ten tables in well under a second


def tortoise_config(connection: dict[str, Any]) -> dict[str, Any]:
    """What Tortoise is opened with; `connection` is its engine and credentials.

    The connection is named by its engine: Tortoise keeps the statements it has built under the connection's name, and
    one process may (the tests do) open databases of both kinds one after the other. Two that are open at the same time
    must be of one kind: a model knows one connection's name.
    """
    name = str(connection["engine"])
    app = {"models": ["storage.models"], "migrations": "storage.migrations", "default_connection": name}
    return {"connections": {name: connection}, "apps": {APP: app}, "use_tz": True, "timezone": "UTC"}


def active_connection() -> BaseDBAsyncClient:
    """The connection of the active Tortoise context; inside a transaction, that transaction."""
    handler = get_connections()
    (name,) = handler.db_config
    return handler.get(name)


async def migrate() -> None:
    """Apply the migrations that are missing. Needs an active Tortoise context.

    On SQLite all of it is one transaction: a process killed half-way leaves the tables as they were, and the second of
    two starters waits and then finds nothing to do. MySQL commits at every change of a table, so there a named lock
    makes the second one wait. Raises StorageUnavailable where that lock cannot be had in a minute.
    """
    client = active_connection()
    apps = tortoise_config({"engine": client.connection_name})["apps"]
    latest = (MigrationTarget(APP, "__latest__"),)
    if client.capabilities.dialect == "mysql":
        async with _mysql_lock(client):
            await MigrationExecutor(client, apps).migrate(latest)
    else:
        async with in_transaction() as transaction:
            await MigrationExecutor(transaction, apps).migrate(latest)


@asynccontextmanager
async def _mysql_lock(client: Any) -> AsyncIterator[None]:
    async with client.acquire_connection() as connection, connection.cursor() as cursor:
        async with asyncio.timeout(LOCK_TIMEOUT_S + 5):
            await cursor.execute("SELECT GET_LOCK(%s, %s)", (LOCK_NAME, LOCK_TIMEOUT_S))
            (taken,) = await cursor.fetchone()
        if not taken:
            raise StorageUnavailable("another process has been changing the tables for a minute")
        try:
            yield
        finally:
            await cursor.execute("SELECT RELEASE_LOCK(%s)", (LOCK_NAME,))
