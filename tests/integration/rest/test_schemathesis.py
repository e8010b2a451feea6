"""Whatever the OpenAPI document allows, and what it forbids, is sent; no answer may be a 5xx or an undocumented one.

Statuses, content types and bodies are held against the document. Left out: deleting the account and ending the login
that the calls are made with.
"""

import json
import secrets
import urllib.request
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.rest.conftest import Server

EXAMPLES = 6  # per operation and mode: some thirty operations in half a minute
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
UNTOUCHED = {("DELETE", "/account/"), ("POST", "/logout/"), ("PUT", "/account/password/")}


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def as_text(ctx: Any, value: Any) -> bytes:
    return str(value).encode(errors="replace")


def sign_up(url: str) -> str:
    body = {"user_id": f"user-{secrets.token_hex(6)}", "password": "correct horse battery", "consent": True}
    request = urllib.request.Request(
        f"{url}/signup/", json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        token: str = json.loads(answer.read())["data"]["access_token"]
    return token


@pytest.mark.timeout(180)
def test_no_answer_is_a_server_error_or_undocumented(rest_server: Server) -> None:
    load_all_checks()
    schema = schemathesis.openapi.from_url(f"{rest_server.url}/openapi.json")
    token = sign_up(rest_server.url)
    tried = []
    result: Any
    for result in schema.get_all_operations():
        operation = result.ok()
        if (operation.method.upper(), operation.path) in UNTOUCHED:
            continue
        tried.append(operation.label)
        run(operation, token)
    assert len(tried) >= 20


def run(operation: Any, token: str) -> None:
    """What the document allows, then what it forbids."""
    takes_something = bool(list(operation.iter_parameters())) or bool(operation.body)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)[: 2 if takes_something else 1]:

        @settings(
            max_examples=EXAMPLES if takes_something else 1,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def send(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS, timeout=30)

        send()
