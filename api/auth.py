"""Who is calling: a person with a token, or a guest where guests are allowed."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from api.errors import ApiError
from api.tokens import BadToken, ExpiredToken, TokenMaker
from storage import Storage
from storage.records import Account

__all__ = ["AUTH", "Auth", "Caller", "find_account", "identify", "require_account", "require_admin"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from. user_id None: a guest, of whom nothing is kept. account and session_id are set together
    with user_id."""

    user_id: str | None
    is_admin: bool = False
    account: Account | None = None
    session_id: str | None = None

    @property
    def is_guest(self) -> bool:
        return self.user_id is None


GUEST: Final = Caller(None)


class Auth:
    """Tells callers by their bearer tokens. guests: whether a request without a token may be analysed."""

    def __init__(self, storage: Storage, tokens: TokenMaker, guests: bool) -> None:
        self._storage = storage
        self._tokens = tokens
        self._guests = guests

    async def identify(self, request: web.Request) -> Caller:
        """The caller of the request, a guest where there is no token and guests are allowed.

        Raises ApiError 401: login_required without a token, token_expired, token_invalid (also for a login that has
        ended): a token that is not good never makes a guest. Raises StorageUnavailable.
        """
        if "Authorization" not in request.headers:
            if self._guests:
                return GUEST
            raise login_required()
        return await self._bearer(request)

    async def account(self, request: web.Request) -> Caller:
        """The caller, who must be a person with an account. Raises ApiError 401 as identify() does."""
        if "Authorization" not in request.headers:
            raise login_required()
        return await self._bearer(request)

    async def _bearer(self, request: web.Request) -> Caller:
        scheme, _, text = request.headers["Authorization"].partition(" ")
        if scheme.lower() != "bearer" or len(request.headers.getall("Authorization")) != 1:
            raise invalid("Please send the access token as 'Authorization: Bearer TOKEN'.")
        try:
            token = self._tokens.read(text.strip(), "access")
        except ExpiredToken:
            raise ApiError(
                401,
                "token_expired",
                "Your access token has expired. Please refresh it.",
                headers=challenge("invalid_token", "expired"),
            ) from None
        except BadToken:
            raise invalid("This access token is not valid.") from None
        account = await self._storage.sessions.find(token.session_id)
        if account is None or account.user_id != token.user_id:
            raise invalid("This login has ended. Please log in again.")
        return Caller(account.user_id, account.is_admin, account, token.session_id)


AUTH = web.AppKey("AUTH", Auth)


async def identify(request: web.Request) -> Caller:
    """The caller of a request to an application that has an Auth under AUTH; see Auth.identify."""
    return await request.config_dict[AUTH].identify(request)


async def find_account(request: web.Request) -> Account | None:
    """The account whose token the request carries, None for a guest; raises as identify() does."""
    return (await identify(request)).account


async def require_account(request: web.Request) -> Account:
    """The caller's account. Raises ApiError 401 for guests too."""
    account = (await request.config_dict[AUTH].account(request)).account
    if account is None:
        raise login_required()
    return account


async def require_admin(request: web.Request) -> Account:
    """The caller's account, which must be an administrator's. Raises ApiError 401, 403."""
    account = await require_account(request)
    if not account.is_admin:
        raise ApiError(403, "administrators_only", "This is for administrators.")
    return account


def login_required() -> ApiError:
    """401 for a request without a token."""
    return ApiError(401, "login_required", "Please log in first.", headers=challenge())


def invalid(sentence: str) -> ApiError:
    """401 for a token that is not good."""
    return ApiError(401, "token_invalid", sentence, headers=challenge("invalid_token"))


def challenge(error: str = "", description: str = "") -> dict[str, str]:
    """The WWW-Authenticate header of RFC 6750."""
    parts = ['Bearer realm="dermaassist"']
    if error:
        parts.append(f'error="{error}"')
    if description:
        parts.append(f'error_description="{description}"')
    return {"WWW-Authenticate": ", ".join(parts)}
