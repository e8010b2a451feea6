import re

from aiohttp import web

from api.application import setup
from api.docs import FOLDER
from settings import Settings
from tests.unit.api.conftest import Serve


async def test_the_page_and_all_it_loads_come_from_here_under_the_strict_policy(
    serve: Serve, settings: Settings
) -> None:
    app = web.Application()
    setup(app, settings)
    client = await serve(app)
    page = await client.get("/docs")
    text = await page.text()
    assert page.content_type == "text/html"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src)|<style|\sstyle=|\son\w+=", text)
    loaded = re.findall(r'(?:src|href)="(/[^"]*)"', text)
    assert set(loaded) == {"/docs/reference.css", "/docs/reference.js", "/openapi.json"}
    for address in loaded:
        assert (await client.get(address)).status == 200, address
    assert (await client.get("/docs/reference.js")).content_type == "text/javascript"
    assert (await client.get("/docs/")).status == 200


async def test_nothing_else_of_the_folder_or_beyond_is_served(serve: Serve, settings: Settings) -> None:
    app = web.Application()
    setup(app, settings)
    client = await serve(app)
    for path in ("/docs/index.html", "/docs/..%2f__init__.py", "/docs/%2e%2e%2fdocs.py", "/docs/none.js"):
        assert (await client.get(path)).status == 404, path


def test_the_viewer_needs_no_foreign_site() -> None:
    for file in FOLDER.iterdir():
        assert "//" not in re.sub(r"^\s*//.*$", "", file.read_text(), flags=re.MULTILINE), file.name
