from collections.abc import Mapping
from typing import Any

from aiohttp import web

from api.conditional import conditional, etag_of
from tests.unit.api.conftest import Serve


async def test_a_known_answer_is_neither_made_nor_sent(serve: Serve) -> None:
    made = []

    async def make() -> tuple[Any, Mapping[str, str]]:
        made.append(1)
        return [1, 2], {"X-Total-Count": "2"}

    async def show(request: web.Request) -> web.Response:
        return await conditional(request, etag_of("rev", 1), make)

    app = web.Application()
    app.router.add_get("/", show)
    client = await serve(app)
    first = await client.get("/")
    etag = first.headers["ETag"]
    assert (await first.json(), first.headers["X-Total-Count"]) == ([1, 2], "2")
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        same = await client.get("/", headers={"If-None-Match": known})
        assert (same.status, same.headers["ETag"], await same.read()) == (304, etag, b""), known
    assert len(made) == 1
    assert (await client.get("/", headers={"If-None-Match": '"other"'})).status == 200


def test_an_etag_changes_with_any_part() -> None:
    tags = {etag_of("a", 1), etag_of("a", 2), etag_of("b", 1), etag_of("a1"), etag_of("a", "1")}
    assert len(tags) == 5 and etag_of("a", 1) in tags
