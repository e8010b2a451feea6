"""Trials of products, as their people started and stopped them. What came of them is worked out when asked for."""

from datetime import date
from typing import Final

from tortoise.transactions import in_transaction

from storage import models
from storage.accounts import locked_account, touch_history
from storage.clock import utc_now
from storage.database import Database
from storage.errors import TooMany
from storage.identifiers import new_id
from storage.personal.consenting import consenting_account
from storage.personal.records import NewTrial, Trial

__all__ = ["TRIALS_MOST", "TrialRepository"]

TRIALS_MOST: Final = 100  # two years of a new one every week


class TrialRepository:
    """Every method may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, account_id: int) -> tuple[Trial, ...]:
        """Every trial, the latest start first."""

        async def work() -> tuple[Trial, ...]:
            rows = await models.Trial.filter(account_id=account_id).order_by("-started_on", "-created_at", "id")
            return tuple(_trial(row) for row in rows)

        return await self._database.run(work)

    async def get(self, account_id: int, trial_id: str) -> Trial | None:
        """The trial, if it is the account's."""

        async def work() -> Trial | None:
            row = await models.Trial.get_or_none(account_id=account_id, id=trial_id)
            return None if row is None else _trial(row)

        return await self._database.run(work)

    async def start(self, account_id: int, trial: NewTrial, text_version: str) -> Trial:
        """Keep a new trial. Raises AccountGone, NotConsented, TooMany."""

        async def work() -> Trial:
            async with in_transaction():
                await consenting_account(account_id, text_version)
                if await models.Trial.filter(account_id=account_id).count() >= TRIALS_MOST:
                    raise TooMany("trials", TRIALS_MOST)
                row = await models.Trial.create(
                    id=new_id(),
                    account_id=account_id,
                    product_id=trial.product_id,
                    name=trial.name,
                    condition=trial.condition,
                    started_on=trial.started_on,
                    weeks=trial.weeks,
                    rule=trial.rule,
                    created_at=utc_now(),
                )
                await touch_history(account_id)
                return _trial(row)

        return await self._database.run(work)

    async def stop(self, account_id: int, trial_id: str, on: date) -> Trial | None:
        """Note its last day; one that has stopped already stays as it is. None where the account has no such trial.
        Raises AccountGone."""

        async def work() -> Trial | None:
            async with in_transaction():
                await locked_account(account_id)
                mine = models.Trial.filter(account_id=account_id, id=trial_id)
                if await mine.filter(stopped_on=None).update(stopped_on=on):
                    await touch_history(account_id)
                row = await mine.first()
                return None if row is None else _trial(row)

        return await self._database.run(work)

    async def delete(self, account_id: int, trial_id: str) -> bool:
        """Delete the trial, not the reports; whether it was there. Raises AccountGone."""

        async def work() -> bool:
            async with in_transaction():
                await locked_account(account_id)
                gone = await models.Trial.filter(account_id=account_id, id=trial_id).delete()
                if gone:
                    await touch_history(account_id)
                return gone > 0

        return await self._database.run(work)


def _trial(row: models.Trial) -> Trial:
    return Trial(
        id=row.id,
        name=row.name,
        condition=row.condition,
        started_on=row.started_on,
        weeks=row.weeks,
        rule=row.rule,
        product_id=row.product_id,
        stopped_on=row.stopped_on,
        created_at=row.created_at,
    )
