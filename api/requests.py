"""Reading what a request brings: bounded in size and time, validated by the models that the OpenAPI document shows."""

import asyncio
from typing import Any, Final, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from api.errors import ApiError

__all__ = [
    "BODY_TIMEOUT_S",
    "JSON_MAX_BYTES",
    "invalid",
    "read_body",
    "read_headers",
    "read_json",
    "read_path",
    "read_query",
]

JSON_MAX_BYTES: Final = 64 * 1024  # no JSON call but the camera frame needs more
BODY_TIMEOUT_S: Final = 30.0  # a phone on a slow mobile network sends 1 MB in this time

ModelT = TypeVar("ModelT", bound=BaseModel)


async def read_body(request: web.Request, limit: int, timeout_s: float = BODY_TIMEOUT_S) -> bytes:
    """The whole body, at most `limit` bytes after decompression, within `timeout_s` seconds.

    Raises ApiError 413 as soon as the limit is passed (before anything is read where the length is announced) and 408
    when the body does not arrive in time.
    """
    if request.content_length is not None and request.content_length > limit:
        raise too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_s):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError:
        raise too_slow(timeout_s) from None
    return bytes(body)


async def read_json(
    request: web.Request, model: type[ModelT], limit: int = JSON_MAX_BYTES, timeout_s: float = BODY_TIMEOUT_S
) -> ModelT:
    """The JSON body as `model`. Raises ApiError 415 for another type, 400 for broken JSON, 422 for wrong values,
    408 and 413 as `read_body` does."""
    if request.content_type != "application/json":
        raise ApiError(415, "unsupported_media_type", "Please send JSON, with Content-Type: application/json.")
    body = await read_body(request, limit, timeout_s)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ApiError(400, "invalid_json", "The request's body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise ApiError(422, "invalid_request", "The request's body must be a JSON object.")
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise invalid(error) from None


def read_query(request: web.Request, model: type[ModelT]) -> ModelT:
    """The query string as `model`; a name given twice arrives as a list. Raises ApiError 422."""
    values: dict[str, Any] = {}
    for name in request.query:
        given = request.query.getall(name)
        values[name] = given[0] if len(given) == 1 else given
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(error) from None


def read_headers(request: web.Request, model: type[ModelT]) -> ModelT:
    """The headers that `model` has fields for, by their aliases. Raises ApiError 422."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    try:
        return model.model_validate({name: request.headers[name] for name in names if name in request.headers})
    except ValidationError as error:
        raise invalid(error) from None


def read_path(request: web.Request, model: type[ModelT]) -> ModelT:
    """The variable parts of the address as `model`. Raises ApiError 404: an impossible name is nobody's address."""
    try:
        return model.model_validate(dict(request.match_info))
    except ValidationError:
        raise ApiError(404, "not_found", "There is nothing at this address.") from None


def invalid(error: ValidationError) -> ApiError:
    """422 with one sentence per wrong field in `details.fields`; never the value itself, which may be a secret."""
    fields: dict[str, str] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        name = ".".join(str(part) for part in item["loc"]) or "body"
        fields.setdefault(name, item["msg"].removeprefix("Value error, "))
    first = next(iter(fields.items()))
    return ApiError(422, "invalid_request", f"{first[0]}: {first[1]}.", {"fields": fields})


def too_large(limit: int) -> ApiError:
    """413 that says how much is allowed."""
    return ApiError(
        413, "too_large", f"The request is larger than the {limit} bytes accepted here.", {"max_bytes": limit}
    )


def too_slow(timeout_s: float) -> ApiError:
    """408 that says how long was waited."""
    return ApiError(
        408, "request_timeout", f"The request did not arrive within {timeout_s:g} seconds.", {"timeout_s": timeout_s}
    )
