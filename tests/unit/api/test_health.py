import asyncio

import pytest
from aiohttp import web

import api.health
from api.application import setup
from settings import Settings
from tests.unit.api.conftest import Serve


async def works() -> None:
    pass


async def test_alive_and_ready(serve: Serve, settings: Settings) -> None:
    app = web.Application()
    setup(app, settings, checks={"database": works})
    client = await serve(app)
    assert await (await client.get("/healthz")).json() == {"status": "ok"}
    assert await (await client.get("/readyz")).json() == {"status": "ready", "checks": {"database": "ok"}}


async def test_one_broken_or_silent_part_means_not_ready_but_alive(
    serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise ConnectionError("mysql://root:secret@db")

    async def silent() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(api.health, "CHECK_TIMEOUT_S", 0.05)
    app = web.Application()
    setup(app, settings, checks={"database": broken, "files": works, "model": silent})
    client = await serve(app)
    answer = await client.get("/readyz")
    assert answer.status == 503
    body = await answer.json()
    assert body["code"] == "not_ready"
    assert body["details"]["checks"] == {"database": "failed", "files": "ok", "model": "no answer in time"}
    assert "secret" not in await answer.text()
    assert (await client.get("/healthz")).status == 200
