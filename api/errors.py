"""The one way in which this service says no: `{"error": sentence, "code": machine_code, "details": {...}}`.

ApiError                    raised by a handler; carries everything the answer needs
  (foreign exceptions)      other packages' errors, turned into an ApiError by the rules that `app.py` hands over
  (web.HTTPException)       aiohttp's own 404, 405, 413, ...
  (anything else)           a 500 whose cause is logged and never shown
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from api.middlewares import REQUEST_ID

__all__ = ["ApiError", "ErrorRule", "ErrorRules", "as_api_error", "error_response", "make_error_middleware"]

logger = logging.getLogger(__name__)

CLIENT_GONE = 499  # nginx's number for "the client closed the connection"; only ever seen in the log

SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request could not be understood."),
    401: ("unauthorized", "Please log in first."),
    403: ("forbidden", "This is not yours to see or change."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    406: ("not_acceptable", "This cannot be given in the form asked for."),
    408: ("request_timeout", "The request took too long to arrive."),
    409: ("conflict", "This contradicts what is already there."),
    410: ("gone", "This was here once and will not come back."),
    411: ("length_required", "The request must say how long it is."),
    412: ("precondition_failed", "The thing has changed in the meantime."),
    413: ("too_large", "The request is larger than this server accepts."),
    414: ("address_too_long", "The address is too long."),
    415: ("unsupported_media_type", "The request's body is not of a type that can be read here."),
    416: ("range_not_satisfiable", "The part asked for does not exist."),
    417: ("expectation_failed", "The request expects something this server does not do."),
    422: ("invalid_request", "The request holds values that cannot be used."),
    428: ("precondition_required", "The request must say which state of the thing it is about."),
    429: ("too_many_requests", "Too many requests: please wait a little."),
    431: ("headers_too_large", "The request's headers are too large."),
    500: ("internal_error", "Something went wrong on our side. It has been noted."),
    501: ("not_implemented", "This server does not do that."),
    502: ("bad_gateway", "A service this server depends on answered badly."),
    503: ("unavailable", "The service cannot do this right now. Please try again in a moment."),
    504: ("gateway_timeout", "A service this server depends on took too long."),
    507: ("storage_full", "There is no room left to store this. Nothing was kept."),
}


class ApiError(Exception):
    """An answer other than success. status 400-599; code for machines; the sentence for a person; details for both;
    headers go out with the answer (Retry-After, WWW-Authenticate, ...)."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not 400 <= status <= 599:
            raise ValueError(f"an error's status must be 400-599, not {status}")
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.details: Mapping[str, Any] = details or {}
        self.headers: Mapping[str, str] = headers or {}


ErrorRule = tuple[int, str] | Callable[[Any], ApiError]
"""How a foreign exception is answered: (status, code), its text being the sentence where the status is below 500 (what
a broken server says of itself is for the log alone), or a function that makes the ApiError."""

ErrorRules = Mapping[type[Exception], ErrorRule]


def as_api_error(error: Exception, rules: ErrorRules) -> ApiError | None:
    """The answer to `error`, by the rule of its nearest class; None where there is no rule for it."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, web.HTTPException):
        return _from_http(error)
    for kind in type(error).__mro__:
        rule = rules.get(kind)
        if rule is None:
            continue
        if not isinstance(rule, tuple):
            return rule(error)
        status, code = rule
        sentence = str(error) if status < 500 and str(error) else SENTENCES.get(status, SENTENCES[500])[1]
        return ApiError(status, code, sentence)
    return None


def error_response(error: ApiError, *, problem: bool = False) -> web.Response:
    """The answer's bytes: JSON in the one shape of errors, never to be cached. problem: with the members of RFC 9457
    beside it, under that RFC's media type."""
    body: dict[str, Any] = {"error": error.sentence, "code": error.code, "details": dict(error.details)}
    if problem:
        title = HTTPStatus(error.status).phrase
        body = {"type": "about:blank", "title": title, "status": error.status, "detail": error.sentence, **body}
    response = web.Response(
        status=error.status,
        body=orjson.dumps(body, default=str),
        content_type="application/problem+json" if problem else "application/json",
        headers=dict(error.headers),
    )
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def make_error_middleware(rules: ErrorRules, problem_paths: tuple[str, ...] = ()) -> Middleware:
    """A middleware that answers every failure in the one shape, and logs the unforeseen ones with their cause. At
    problem_paths and below, failures are problem details too."""

    def answered(request: web.Request, error: ApiError) -> web.Response:
        problem = any(request.path == path or request.path.startswith(f"{path}/") for path in problem_paths)
        return error_response(error, problem=problem)

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return answered(request, _from_http(error))
        except ApiError as error:
            return answered(request, error)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if _client_is_gone(request, error):
                logger.info("client gone before its answer (%s)", type(error).__name__)
                return web.Response(status=CLIENT_GONE)
            known = as_api_error(error, rules)
            if known is None:
                logger.exception("unhandled %s", type(error).__name__, extra={"request_id": REQUEST_ID.get()})
                code, sentence = SENTENCES[500]
                known = ApiError(500, code, sentence)
            elif known.status >= 500:
                logger.warning("%s answered %d: %s", type(error).__name__, known.status, error)
            return answered(request, known)

    return errors


def _client_is_gone(request: web.Request, error: Exception) -> bool:
    return isinstance(error, ConnectionError | web.RequestPayloadError) and (
        request.transport is None or request.transport.is_closing()
    )


def _from_http(error: web.HTTPException) -> ApiError:
    code, sentence = SENTENCES.get(error.status, SENTENCES[500 if error.status >= 500 else 400])
    kept = ("Allow", "Retry-After", "WWW-Authenticate", "Content-Range")
    headers = {name: error.headers[name] for name in kept if name in error.headers}
    details: dict[str, Any] = {}
    if isinstance(error, web.HTTPMethodNotAllowed):
        details["allowed"] = sorted(error.allowed_methods)
    return ApiError(error.status, code, sentence, details, headers)
