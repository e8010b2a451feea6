"""Is the process alive, is it ready: for load balancers and `docker`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel

from api.errors import ApiError
from api.routing import Answer, Operation, answer

__all__ = ["ReadyCheck", "health_operations"]

logger = logging.getLogger(__name__)

ReadyCheck = Callable[[], Awaitable[None]]
"""Returns when the thing works and raises when it does not."""

CHECK_TIMEOUT_S: Final = 2.0  # a load balancer gives up after about five


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Everything the service needs works; checks: name -> ok."""

    status: Literal["ready"] = "ready"
    checks: dict[str, str]


def health_operations(checks: Mapping[str, ReadyCheck]) -> tuple[Operation, ...]:
    """`/healthz` and `/readyz`; the latter runs all checks side by side, each for two seconds at most."""

    async def healthz(request: web.Request) -> web.Response:
        return answer(Alive())

    async def readyz(request: web.Request) -> web.Response:
        names = tuple(checks)
        found = dict(zip(names, await asyncio.gather(*(_run(name, checks[name]) for name in names)), strict=True))
        if any(state != "ok" for state in found.values()):
            raise ApiError(
                503, "not_ready", "The service is not ready yet.", {"checks": found}, headers={"Retry-After": "2"}
            )
        return answer(Ready(checks=found))

    return (
        Operation(
            "GET", "/healthz", healthz, "Is the process alive", "service", (Answer(200, "It is", Alive),), errors=()
        ),
        Operation(
            "GET",
            "/readyz",
            readyz,
            "Is everything it needs there",
            "service",
            (Answer(200, "It is", Ready),),
            errors=(503,),
        ),
    )


async def _run(name: str, check: ReadyCheck) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except TimeoutError:
        return "no answer in time"
    except Exception as error:  # whatever a check raises is its finding
        logger.warning("readiness check %s failed: %s: %s", name, type(error).__name__, error)
        return "failed"
    return "ok"
