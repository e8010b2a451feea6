import asyncio
from collections.abc import AsyncIterator

from aiohttp import web
from pydantic import BaseModel, Field

from api.application import setup
from api.requests import read_json, read_path, read_query
from settings import Settings
from tests.unit.api.conftest import Client, Serve


class Person(BaseModel):
    name: str = Field(max_length=5)
    age: int = 0


class Page(BaseModel):
    limit: int = Field(10, ge=1, le=100)


class Place(BaseModel):
    id: int


async def start(serve: Serve, settings: Settings) -> Client:
    async def body(request: web.Request) -> web.Response:
        person = await read_json(request, Person, limit=1000, timeout_s=0.3)
        return web.json_response(person.model_dump())

    async def query(request: web.Request) -> web.Response:
        return web.json_response(read_query(request, Page).model_dump() | read_path(request, Place).model_dump())

    app = web.Application()
    setup(app, settings)
    app.router.add_post("/body", body)
    app.router.add_get("/query/{id}", query)
    return await serve(app)


async def test_a_good_body_is_read(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    assert await (await client.post("/body", json={"name": "ann", "more": 1})).json() == {"name": "ann", "age": 0}


async def test_bad_bodies_are_refused_with_the_reason(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    json_type = {"Content-Type": "application/json"}
    cases: list[tuple[bytes, dict[str, str], int, str]] = [
        (b"name=ann", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        (b'{"name":', json_type, 400, "invalid_json"),
        (b"\xff\xfe", json_type, 400, "invalid_json"),
        (b'{"name": "\\ud800"}', json_type, 400, "invalid_json"),
        (b"[" * 900, json_type, 400, "invalid_json"),
        (b"[1]", json_type, 422, "invalid_request"),
        (b'{"name": "ann", "age": "7"}', json_type, 422, "invalid_request"),
        (b'{"name": "' + b"x" * 1000 + b'"}', json_type, 413, "too_large"),
    ]
    for body, headers, status, code in cases:
        answer = await client.post("/body", data=body, headers=headers)
        assert (answer.status, (await answer.json())["code"]) == (status, code), body


async def test_a_wrong_field_is_named_and_its_value_is_not_repeated(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    answer = await client.post("/body", json={"name": "hunter2"})
    text = await answer.text()
    assert answer.status == 422 and "hunter2" not in text
    assert "name" in (await answer.json())["details"]["fields"]


async def test_the_cap_holds_for_a_body_that_does_not_announce_its_length(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100

    answer = await client.post("/body", data=endless(), headers={"Content-Type": "application/json"})
    assert answer.status == 413
    assert (await answer.json())["details"] == {"max_bytes": 1000}


async def test_a_body_that_never_ends_is_given_up(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    done = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"name":'
        await done.wait()

    answer = await client.post("/body", data=slow(), headers={"Content-Type": "application/json"})
    assert (answer.status, (await answer.json())["code"]) == (408, "request_timeout")
    done.set()


async def test_queries_and_paths_are_checked(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    assert await (await client.get("/query/7?limit=3")).json() == {"limit": 3, "id": 7}
    assert (await client.get("/query/7?limit=0")).status == 422
    assert (await client.get("/query/7?limit=1&limit=2")).status == 422
    assert (await client.get("/query/seven")).status == 404
