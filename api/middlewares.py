"""What every answer gets, whoever made it: request id, log line, security headers, CORS, gzip, Server-Timing."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from api.metrics import METRICS

__all__ = [
    "REQUEST_ID",
    "CorsPolicy",
    "access_log",
    "add_request_headers",
    "add_timing",
    "gzip_json",
    "make_security_headers",
    "request_id",
    "timed",
]

logger = logging.getLogger("access")

Signal = Callable[[web.Request, web.StreamResponse], Awaitable[None]]

REQUEST_ID: ContextVar[str] = ContextVar("REQUEST_ID", default="-")
TIMINGS = web.RequestKey("TIMINGS", dict[str, float])
STARTED = web.RequestKey("STARTED", float)
ID = web.RequestKey("ID", str)

ID_PATTERN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
GZIP_FROM_BYTES: Final = 1024  # below this a packet is saved by nothing
KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CORS_MAX_AGE_S: Final = 7200  # what Chromium caps a preflight's life at

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"


def request_id(request: web.Request) -> str:
    """The request's id, as its log lines and its X-Request-Id header show it."""
    return request[ID] if ID in request else "-"


@contextmanager
def timed(request: web.Request, stage: str) -> Iterator[None]:
    """Add the time spent inside to the answer's Server-Timing under `stage` (a token of letters, digits, _ or -)."""
    start = time.perf_counter()
    try:
        yield
    finally:
        add_timing(request, stage, (time.perf_counter() - start) * 1000)


def add_timing(request: web.Request, stage: str, milliseconds: float) -> None:
    """Add milliseconds to `stage` in the answer's Server-Timing."""
    timings = request.setdefault(TIMINGS, {})
    timings[stage] = timings.get(stage, 0.0) + milliseconds


@web.middleware
async def access_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: gives the request its id, then logs and counts its answer. The line names the route's
    pattern, so that no signed address, id or query is ever written down; bodies and headers are not either."""
    given = request.headers.get("X-Request-Id", "")
    request[ID] = given if ID_PATTERN.fullmatch(given) else secrets.token_hex(8)
    request[STARTED] = start = time.perf_counter()
    token = REQUEST_ID.set(request[ID])
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        seconds = time.perf_counter() - start
        route = _route(request)
        request.app[METRICS].saw_request(_method(request), route, status, seconds)
        logger.info(
            "%s %s %d in %.1f ms",
            _method(request),
            route,
            status,
            seconds * 1000,
            extra={
                "request_id": request[ID],
                "method": _method(request),
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
            },
        )
        REQUEST_ID.reset(token)


async def add_request_headers(request: web.Request, response: web.StreamResponse) -> None:
    """X-Request-Id and Server-Timing; a signal, so that streamed answers have them too."""
    if ID not in request:
        return
    response.headers["X-Request-Id"] = request[ID]
    stages = dict(request.get(TIMINGS, {}))
    stages["total"] = (time.perf_counter() - request[STARTED]) * 1000
    response.headers["Server-Timing"] = ", ".join(f"{name};dur={ms:.1f}" for name, ms in stages.items())


def make_security_headers(https: bool) -> Signal:
    """A signal that sets what a browser should be told: pages may load only what this server serves, anything else is
    data and may do nothing. HSTS only where the public address is https."""

    async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers["Server"] = "DermaAssist"  # aiohttp would tell every version it runs on
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if response.status == HTTPStatus.NOT_MODIFIED:
            pass  # it has no type, and replaces headers that the browser has kept: a page would get the data's policy
        elif response.content_type == "text/html":
            headers.setdefault("Content-Security-Policy", PAGE_POLICY)
            headers.setdefault("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
        else:
            headers.setdefault("Content-Security-Policy", DATA_POLICY)
        if response.content_type == "application/json":
            headers.setdefault("Cache-Control", "no-store")

    return set_headers


@web.middleware
async def gzip_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Compress JSON of a kilobyte and more for clients that take it."""
    response = await handler(request)
    if (
        isinstance(response, web.Response)
        and not response.prepared
        and response.content_type == "application/json"
        and isinstance(response.body, bytes)
        and len(response.body) >= GZIP_FROM_BYTES
    ):
        response.headers.add("Vary", "Accept-Encoding")
        if takes_gzip(request.headers.get("Accept-Encoding", "")):
            response.enable_compression(web.ContentCoding.gzip)
    return response


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header's value lists gzip, and not with quality zero."""
    for part in accepted.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


class CorsPolicy:
    """Which other sites' pages may call the service: their exact origins, or "*" for all (no cookie is ever used, so
    a page can do nothing in a visitor's name without that visitor's token)."""

    METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
    HEADERS: Final = (
        "Authorization, Content-Type, Accept, Idempotency-Key, If-Match, If-None-Match, Resume-Token, X-Request-Id"
    )
    EXPOSED: Final = (
        "Accept-Patch, Accept-Post, ETag, Link, Location, Resume-Token, Retry-After, Server-Timing, WWW-Authenticate, "
        "X-Request-Id, X-Total-Count"
    )

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    def allows(self, origin: str) -> bool:
        return "*" in self._origins or origin.lower() in self._origins

    def is_preflight(self, request: web.Request) -> bool:
        """Whether a browser asks for leave before it sends the real request."""
        return (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in request.headers
            and self.allows(request.headers.get("Origin", ""))
        )

    @web.middleware
    async def preflights(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers preflights before routing's 405 can, with what the address itself says to OPTIONS where it does say
        something; everything else goes on."""
        if not self.is_preflight(request):
            return await handler(request)
        known = request.match_info.http_exception is None
        response = await handler(request) if known else web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = self.METHODS
        response.headers["Access-Control-Allow-Headers"] = self.HEADERS
        response.headers["Access-Control-Max-Age"] = str(CORS_MAX_AGE_S)
        return response

    async def set_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """The signal that lets an allowed origin read the answer, streamed ones included."""
        origin = request.headers.get("Origin")
        if not self._origins or origin is None:
            return
        response.headers.add("Vary", "Origin")
        if self.allows(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = self.EXPOSED


def _method(request: web.Request) -> str:
    return request.method if request.method in KNOWN_METHODS else "other"


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"
