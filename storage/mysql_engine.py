"""Tortoise's MySQL client with two faults of its own mended; named as `engine` in the connection's configuration.

- A transaction that cannot begin (the server went away) gives its connection back to the pool. Upstream keeps it, and
  after `maxsize` such moments every later call would wait for ever.
- Where rolling back fails because the connection is gone, the error that led there is the one that is raised.
"""

from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.backends.mysql.client import MySQLClient, TransactionWrapper
from tortoise.connection import get_connections

__all__ = ["client_class"]


class Context(TransactionContextPooled):
    """Borrows one connection from the pool for as long as the transaction lasts."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        pool = self._pool = self.client._parent._pool
        self.client._connection = await pool.acquire()
        try:
            await self.client.begin()
        except BaseException:
            await self._give_back(broken=True)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        broken = True
        try:
            if exc_type is None:
                await self.client.commit()
                broken = False
            elif not self.client._connection.closed:
                await self.client.rollback()
                broken = False
        except Exception:
            if exc_type is None:
                raise
        finally:
            get_connections().reset(self.token)
            await self._give_back(broken)

    async def _give_back(self, broken: bool) -> None:
        connection = self.client._connection
        if broken:
            connection.close()
        await self._pool.release(connection)


class Client(MySQLClient):
    """A pool of connections."""

    def _in_transaction(self) -> TransactionContext:
        return Context(TransactionWrapper(self), self._pool_init_lock)


client_class = Client
