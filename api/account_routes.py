"""The addresses of the account calls, and what each may answer."""

from collections.abc import Awaitable, Callable

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
)
from api.accounts import ACCOUNTS, Accounts
from api.consent import consent_operations
from api.routing import Answer, Operation

__all__ = ["account_operations"]

TAG = "account"
TOKENS = (
    "`data`: user_id, name, access_token (15 minutes), refresh_token (30 days, good for one exchange) and the profile. "
    "Every value is a string."
)


def account_operations() -> tuple[Operation, ...]:
    """Every call about accounts and consent. They answer while `running_accounts` runs."""
    return (
        Operation(
            "POST",
            "/signup/",
            _handler(Accounts.sign_up),
            "Make an account",
            TAG,
            (Answer(201, "Made, and logged in", DataAnswer),),
            errors=(409, 429, 503),
            description=TOKENS,
            body=SignUpBody,
        ),
        Operation(
            "POST",
            "/login/",
            _handler(Accounts.log_in),
            "Log in",
            TAG,
            (Answer(200, "Logged in", DataAnswer),),
            errors=(401, 429, 503),
            description=TOKENS,
            body=LoginBody,
        ),
        Operation(
            "POST",
            "/token/refresh/",
            _handler(Accounts.refresh),
            "Exchange a refresh token",
            TAG,
            (Answer(200, "The next pair of tokens", DataAnswer),),
            errors=(401, 503),
            description=f"{TOKENS} An old refresh token coming back ends the login (401 token_reused).",
            body=RefreshBody,
        ),
        Operation(
            "POST",
            "/logout/",
            _handler(Accounts.log_out),
            "Log out",
            TAG,
            (Answer(200, "Logged out: the login's tokens are no longer good", DataAnswer),),
            description="By the access token, or by the refresh token in the body where that has expired already.",
            body=LogoutBody,
            auth="optional",
        ),
        Operation(
            "GET",
            "/profile/",
            _handler(Accounts.profile),
            "Who the caller is",
            TAG,
            (Answer(200, "The profile", DataAnswer),),
            auth="required",
        ),
        Operation(
            "PATCH",
            "/profile/",
            _handler(Accounts.rename),
            "Change one's name",
            TAG,
            (Answer(200, "The profile", DataAnswer),),
            body=NameBody,
            auth="required",
        ),
        Operation(
            "PUT",
            "/account/password/",
            _handler(Accounts.change_password),
            "Change one's password",
            TAG,
            (Answer(200, "Changed; every other login has ended", DataAnswer),),
            errors=(429,),
            description=TOKENS,
            body=PasswordBody,
            auth="required",
        ),
        Operation(
            "PUT",
            "/account/retention/",
            _handler(Accounts.set_retention),
            "Choose how long pictures and reports are kept",
            TAG,
            (Answer(200, "The profile", DataAnswer),),
            body=RetentionBody,
            auth="required",
        ),
        Operation(
            "GET",
            "/account/export",
            _handler(Accounts.export),
            "Everything that is kept about the caller",
            TAG,
            (Answer(200, "A zip", content_type="application/zip"),),
            auth="required",
        ),
        Operation(
            "DELETE",
            "/account/",
            _handler(Accounts.delete),
            "Delete the caller's account and everything kept of it",
            TAG,
            (Answer(200, "Deleted, in the backups under MEDIA_ROOT/backups too", ErasedAnswer),),
            auth="required",
        ),
        *consent_operations(),
    )


def _handler(
    method: Callable[[Accounts, web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await method(request.app[ACCOUNTS], request)

    return handle
