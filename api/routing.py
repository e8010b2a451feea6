"""One operation, described once: the same object registers its routes, and is what the OpenAPI document is made from.

Each path answers with and without its trailing slash, and also under /api, where the existing clients call it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

__all__ = ["OPERATIONS", "Answer", "Operation", "add_operations", "answer", "json_answer", "spellings"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One documented success: model is None where the body is not JSON of ours (content_type then says what it is, ""
    for no body at all)."""

    status: int
    description: str
    model: type[BaseModel] | None = None
    content_type: str = "application/json"
    schema: dict[str, Any] | None = None  # overrides the model's: for top-level lists
    headers: dict[str, str] = field(default_factory=dict)  # name -> what it says


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path. query, path_params and body are the models that validate; errors are the statuses of error
    answers it may give; aliases are further paths with the same handler, documented by the first path."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handler: Handler
    summary: str
    tag: str
    answers: tuple[Answer, ...]
    errors: tuple[int, ...] = ()
    description: str = ""
    query: type[BaseModel] | None = None
    path_params: type[BaseModel] | None = None
    headers: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_type: Literal["application/json", "multipart/form-data"] = "application/json"
    text_type: str = ""  # the type of a body that is text, for which there is no model
    error_type: str = "application/json"
    auth: Literal["none", "optional", "required"] = "none"
    aliases: tuple[str, ...] = ()


OPERATIONS = web.AppKey("OPERATIONS", list[Operation])


def add_operations(app: web.Application, operations: Sequence[Operation]) -> None:
    """Register every operation's routes and keep the operations for the OpenAPI document. GET answers HEAD too."""
    known = app.setdefault(OPERATIONS, [])
    for operation in operations:
        known.append(operation)
        for path in spellings(operation.path, *operation.aliases):
            if operation.method == "GET":
                app.router.add_get(path, operation.handler)
            else:
                app.router.add_route(operation.method, path, operation.handler)


def spellings(*paths: str) -> tuple[str, ...]:
    """Every spelling under which the paths answer: with and without trailing slash, with and without /api in front."""
    result: dict[str, None] = {}
    for path in paths:
        bare = path.removeprefix("/api").rstrip("/")
        for prefix in ("", "/api"):
            result[f"{prefix}{bare}"] = None
            result[f"{prefix}{bare}/"] = None
    return tuple(result)


def answer(model: BaseModel, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer from its model; fields are always all there, null where there is nothing to say."""
    return web.Response(
        status=status, body=model.model_dump_json().encode(), content_type="application/json", headers=headers
    )


def json_answer(value: Any, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer from plain values, for bodies whose top level is not an object."""
    return web.Response(status=status, body=orjson.dumps(value), content_type="application/json", headers=headers)
