"""Who calls, as the handlers of pictures and history need to know it."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from api.errors import ApiError
from storage.identifiers import normal_user_id
from storage.records import Account

__all__ = ["GUEST_NAME", "FindCaller", "caller_or_401", "is_callers"]

FindCaller = Callable[[web.Request], Awaitable[Account | None]]
"""The account whose token the request carries; None for a guest. Raises ApiError 401 for a bad token, and for none
where guests are not allowed."""

GUEST_NAME = "default_user"  # what the existing Android app sends as user_id when nobody is logged in


async def caller_or_401(find_caller: FindCaller, request: web.Request) -> Account:
    """The caller's account. Raises ApiError 401 for guests."""
    account = await find_caller(request)
    if account is None:
        raise ApiError(401, "unauthorized", "Please log in first.", headers={"WWW-Authenticate": "Bearer"})
    return account


def is_callers(user_id: str | None, account: Account | None) -> bool:
    """Whether a `user_id` that a request names is the caller's own, or nobody's."""
    if user_id is None or user_id in ("", GUEST_NAME):
        return True
    try:
        return account is not None and normal_user_id(user_id) == account.user_id
    except ValueError:
        return False
