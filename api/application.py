"""What `app.py` calls to put the REST service into the application."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from api.docs import add_docs
from api.errors import ErrorRules, make_error_middleware
from api.first_request import FIRST_REQUESTS, FirstRequests
from api.health import ReadyCheck, health_operations
from api.metrics import METRICS, Metrics, show_metrics
from api.middlewares import CorsPolicy, access_log, add_request_headers, gzip_json, make_security_headers
from api.openapi import openapi_operation
from api.routing import Answer, Operation, add_operations
from settings import Settings

__all__ = ["VERSION", "setup"]

VERSION: Final = "0.1.0"  # pyproject.toml's


def setup(
    app: web.Application,
    settings: Settings,
    *,
    error_rules: ErrorRules | None = None,
    checks: Mapping[str, ReadyCheck] | None = None,
    metrics: Metrics | None = None,
    problem_paths: tuple[str, ...] = (),
) -> None:
    """Install the middlewares and the service's own addresses. Call it before any other part adds to the application,
    so that every other part's answers and errors pass through here too.

    error_rules: how the other packages' exceptions are answered. checks: what /readyz asks, by name.
    problem_paths: where failures are problem details (RFC 9457) too.
    """
    app[METRICS] = metrics or Metrics()
    app[FIRST_REQUESTS] = first_requests = FirstRequests()
    cors = CorsPolicy(settings.cors_origins)
    errors = make_error_middleware(error_rules or {}, problem_paths)
    app.middlewares.extend((first_requests.middleware, access_log, cors.preflights, gzip_json, errors))
    app.on_response_prepare.append(add_request_headers)
    app.on_response_prepare.append(make_security_headers(settings.public_url.startswith("https://")))
    app.on_response_prepare.append(cors.set_headers)
    add_operations(app, health_operations(checks or {}))
    add_operations(
        app,
        (
            Operation(
                "GET",
                "/metrics",
                show_metrics,
                "Numbers for Prometheus",
                "service",
                (Answer(200, "The text format of Prometheus", content_type="text/plain"),),
            ),
            openapi_operation(VERSION),
        ),
    )
    add_docs(app)
