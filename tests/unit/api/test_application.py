import tomllib
from pathlib import Path

from aiohttp import web

from api.application import VERSION, setup
from settings import Settings
from tests.unit.api.conftest import Serve


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


async def test_the_services_own_addresses_answer(serve: Serve, settings: Settings) -> None:
    app = web.Application()
    setup(app, settings)
    client = await serve(app)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/api/healthz/"):
        assert (await client.get(path)).status == 200, path
    described = await (await client.get("/openapi.json")).json()
    assert described["info"]["version"] == VERSION
    assert {"/healthz", "/readyz", "/metrics", "/openapi.json"} <= set(described["paths"])
