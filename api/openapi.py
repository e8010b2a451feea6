"""The OpenAPI 3.1 document, made from the operations and from the models that validate requests and make answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from api.errors import SENTENCES
from api.routing import OPERATIONS, Answer, Operation

__all__ = ["ErrorAnswer", "document", "openapi_operation"]

REF: Final = "#/components/schemas/{model}"
DESCRIPTION: Final = """\
Skin analysis of still pictures, with accounts and a history. Information about appearance, not a diagnosis.

Every path answers with and without its trailing slash, and also below `/api`. Every failure is
`{"error": sentence, "code": machine_code, "details": {...}}`. Picture addresses in the answers are signed, open with a
plain GET and live for some minutes. Live video is signalled at `/offer` or, by RFC 9725, at `/whip`, whose failures are
problem details (RFC 9457) with the same three fields; what the data channels then carry is in docs/protocol.md."""


class ErrorAnswer(BaseModel):
    """How every failure is answered."""

    error: str
    code: str
    details: dict[str, Any]


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The whole document as plain values."""
    schemas, references = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, references, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DermaAssist",
            "version": version,
            "description": DESCRIPTION,
            "license": {"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access_token of /login/ or /signup/",
                }
            },
        },
    }


def openapi_operation(version: str) -> Operation:
    """GET /openapi.json: the document of whatever the application has registered by then."""

    async def show(request: web.Request) -> web.Response:
        operations = request.app[OPERATIONS]
        body = orjson.dumps(document(operations, version))
        return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-cache"})

    answers = (Answer(200, "This document", schema={"type": "object", "required": ["openapi", "info", "paths"]}),)
    return Operation("GET", "/openapi.json", show, "This document", "service", answers)


_References = Mapping[Any, dict[str, Any]]  # (model, mode) -> {"$ref": ...}


def _schemas(operations: Iterable[Operation]) -> tuple[dict[str, Any], _References]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(ErrorAnswer, "serialization"): None}
    for operation in operations:
        for model in (operation.body, operation.query, operation.path_params, operation.headers):
            if model is not None:
                wanted[model, "validation"] = None
        for answer in operation.answers:
            if answer.model is not None:
                wanted[answer.model, "serialization"] = None
    references, definitions = models_json_schema(list(wanted), ref_template=REF, schema_generator=GenerateJsonSchema)
    return dict(definitions.get("$defs", {})), references


def _operation(operation: Operation, references: _References, schemas: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": _responses(operation, references),
    }
    if operation.description or operation.aliases:
        also = f"Also at {', '.join(f'`{alias}`' for alias in operation.aliases)}." if operation.aliases else ""
        result["description"] = "\n\n".join(part for part in (operation.description, also) if part)
    parameters = [
        parameter
        for place, model in (("path", operation.path_params), ("query", operation.query), ("header", operation.headers))
        if model is not None
        for parameter in _parameters(place, model, references, schemas)
    ]
    if parameters:
        result["parameters"] = parameters
    if operation.body is not None:
        reference = references[operation.body, "validation"]
        result["requestBody"] = {"required": True, "content": {operation.body_type: {"schema": reference}}}
    elif operation.text_type:
        result["requestBody"] = {"required": True, "content": {operation.text_type: {"schema": {"type": "string"}}}}
    if operation.auth == "required":
        result["security"] = [{"bearer": []}]
    elif operation.auth == "optional":
        result["security"] = [{}, {"bearer": []}]
    return result


def operation_id(operation: Operation) -> str:
    """A name for generated clients: get_reports_report_id."""
    words = operation.path.replace("{", "").replace("}", "").replace("-", "_").replace(".", "_").strip("/")
    return f"{operation.method.lower()}_{words.replace('/', '_')}"


def _parameters(
    place: str, model: type[BaseModel], references: _References, schemas: Mapping[str, Any]
) -> Iterable[dict[str, Any]]:
    schema = schemas[references[model, "validation"]["$ref"].rsplit("/", 1)[1]]
    for name, value in schema.get("properties", {}).items():
        rest = {key: part for key, part in value.items() if key not in ("title", "description")}
        yield {
            "name": name,
            "in": place,
            "required": place == "path" or name in schema.get("required", ()),
            "description": value.get("description", ""),
            "schema": rest,
        }


def _responses(operation: Operation, references: _References) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for answer in operation.answers:
        described: dict[str, Any] = {"description": answer.description}
        schema = references[answer.model, "serialization"] if answer.model is not None else None
        if answer.schema is not None:
            schema = answer.schema | ({"items": schema} if answer.schema.get("type") == "array" and schema else {})
        if answer.content_type:
            described["content"] = {answer.content_type: {} if schema is None else {"schema": schema}}
        if answer.headers:
            described["headers"] = {
                name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
            }
        _merge(result.setdefault(str(answer.status), described), described)
    error = {operation.error_type: {"schema": references[ErrorAnswer, "serialization"]}}
    for status in sorted(set(operation.errors) | _implied(operation)):
        result[str(status)] = {"description": SENTENCES[status][1], "content": error}
    return result


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Two answers of one status in different types become one entry."""
    if into is not more:
        into.setdefault("content", {}).update(more.get("content", {}))


def _implied(operation: Operation) -> set[int]:
    """The statuses that reading the request brings, whatever the handler does."""
    implied: set[int] = set()
    if operation.body is not None or operation.text_type:
        implied |= {400, 408, 413, 415, 422}
    if operation.query is not None or operation.headers is not None:
        implied.add(422)
    if operation.path_params is not None:
        implied.add(404)
    if operation.auth != "none":
        implied |= {401, 503}
    return implied
