"""Connections that never finish asking: a client that sends its first request's head a byte at a time, or nothing,
keeps a connection that costs it nothing. aiohttp waits for it for as long as it likes; this does not.

Once a connection has made a whole request, aiohttp's own keep-alive limit holds.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

__all__ = ["FIRST_REQUESTS", "FirstRequests"]

LOOK_S: Final = 1.0


class FirstRequests:
    """Closes connections whose first request's head is not there within limit_s. clock: seconds, monotonic."""

    def __init__(self, limit_s: float = 15.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._watching = False
        self._asked: set[web.RequestHandler] = set()
        self._seen_at: dict[web.RequestHandler, float] = {}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Notes that a connection has made a request."""
        if self._watching:
            self._asked.add(request.protocol)
        return await handler(request)

    @asynccontextmanager
    async def watching(self, server: web.Server) -> AsyncIterator[None]:
        """Look at the server's connections as long as the block lasts."""
        task = asyncio.create_task(self._watch(server), name="first-requests")
        self._watching = True
        try:
            yield
        finally:
            self._watching = False
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def look(self, server: web.Server) -> int:
        """Close what has waited too long; how many that were."""
        now = self._clock()
        connections = server.connections
        self._asked.intersection_update(connections)
        waiting = [one for one in connections if one not in self._asked]
        self._seen_at = {one: self._seen_at.get(one, now) for one in waiting}
        late = [one for one, since in self._seen_at.items() if now - since > self._limit_s]
        for one in late:
            one.force_close()
        return len(late)

    async def _watch(self, server: web.Server) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.look(server)


FIRST_REQUESTS = web.AppKey("FIRST_REQUESTS", FirstRequests)
