"""/docs: a page that shows the OpenAPI document and lets every call be tried. All of it is served from here."""

from pathlib import Path
from typing import Final

from aiohttp import web

from api.routing import spellings

__all__ = ["add_docs"]

FOLDER: Final = Path(__file__).parent / "reference"
FILES: Final = {
    "reference.js": "text/javascript",
    "reference.css": "text/css",
}


def add_docs(app: web.Application) -> None:
    """Register /docs and the two files that its page loads."""
    page = FOLDER / "index.html"

    async def show_page(request: web.Request) -> web.FileResponse:
        return web.FileResponse(page, headers={"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"})

    async def show_file(request: web.Request) -> web.FileResponse:
        name = request.match_info["name"]
        if name not in FILES:
            raise web.HTTPNotFound
        content_type = f"{FILES[name]}; charset=utf-8"
        return web.FileResponse(FOLDER / name, headers={"Content-Type": content_type, "Cache-Control": "no-cache"})

    for path in spellings("/docs"):
        app.router.add_get(path, show_page)
    app.router.add_get("/docs/{name}", show_file)
