"""What an operator does to accounts from the command line."""

import asyncio

from storage import models
from storage.errors import AccountGone
from storage.identifiers import normal_user_id
from storage.opening import Storage
from storage.passwords import check_password, hash_password
from storage.records import Account

__all__ = ["administrators", "give_password", "set_administrator"]


async def administrators(storage: Storage) -> tuple[str, ...]:
    """The user ids of all administrators."""

    async def work() -> tuple[str, ...]:
        rows = await models.Account.filter(is_admin=True).order_by("user_id")
        return tuple(row.user_id for row in rows)

    return await storage.database.run(work)


async def set_administrator(storage: Storage, user: str, is_admin: bool) -> None:
    """Make a person an administrator, or no longer; at once, also for logins that last. Raises AccountGone."""
    account = await _account(storage, user)
    await storage.accounts.set_admin(account.id, is_admin)


async def give_password(storage: Storage, user: str, password: str) -> None:
    """Give a person a new password and end their logins. Raises AccountGone, ValueError for a password too short or too
    long."""
    check_password(password)
    account = await _account(storage, user)
    await storage.accounts.set_password(account.id, await asyncio.to_thread(hash_password, password))
    await storage.sessions.end_all(account.id, "operator")


async def _account(storage: Storage, user: str) -> Account:
    account = await storage.accounts.find(normal_user_id(user, lenient=True))
    if account is None:
        raise AccountGone(f"there is no account {user!r}")
    return account
