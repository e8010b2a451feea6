from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field

from api.openapi import document
from api.routing import Answer, Operation


class Place(BaseModel):
    report_id: str = Field(pattern="^[0-9a-f]{32}$")


class Filter(BaseModel):
    limit: int = Field(50, ge=1, le=200, description="how many")


class Note(BaseModel):
    text: str
    stars: int | None = None


class Item(BaseModel):
    id: str
    notes: list[Note]


async def handler(request: web.Request) -> web.Response:
    raise web.HTTPNotImplemented


def example() -> dict[str, Any]:
    return document(
        (
            Operation(
                "POST",
                "/reports/{report_id}",
                handler,
                "Add a note",
                "history",
                (Answer(201, "Added", Item), Answer(201, "Added, as events", content_type="text/event-stream")),
                errors=(409,),
                path_params=Place,
                body=Note,
                auth="required",
                aliases=("/notes/{report_id}",),
            ),
            Operation(
                "GET",
                "/reports/",
                handler,
                "List",
                "history",
                (Answer(200, "All", Item, schema={"type": "array"}), Answer(304, "Unchanged", content_type="")),
                query=Filter,
                auth="optional",
            ),
        ),
        "1.2.3",
    )


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


def test_every_reference_leads_somewhere() -> None:
    made = example()
    for reference in references(made):
        assert reference.removeprefix("#/components/schemas/") in made["components"]["schemas"]


def test_the_models_are_what_is_documented() -> None:
    made = example()
    add = made["paths"]["/reports/{report_id}"]["post"]
    (parameter,) = add["parameters"]
    assert parameter["in"] == "path" and parameter["required"] is True
    assert parameter["schema"]["pattern"] == "^[0-9a-f]{32}$"
    (limit,) = made["paths"]["/reports/"]["get"]["parameters"]
    assert (limit["required"], limit["description"], limit["schema"]["maximum"]) == (False, "how many", 200)
    assert add["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Note"}
    listed = made["paths"]["/reports/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed == {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
    assert set(add["responses"]["201"]["content"]) == {"application/json", "text/event-stream"}
    assert "content" not in made["paths"]["/reports/"]["get"]["responses"]["304"]
    assert "/notes/{report_id}" in add["description"]


def test_the_errors_that_reading_a_request_brings_are_documented_by_themselves() -> None:
    add = example()["paths"]["/reports/{report_id}"]["post"]["responses"]
    assert set(add) == {"201", "400", "401", "404", "408", "409", "413", "415", "422", "503"}
    assert add["409"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_who_may_call_is_documented() -> None:
    made = example()
    assert made["paths"]["/reports/{report_id}"]["post"]["security"] == [{"bearer": []}]
    assert made["paths"]["/reports/"]["get"]["security"] == [{}, {"bearer": []}]


def test_a_body_of_text_and_errors_of_another_type_are_said() -> None:
    operation = Operation(
        "POST",
        "/publish",
        handler,
        "Publish",
        "live",
        (Answer(201, "Published", content_type="application/sdp", headers={"Location": "where"}),),
        text_type="application/sdp",
        error_type="application/problem+json",
    )
    said = document((operation,), "1.2.3")["paths"]["/publish"]["post"]
    assert said["requestBody"]["content"] == {"application/sdp": {"schema": {"type": "string"}}}
    assert set(said["responses"]) == {"201", "400", "408", "413", "415", "422"}
    assert set(said["responses"]["415"]["content"]) == {"application/problem+json"}
    assert said["responses"]["201"]["headers"]["Location"]["description"] == "where"
