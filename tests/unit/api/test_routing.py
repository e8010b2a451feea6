from aiohttp import web

from api.routing import OPERATIONS, Answer, Operation, add_operations, spellings
from tests.unit.api.conftest import Serve


async def hello(request: web.Request) -> web.Response:
    return web.json_response({"path": request.path})


async def test_each_path_answers_with_and_without_slash_and_under_api(serve: Serve) -> None:
    app = web.Application()
    operation = Operation(
        "GET", "/upload-image/", hello, "says hello", "test", (Answer(200, "hello"),), aliases=("/upload/",)
    )
    add_operations(app, (operation,))
    client = await serve(app)
    for path in ("/upload-image", "/upload-image/", "/api/upload-image/", "/api/upload", "/upload/"):
        assert (await client.get(path)).status == 200, path
        assert (await client.head(path)).status == 200, path
    assert (await client.get("/api/api/upload/")).status == 404
    assert app[OPERATIONS] == [operation]


def test_a_variable_path_keeps_its_variable() -> None:
    assert spellings("/reports/{report_id}") == (
        "/reports/{report_id}",
        "/reports/{report_id}/",
        "/api/reports/{report_id}",
        "/api/reports/{report_id}/",
    )
