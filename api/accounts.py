"""Accounts over HTTP: sign-up, login, logout, tokens, profile, retention, export, deletion."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final

from aiohttp import web

from api.account_models import (
    DataAnswer,
    ErasedAnswer,
    LoginBody,
    LogoutBody,
    NameBody,
    PasswordBody,
    RefreshBody,
    RetentionBody,
    SignUpBody,
    profile_data,
)
from api.auth import AUTH, Auth, require_account
from api.client_address import ClientAddresses
from api.consent import CONSENTS, VERSION, Consents
from api.logins import LoginLimits, Logins
from api.password_workers import PasswordWorkers
from api.requests import read_json
from api.routing import answer
from api.tokens import TokenMaker
from settings import Settings
from storage import Storage
from storage.records import Account, Retention

__all__ = ["ACCOUNTS", "Accounts", "running_accounts"]

EXPORT_CHUNK: Final = 256 * 1024  # bytes


class Accounts:
    """The handlers. folder: where an export is put together, in a file without a name."""

    def __init__(self, storage: Storage, logins: Logins, addresses: ClientAddresses, auth: Auth, folder: Path) -> None:
        self._storage = storage
        self._logins = logins
        self._addresses = addresses
        self._auth = auth
        self._folder = folder

    async def sign_up(self, request: web.Request) -> web.Response:
        body = await read_json(request, SignUpBody)
        consent = VERSION if body.consent else None
        address = self._addresses.of(request)
        account, tokens = await self._logins.sign_up(body.user_id, body.name, body.password, consent, address)
        return _data("Welcome. Your account is made.", account, tokens, status=201)

    async def log_in(self, request: web.Request) -> web.Response:
        body = await read_json(request, LoginBody)
        account, tokens = await self._logins.log_in(body.user_id, body.password, self._addresses.of(request))
        return _data("You are logged in.", account, tokens)

    async def refresh(self, request: web.Request) -> web.Response:
        body = await read_json(request, RefreshBody)
        account, tokens = await self._logins.refresh(body.refresh_token)
        return _data("Here are your next tokens.", account, tokens)

    async def log_out(self, request: web.Request) -> web.Response:
        body = await read_json(request, LogoutBody) if request.can_read_body else LogoutBody()
        user_id = ""
        if body.refresh_token is not None:
            await self._logins.log_out_by_refresh_token(body.refresh_token)
        if body.refresh_token is None or "Authorization" in request.headers:
            caller = await self._auth.account(request)
            user_id = caller.user_id or ""
            await self._logins.log_out(caller.session_id or "")
        return answer(DataAnswer(message="You are logged out.", data={"user_id": user_id}))

    async def profile(self, request: web.Request) -> web.Response:
        return _data("This is you.", await require_account(request), {})

    async def rename(self, request: web.Request) -> web.Response:
        account = await require_account(request)
        body = await read_json(request, NameBody)
        await self._storage.accounts.set_name(account.id, body.name or account.user_id)
        return _data("Your name is changed.", await self._storage.accounts.get(account.id), {})

    async def change_password(self, request: web.Request) -> web.Response:
        account = await require_account(request)
        body = await read_json(request, PasswordBody)
        tokens = await self._logins.change_password(account, body.password, body.new_password)
        return _data("Your password is changed. Other devices have to log in again.", account, tokens)

    async def set_retention(self, request: web.Request) -> web.Response:
        account = await require_account(request)
        body = await read_json(request, RetentionBody)
        await self._storage.accounts.set_retention(account.id, Retention(body.pictures_days, body.reports_days))
        return _data(
            "Older pictures and reports are deleted within the hour, as you chose.",
            await self._storage.accounts.get(account.id),
            {},
        )

    async def export(self, request: web.Request) -> web.StreamResponse:
        account = await require_account(request)
        target = await asyncio.to_thread(_nameless_file, self._folder)
        try:
            await self._storage.exporter.write(account.id, target)
            size = await asyncio.to_thread(target.seek, 0, 2)
            response = web.StreamResponse(
                headers={
                    "Content-Disposition": 'attachment; filename="dermaassist-export.zip"',
                    "Cache-Control": "no-store",
                }
            )
            response.content_type = "application/zip"
            response.content_length = size
            await response.prepare(request)
            if request.method != "HEAD":
                await asyncio.to_thread(target.seek, 0)
                while chunk := await asyncio.to_thread(target.read, EXPORT_CHUNK):
                    await response.write(chunk)
            await response.write_eof()
            return response
        finally:
            target.close()  # at once: a cancelled handler would not get to another thread

    async def delete(self, request: web.Request) -> web.Response:
        account = await require_account(request)
        count = (await self._storage.reports.page(account.id, limit=1)).total
        await self._storage.eraser.delete_account(account.id)
        await self._logins.forget(account)
        return answer(
            ErasedAnswer(
                message="Your account and everything kept of you is deleted, in the backups on this machine too.",
                reports_deleted=count,
            )
        )


ACCOUNTS = web.AppKey("ACCOUNTS", Accounts)


@asynccontextmanager
async def running_accounts(
    app: web.Application, settings: Settings, *, secret: str, storage: Storage
) -> AsyncIterator[Auth]:
    """What the account calls, and `api.auth.identify`, need while the application runs. secret: SECRET_KEY, 32
    characters at least."""
    tokens = TokenMaker(secret)
    limits = LoginLimits(
        settings.login_attempts,
        settings.login_attempts_per_address,
        settings.signups_per_address,
        settings.attempt_window_s,
    )
    workers = await asyncio.to_thread(PasswordWorkers)
    auth = Auth(storage, tokens, settings.guests_allowed)
    logins = Logins(storage, tokens, workers, limits)
    app[AUTH] = auth
    app[ACCOUNTS] = Accounts(storage, logins, ClientAddresses(settings.trusted_proxies), auth, settings.media_root)
    app[CONSENTS] = Consents(storage)
    try:
        yield auth
    finally:
        workers.close()


def _data(message: str, account: Account, tokens: dict[str, str], status: int = 200) -> web.Response:
    return answer(DataAnswer(message=message, data=profile_data(account) | tokens), status)


def _nameless_file(folder: Path) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)
