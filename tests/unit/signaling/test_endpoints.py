"""The calls of signalling in the OpenAPI document: all are there, and say what a client's developer needs."""

from typing import Any

from api.openapi import document
from app import live_operations


def said() -> dict[str, Any]:
    paths: dict[str, Any] = document(live_operations(), "0")["paths"]
    return paths


def test_every_call_is_described() -> None:
    assert {(method, path) for path, methods in said().items() for method in methods} == {
        ("get", "/sessions/"),
        ("get", "/ice-servers"),
        ("post", "/offer"),
        ("patch", "/offer/{session_id}"),
        ("delete", "/offer/{session_id}"),
        ("get", "/whip"),
        ("post", "/whip"),
        ("get", "/whip/{session_id}"),
        ("patch", "/whip/{session_id}"),
        ("delete", "/whip/{session_id}"),
    }


def test_whip_speaks_the_types_of_its_rfc() -> None:
    post, patch = said()["/whip"]["post"], said()["/whip/{session_id}"]["patch"]
    assert set(post["requestBody"]["content"]) == {"application/sdp"}
    assert {"Location", "ETag", "Link"} <= set(post["responses"]["201"]["headers"])
    assert set(patch["requestBody"]["content"]) == {"application/trickle-ice-sdpfrag"}
    assert {"204", "400", "412", "415", "422", "428", "429"} <= set(patch["responses"])
    assert set(patch["responses"]["412"]["content"]) == {"application/problem+json"}
    assert [one["name"] for one in patch["parameters"]] == ["session_id", "If-Match"]


def test_guests_may_call_where_they_are_admitted() -> None:
    own = said()["/sessions/"]["get"]
    others = [call for methods in said().values() for call in methods.values() if call != own]
    assert all(call["security"] == [{}, {"bearer": []}] for call in others)
    assert own["security"] == [{"bearer": []}]  # nothing tells one guest's sessions from another's
