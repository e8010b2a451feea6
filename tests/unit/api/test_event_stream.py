import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from pydantic import BaseModel

import api.event_stream
from api.application import setup
from api.errors import ApiError
from api.event_stream import OnStage, answer_with_events, wants_events
from settings import Settings
from tests.unit.api.conftest import Client, Serve

EVENTS = {"Accept": "text/event-stream"}


class Done(BaseModel):
    value: int


async def start(serve: Serve, settings: Settings, work: Callable[[OnStage], Awaitable[BaseModel]]) -> Client:
    async def show(request: web.Request) -> web.StreamResponse:
        if not wants_events(request):
            return web.Response(text="plain")
        return await answer_with_events(request, work, {KeyError: (404, "gone")})

    app = web.Application()
    setup(app, settings)
    app.router.add_get("/", show)
    return await serve(app)


async def test_stages_come_before_the_result_also_from_other_threads(serve: Serve, settings: Settings) -> None:
    async def work(on_stage: OnStage) -> BaseModel:
        on_stage("one", {"n": 1})
        thread = threading.Thread(target=on_stage, args=("two", {}))
        thread.start()
        await asyncio.to_thread(thread.join)
        return Done(value=7)

    client = await start(serve, settings, work)
    answer = await client.get("/", headers=EVENTS)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert (await answer.text()).split("\n\n") == [
        'event: progress\ndata: {"stage":"one","n":1}',
        'event: progress\ndata: {"stage":"two"}',
        'event: result\ndata: {"value":7}',
        "",
    ]
    assert "X-Request-Id" in answer.headers


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ApiError(409, "taken", "Taken.", {"by": "ann"}), '{"error":"Taken.","code":"taken","details":{"by":"ann"}'),
        (KeyError("x"), '"code":"gone"'),
        (RuntimeError("secret"), '"code":"internal_error"'),
    ],
)
async def test_a_failure_is_the_last_event(serve: Serve, settings: Settings, error: Exception, expected: str) -> None:
    async def work(on_stage: OnStage) -> BaseModel:
        raise error

    text = await (await (await start(serve, settings, work)).get("/", headers=EVENTS)).text()
    assert text.startswith("event: error\n") and expected in text and "secret" not in text


async def test_silence_is_broken_by_heartbeats(
    serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.event_stream, "HEARTBEAT_S", 0.02)
    go = asyncio.Event()

    async def work(on_stage: OnStage) -> BaseModel:
        await go.wait()
        return Done(value=1)

    answer = await (await start(serve, settings, work)).get("/", headers=EVENTS)
    assert await answer.content.readline() == b": still at it\n"
    go.set()
    assert b"event: result" in await answer.content.read()


async def test_the_work_ends_when_its_client_goes_away(serve: Serve, settings: Settings) -> None:
    cancelled = asyncio.Event()

    async def work(on_stage: OnStage) -> BaseModel:
        try:
            while True:
                on_stage("x" * 10_000, {})
                await asyncio.sleep(0.005)
        finally:
            cancelled.set()

    answer = await (await start(serve, settings, work)).get("/", headers=EVENTS)
    await answer.content.readline()
    answer.close()
    await asyncio.wait_for(cancelled.wait(), 20)


async def test_events_are_for_those_who_ask(serve: Serve, settings: Settings) -> None:
    async def work(on_stage: OnStage) -> BaseModel:
        return Done(value=1)

    client = await start(serve, settings, work)
    for accept in ("*/*", "application/json", "text/event-streams"):
        assert await (await client.get("/", headers={"Accept": accept})).text() == "plain"
    mixed = await client.get("/", headers={"Accept": "application/json, Text/Event-Stream;q=0.9"})
    assert mixed.content_type == "text/event-stream"
