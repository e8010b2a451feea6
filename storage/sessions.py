"""Logins: families of refresh tokens, of which one token at a time is good."""

from datetime import datetime
from typing import Literal

from tortoise.transactions import in_transaction

from storage import models
from storage.accounts import locked_account, with_consent
from storage.clock import utc_now
from storage.database import Database
from storage.records import Account

__all__ = ["Rotation", "SessionRepository", "held_login"]

Rotation = Literal["rotated", "reused", "ended"]


class SessionRepository:
    """Every method may raise StorageUnavailable. Tokens come as digests: the database never holds one that works."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, family_id: str, account_id: int, token_digest: str, expires_at: datetime) -> None:
        """A login. Raises AccountGone."""

        async def work() -> None:
            async with in_transaction():
                await locked_account(account_id)
                await models.TokenFamily.create(
                    id=family_id,
                    account_id=account_id,
                    token_digest=token_digest,
                    created_at=utc_now(),
                    expires_at=expires_at,
                )

        await self._database.run(work)

    async def find(self, family_id: str) -> Account | None:
        """Whose login this is, None where it has ended or expired, or its account is gone."""

        async def work() -> Account | None:
            row = await (
                models.TokenFamily.filter(id=family_id, revoked_at=None, expires_at__gt=utc_now())
                .select_related("account")
                .first()
            )
            if row is None:
                return None
            return await with_consent(row.account)

        return await self._database.run(work)

    async def rotate(self, family_id: str, old_digest: str, new_digest: str, expires_at: datetime) -> Rotation:
        """Exchange the good token for the next. An old one coming back ends the family: either its thief or its owner
        holds the newer one, and nobody can tell which. Of two at once with the same token, one is rotated."""

        async def work() -> Rotation:
            now = utc_now()
            async with in_transaction():
                living = models.TokenFamily.filter(id=family_id, revoked_at=None, expires_at__gt=now)
                if await living.filter(token_digest=old_digest).update(token_digest=new_digest, expires_at=expires_at):
                    return "rotated"
                if await living.update(revoked_at=now, revoked_because="reuse"):
                    return "reused"
                return "ended"

        return await self._database.run(work)

    async def end(self, family_id: str) -> bool:
        """Log out; whether there was something to end."""

        async def work() -> bool:
            changed = await models.TokenFamily.filter(id=family_id, revoked_at=None).update(
                revoked_at=utc_now(), revoked_because="logout"
            )
            return changed > 0

        return await self._database.run(work)

    async def end_all(self, account_id: int, because: str) -> int:
        """End every login of the account; how many there were."""

        async def work() -> int:
            return await models.TokenFamily.filter(account_id=account_id, revoked_at=None).update(
                revoked_at=utc_now(), revoked_because=because
            )

        return await self._database.run(work)

    async def sweep(self, before: datetime) -> int:
        """Forget families that expired before then; how many."""

        async def work() -> int:
            return await models.TokenFamily.filter(expires_at__lt=before).delete()

        return await self._database.run(work)


async def held_login(family_id: str, account_id: int) -> bool:
    """Whether it is a good login of that account; if so it stays one until the transaction of the caller ends."""
    living = models.TokenFamily.filter(id=family_id, account_id=account_id, revoked_at=None, expires_at__gt=utc_now())
    return await living.select_for_update().first() is not None
