"""Answers that need not be sent again: ETag and If-None-Match."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from api.routing import json_answer

__all__ = ["conditional", "etag_of"]


def etag_of(*parts: object) -> str:
    """A weak ETag (the body may be compressed) that changes when any of the parts does."""
    digest = hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


async def conditional(
    request: web.Request, etag: str, make: Callable[[], Awaitable[tuple[Any, Mapping[str, str]]]]
) -> web.Response:
    """304 where the client has the answer of that ETag, else what `make` gives: JSON values and headers."""
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}
    if etag.removeprefix("W/") in known or "*" in known:
        return web.Response(status=304, headers=headers)
    value, more = await make()
    return json_answer(value, headers={**more, **headers})
