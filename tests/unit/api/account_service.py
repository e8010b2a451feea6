"""A running service with accounts alone, and a client that knows how to log in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

import api.application
from api.account_routes import account_operations
from api.accounts import running_accounts
from api.auth import identify
from api.errors import ApiError
from api.routing import add_operations
from settings import Settings
from storage import Storage
from storage.errors import StorageUnavailable

__all__ = ["PASSWORD", "SECRET", "People", "running_people"]

SECRET = "a secret of the tests, longer than 32 characters"
PASSWORD = "correct horse"


class People:
    """The client. Every call answers (status, JSON body)."""

    def __init__(self, client: TestClient[web.Request, web.Application], storage: Storage) -> None:
        self.client = client
        self.storage = storage

    async def call(self, method: str, path: str, token: str | None = None, **body: Any) -> tuple[int, dict[str, Any]]:
        response = await self.raw(method, path, token, **body)
        return response.status, await response.json()

    async def raw(self, method: str, path: str, token: str | None = None, **body: Any) -> ClientResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self.client.request(method, path, headers=headers, json=body or None)

    async def sign_up(self, user_id: str = "amira", **more: Any) -> dict[str, str]:
        status, body = await self.call("POST", "/signup/", user_id=user_id, password=PASSWORD, **more)
        assert status == 201, body
        data: dict[str, str] = body["data"]
        return data


@asynccontextmanager
async def running_people(
    database_url: str, media_root: Path, secret: str = SECRET, **settings: Any
) -> AsyncIterator[People]:
    """Start it on a free port; `/whoami` says who the caller is to the rest of the service."""
    chosen = Settings(_env_file=None, media_root=media_root, **settings)
    storage = Storage(database_url, media_root)
    app = web.Application()

    def unavailable(error: StorageUnavailable) -> ApiError:
        return ApiError(503, "storage_unavailable", "Try again.", headers={"Retry-After": "5"})

    async def whoami(request: web.Request) -> web.Response:
        caller = await identify(request)
        return web.json_response({"user_id": caller.user_id, "is_admin": caller.is_admin})

    async def running(app: web.Application) -> AsyncIterator[None]:
        async with storage.opened(), running_accounts(app, chosen, secret=secret, storage=storage):
            yield

    api.application.setup(app, chosen, error_rules={StorageUnavailable: unavailable})
    add_operations(app, account_operations())
    app.router.add_get("/whoami", whoami)
    app.cleanup_ctx.append(running)
    async with TestClient(TestServer(app, access_log=None)) as client:
        yield People(client, storage)
