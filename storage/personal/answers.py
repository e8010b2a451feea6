"""A person's answers about themselves: one set per account."""

from collections.abc import Mapping
from typing import Any

from tortoise.transactions import in_transaction

from storage import models
from storage.accounts import touch_history
from storage.clock import utc_now
from storage.database import Database
from storage.personal.consenting import consenting_account
from storage.personal.records import Answers

__all__ = ["AnswerRepository"]


class AnswerRepository:
    """Every method may raise StorageUnavailable. Deleting is `Eraser.erase_answers`: the backups follow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, account_id: int) -> Answers | None:
        """The answers; None where there are none."""

        async def work() -> Answers | None:
            row = await models.Answers.get_or_none(account_id=account_id)
            return None if row is None else Answers(row.given, row.text_version, row.updated_at)

        return await self._database.run(work)

    async def put(self, account_id: int, given: Mapping[str, Any], text_version: str) -> Answers:
        """Replace the answers. Raises AccountGone, NotConsented."""

        async def work() -> Answers:
            async with in_transaction():
                await consenting_account(account_id, text_version)
                now = utc_now()
                kept: dict[str, Any] = {"given": dict(given), "text_version": text_version, "updated_at": now}
                if not await models.Answers.filter(account_id=account_id).update(**kept):
                    await models.Answers.create(account_id=account_id, **kept)
                await touch_history(account_id)
            return Answers(dict(given), text_version, now)

        return await self._database.run(work)
