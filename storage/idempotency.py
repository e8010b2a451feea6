"""Requests that must have one outcome however often a client sends them (the Idempotency-Key header)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from storage import models
from storage.clock import utc_now
from storage.database import Database
from storage.errors import KeyReused
from storage.identifiers import digest, new_id
from storage.records import Claim

__all__ = ["Busy", "Done", "IdempotencyRepository"]

LEASE: Final = timedelta(minutes=2)  # a request that takes longer has died
KEPT: Final = timedelta(days=1)  # how long a repeated request finds its outcome


@dataclass(frozen=True, slots=True)
class Busy:
    """Another request with this key is at work right now."""


@dataclass(frozen=True, slots=True)
class Done:
    """A request with this key has been answered; report_id says with which report."""

    report_id: str


class IdempotencyRepository:
    """Every method may raise StorageUnavailable. Keys are kept for a day, as digests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, account_id: int, key: str, request_digest: str) -> Claim | Busy | Done:
        """Ask for the right to do what the key was sent for. request_digest: SHA-256 in hexadecimal of what is asked.

        A Claim is to be handed to `ReportSaver.save`, which ends it together with the report, or to `drop`. Where its
        holder died, the next one gets it after two minutes. Raises KeyReused where the key came with another request.
        """
        owner = digest("idempotency", str(account_id), key)

        async def work() -> Claim | Busy | Done:
            now = utc_now()
            claim = Claim(owner, new_id(), now + LEASE)
            fresh: dict[str, Any] = {"claim": claim.token, "claimed_until": claim.until, "expires_at": now + KEPT}
            async with in_transaction():
                await models.IdempotencyKey.filter(owner_digest=owner, expires_at__lte=now).delete()
                row = await models.IdempotencyKey.filter(owner_digest=owner).select_for_update().first()
                if row is None:
                    await models.IdempotencyKey.create(
                        owner_digest=owner, account_id=account_id, request_digest=request_digest, **fresh
                    )
                    return claim
                if row.request_digest != request_digest:
                    raise KeyReused(key)
                if row.done and row.report_id is not None:
                    return Done(row.report_id)
                if row.claimed_until > now:
                    return Busy()
                await models.IdempotencyKey.filter(id=row.id).update(**fresh)
                return claim

        async def retried() -> Claim | Busy | Done:
            try:
                return await work()
            except IntegrityError:  # another request made the row in this moment
                return await work()

        return await self._database.run(retried)

    async def drop(self, claim: Claim) -> None:
        """Give the claim back: what it was for has failed, and may be tried again."""

        async def work() -> None:
            await models.IdempotencyKey.filter(owner_digest=claim.owner_digest, claim=claim.token, done=False).delete()

        await self._database.run(work)

    async def sweep(self) -> int:
        """Forget keys that are over a day old; how many."""

        async def work() -> int:
            return await models.IdempotencyKey.filter(expires_at__lte=utc_now()).delete()

        return await self._database.run(work)
