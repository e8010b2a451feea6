"""A client that dawdles over its first request is let go; nobody else is."""

import asyncio
from contextlib import suppress

import pytest
from aiohttp import ClientSession, web

from api import first_request
from api.first_request import FirstRequests


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The server has closed the connection without a word."""
    with suppress(ConnectionError):  # reset, where a byte was still on its way
        assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def test_slow_heads_and_silence_are_closed_and_whoever_has_asked_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    first = FirstRequests(15.0, clock)
    app = web.Application(middlewares=[first.middleware])
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server = runner.server
    assert server is not None
    monkeypatch.setattr(first_request, "LOOK_S", 3600.0)  # this test looks itself
    try:
        async with first.watching(server), ClientSession(f"http://{host}:{port}") as http:
            async with http.get("/") as response:
                assert response.status == 200
            dawdlers = [await asyncio.open_connection(host, port) for _ in range(20)]
            for _, writer in dawdlers[:10]:
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            for _ in range(1000):
                if len(server.connections) == 21:
                    break
                await asyncio.sleep(0.01)
            assert first.look(server) == 0
            clock.now = 14.0
            for _, writer in dawdlers[:10]:
                writer.write(b"a")  # another byte buys no time
            await asyncio.sleep(0)
            assert first.look(server) == 0
            clock.now = 15.1
            assert first.look(server) == 20
            for reader, writer in dawdlers:
                await gone(reader, writer)
            async with http.get("/") as response:  # on the connection from before
                assert response.status == 200
            assert len(server.connections) == 1
    finally:
        await runner.cleanup()


async def test_it_looks_by_itself_while_it_watches() -> None:
    first = FirstRequests(0.1)
    runner = web.AppRunner(web.Application(middlewares=[first.middleware]))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server = runner.server
    assert server is not None
    try:
        async with first.watching(server):
            reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
            await gone(reader, writer)
    finally:
        await runner.cleanup()
