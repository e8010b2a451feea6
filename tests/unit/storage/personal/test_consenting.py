"""Nothing is kept without consent to the text that speaks of it."""

import pytest
from tortoise.transactions import in_transaction

from storage import Storage
from storage.errors import NotConsented
from storage.personal.consenting import consenting_account
from tests.unit.storage.drafts import with_consent


async def test_a_withdrawn_consent_counts_no_longer(storage: Storage) -> None:
    amira = await with_consent(storage)

    async def ask() -> str:
        async with in_transaction():
            return (await consenting_account(amira.id, "2026-11")).user_id

    assert await storage.database.run(ask) == "amira"
    await storage.accounts.withdraw_consent(amira.id)
    with pytest.raises(NotConsented):
        await storage.database.run(ask)
