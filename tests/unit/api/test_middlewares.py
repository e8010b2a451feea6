import logging
from pathlib import Path

import pytest
from aiohttp import web

from api.application import setup
from api.middlewares import timed
from settings import Settings
from tests.unit.api.conftest import Client, Serve


async def start(serve: Serve, settings: Settings) -> Client:
    async def data(request: web.Request) -> web.Response:
        with timed(request, "database"):
            pass
        return web.json_response({"words": "skin " * int(request.query.get("n", "1"))})

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="<p>hello</p>", content_type="text/html")

    async def file(request: web.Request) -> web.FileResponse:
        return web.FileResponse(Path(__file__))

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        return response

    app = web.Application()
    setup(app, settings)
    app.router.add_get("/data/{id}", data)
    app.router.add_get("/page", page)
    app.router.add_get("/stream", stream)
    app.router.add_get("/file", file)
    return await serve(app)


async def test_every_answer_carries_the_requests_id(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    assert (await client.get("/stream", headers={"X-Request-Id": "client-made-1"})).headers[
        "X-Request-Id"
    ] == "client-made-1"
    for bad in ("short", "has spaces in it", "x" * 65):
        made = (await client.get("/nothing", headers={"X-Request-Id": bad})).headers["X-Request-Id"]
        assert made != bad and len(made) == 16


async def test_the_log_line_names_the_route_and_never_the_address_or_the_token(
    serve: Serve, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    client = await start(serve, settings)
    with caplog.at_level(logging.INFO, "access"):
        await client.get("/data/private-id?token=SECRET", headers={"Authorization": "Bearer SECRET"})
    (record,) = (record for record in caplog.records if record.name == "access")
    line = record.getMessage()
    assert "GET /data/{id} 200" in line
    assert "private-id" not in line and "SECRET" not in str(record.__dict__)
    assert record.__dict__["status"] == 200


async def test_pages_may_load_only_from_here_and_data_may_do_nothing(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    page = (await client.get("/page")).headers
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert page["Permissions-Policy"].startswith("camera=(self)")
    for path in ("/data/1", "/stream", "/nothing"):
        headers = (await client.get(path)).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Server"] == "DermaAssist"
        assert "Strict-Transport-Security" not in headers
    https = await start(serve, settings.model_copy(update={"public_url": "https://skin.example"}))
    assert "max-age" in (await https.get("/data/1")).headers["Strict-Transport-Security"]


async def test_an_unchanged_page_keeps_the_policy_that_it_came_with(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    again = await client.get("/file", headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert again.status == 304
    assert "Content-Security-Policy" not in again.headers  # a browser takes it for the page's new one
    assert again.headers["X-Content-Type-Options"] == "nosniff"


async def test_only_listed_origins_may_read_answers(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings.model_copy(update={"cors_origins": ("https://good.example",)}))
    good = await client.get("/nothing", headers={"Origin": "https://good.example"})
    assert good.headers["Access-Control-Allow-Origin"] == "https://good.example"
    assert "Origin" in good.headers["Vary"]
    bad = await client.get("/data/1", headers={"Origin": "https://bad.example"})
    assert "Access-Control-Allow-Origin" not in bad.headers
    ask = {"Access-Control-Request-Method": "DELETE", "Origin": "https://good.example"}
    leave = await client.options("/data/1", headers=ask)
    assert leave.status == 204
    assert "DELETE" in leave.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in leave.headers["Access-Control-Allow-Headers"]
    refused = await client.options("/data/1", headers=ask | {"Origin": "https://bad.example"})
    assert refused.status == 405


async def test_without_origins_nobody_elses_page_may_read(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    answer = await client.get("/data/1", headers={"Origin": "https://any.example"})
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_large_json_is_compressed_for_those_who_take_it(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    large = await client.get("/data/1?n=1000")
    assert large.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in large.headers["Vary"]
    assert (await large.json())["words"] == "skin " * 1000
    for refusing in ("identity", "gzip;q=0, deflate"):
        plain = await client.get("/data/1?n=1000", headers={"Accept-Encoding": refusing})
        assert "Content-Encoding" not in plain.headers
    small = await client.get("/data/1")
    assert "Content-Encoding" not in small.headers


async def test_answers_say_where_their_time_went(serve: Serve, settings: Settings) -> None:
    client = await start(serve, settings)
    timing = (await client.get("/data/1")).headers["Server-Timing"]
    assert timing.startswith("database;dur=") and "total;dur=" in timing


async def test_what_an_address_says_to_options_is_part_of_the_leave(serve: Serve, settings: Settings) -> None:
    async def options(request: web.Request) -> web.Response:
        return web.Response(headers={"Accept-Post": "application/sdp"})

    app = web.Application()
    setup(app, settings.model_copy(update={"cors_origins": ("https://good.example",)}))
    app.router.add_options("/publish", options)
    client = await serve(app)
    ask = {"Access-Control-Request-Method": "POST", "Origin": "https://good.example"}
    leave = await client.options("/publish", headers=ask)
    assert leave.status == 200
    assert leave.headers["Accept-Post"] == "application/sdp"
    assert "POST" in leave.headers["Access-Control-Allow-Methods"]
    assert leave.headers["Access-Control-Allow-Origin"] == "https://good.example"
