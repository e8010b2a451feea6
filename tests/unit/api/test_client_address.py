"""Addresses: proxies are believed only where they are trusted."""

from aiohttp import web

from api.client_address import ClientAddresses
from tests.unit.api.conftest import Serve


async def seen(serve: Serve, trusted: tuple[str, ...], forwarded: str | None) -> str:
    addresses = ClientAddresses(trusted)

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=addresses.of(request))

    app = web.Application()
    app.router.add_get("/", show)
    client = await serve(app)
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return await (await client.get("/", headers=headers)).text()


async def test_what_anybody_writes_into_the_header_is_ignored(serve: Serve) -> None:
    assert await seen(serve, (), None) == "127.0.0.1"
    assert await seen(serve, (), "203.0.113.9") == "127.0.0.1"
    assert await seen(serve, ("10.0.0.0/8",), "203.0.113.9") == "127.0.0.1"


async def test_behind_trusted_proxies_the_nearest_stranger_counts(serve: Serve) -> None:
    trusted = ("127.0.0.1", "10.0.0.0/8")
    assert await seen(serve, trusted, "198.51.100.1, 203.0.113.9") == "203.0.113.9"
    assert await seen(serve, trusted, "198.51.100.1, 203.0.113.9, 10.1.2.3") == "203.0.113.9"
    assert await seen(serve, trusted, "nonsense") == "unknown"
    assert await seen(serve, trusted, None) == "127.0.0.1"


async def test_a_households_ipv6_addresses_are_one(serve: Serve) -> None:
    trusted = ("127.0.0.0/8",)
    first = await seen(serve, trusted, "2001:db8:1:2:aaaa::1")
    assert first == "2001:db8:1:2::/64"
    assert await seen(serve, trusted, "2001:db8:1:2:bbbb::2") == first
    assert await seen(serve, trusted, "::ffff:203.0.113.9") == "203.0.113.9"
