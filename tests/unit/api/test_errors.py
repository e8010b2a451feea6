import logging

import pytest
from aiohttp import web

from api.application import setup
from api.errors import ApiError, ErrorRules, as_api_error
from api.routing import Answer, Operation, add_operations
from settings import Settings
from tests.unit.api.conftest import Serve


class DatabaseGone(Exception): ...


class WrongPicture(Exception): ...


class SmallPicture(WrongPicture):
    code = "too_small"


async def test_every_failure_has_the_one_shape(serve: Serve, settings: Settings) -> None:
    async def fail(request: web.Request) -> web.Response:
        match request.match_info["how"]:
            case "api":
                raise ApiError(409, "name_taken", "That name is taken.", {"name": "ann"}, {"Retry-After": "3"})
            case "foreign":
                raise DatabaseGone("mysql://root:secret@db is down")
            case "picture":
                raise SmallPicture("The picture is too small.")
            case "large":
                raise web.HTTPRequestEntityTooLarge(10)
            case "bug":
                raise RuntimeError("secret detail")
        raise web.HTTPFound("/elsewhere")

    app = web.Application()
    rules: ErrorRules = {
        DatabaseGone: (503, "database_unavailable"),
        WrongPicture: lambda error: ApiError(422, getattr(error, "code", "picture"), str(error)),
    }
    setup(app, settings, error_rules=rules)
    add_operations(app, (Operation("POST", "/fail/{how}", fail, "fails", "test", (Answer(200, "never"),)),))
    client = await serve(app)

    expected = {
        "api": (409, "name_taken", "That name is taken."),
        "foreign": (503, "database_unavailable", None),
        "picture": (422, "too_small", "The picture is too small."),
        "large": (413, "too_large", None),
        "bug": (500, "internal_error", None),
    }
    for how, (status, code, sentence) in expected.items():
        answer = await client.post(f"/fail/{how}")
        body = await answer.json()
        assert answer.status == status
        assert set(body) == {"error", "code", "details"}
        assert body["code"] == code
        assert sentence is None or body["error"] == sentence
        assert "secret" not in await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"
    named = await client.post("/fail/api")
    assert (await named.json())["details"] == {"name": "ann"}
    assert named.headers["Retry-After"] == "3"

    missing = await client.get("/nothing/here")
    assert (missing.status, (await missing.json())["code"]) == (404, "not_found")
    wrong = await client.get("/fail/api")
    assert (wrong.status, (await wrong.json())["code"]) == (405, "method_not_allowed")
    assert wrong.headers["Allow"] == "POST"
    moved = await client.post("/fail/redirect", allow_redirects=False)
    assert moved.status == 302


async def test_the_cause_of_an_unforeseen_failure_is_logged_with_its_request(
    serve: Serve, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(request: web.Request) -> web.Response:
        raise RuntimeError("the cause")

    app = web.Application()
    setup(app, settings)
    app.router.add_get("/fail", fail)
    client = await serve(app)
    with caplog.at_level(logging.ERROR, "api.errors"):
        await client.get("/fail", headers={"X-Request-Id": "abcdefgh-1"})
    (record,) = caplog.records
    assert record.exc_info is not None and "the cause" in str(record.exc_info[1])
    assert record.__dict__["request_id"] == "abcdefgh-1"


async def test_where_asked_for_failures_are_problem_details_too(serve: Serve, settings: Settings) -> None:
    async def fail(request: web.Request) -> web.Response:
        raise ApiError(409, "name_taken", "That name is taken.", {"name": "ann"}, {"Retry-After": "3"})

    app = web.Application()
    setup(app, settings, problem_paths=("/fail",))
    for path in ("/fail", "/fail/deeper", "/failure"):
        app.router.add_get(path, fail)
    client = await serve(app)
    for path in ("/fail", "/fail/deeper"):
        answer = await client.get(path)
        assert answer.content_type == "application/problem+json"
        assert answer.headers["Retry-After"] == "3"
        assert await answer.json() == {
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "That name is taken.",
            "error": "That name is taken.",
            "code": "name_taken",
            "details": {"name": "ann"},
        }
    assert (await client.get("/fail/nowhere")).content_type == "application/problem+json"
    assert (await client.get("/failure")).content_type == "application/json"


def test_the_nearest_rule_wins_and_an_unknown_error_has_none() -> None:
    rules: ErrorRules = {WrongPicture: (400, "wrong"), SmallPicture: (422, "small")}
    found = as_api_error(SmallPicture("x"), rules)
    assert found is not None and (found.status, found.code, found.sentence) == (422, "small", "x")
    assert as_api_error(KeyError("x"), rules) is None


def test_an_error_cannot_pretend_to_be_a_success() -> None:
    with pytest.raises(ValueError, match="400-599"):
        ApiError(200, "fine", "Fine.")
