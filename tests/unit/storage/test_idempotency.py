"""One outcome per key; on both databases."""

import asyncio
from datetime import timedelta

import pytest

from storage import Storage, models
from storage.clock import utc_now
from storage.errors import KeyReused
from storage.idempotency import Busy, Done
from storage.identifiers import digest
from storage.records import Claim
from tests.unit.storage.drafts import draft, with_consent


async def test_of_many_claims_at_once_one_succeeds(storage: Storage) -> None:
    account = await with_consent(storage)
    results = await asyncio.gather(*(storage.idempotency.claim(account.id, "key", digest("body")) for _ in range(8)))
    assert sum(isinstance(one, Claim) for one in results) == 1
    assert results.count(Busy()) == 7


async def test_a_key_with_another_request_is_refused(storage: Storage) -> None:
    account = await with_consent(storage)
    await storage.idempotency.claim(account.id, "key", digest("body"))
    with pytest.raises(KeyReused):
        await storage.idempotency.claim(account.id, "key", digest("other"))


async def test_keys_of_different_people_and_of_different_case_are_different(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    for account_id, key in ((amira.id, "key"), (amira.id, "KEY"), (omar.id, "key")):
        assert isinstance(await storage.idempotency.claim(account_id, key, digest("body")), Claim)


async def test_a_dropped_or_dead_claim_goes_to_the_next(storage: Storage) -> None:
    account = await with_consent(storage)
    first = await storage.idempotency.claim(account.id, "key", digest("body"))
    assert isinstance(first, Claim)
    await storage.idempotency.drop(first)
    second = await storage.idempotency.claim(account.id, "key", digest("body"))
    assert isinstance(second, Claim)
    past = utc_now() - timedelta(seconds=1)
    await storage.database.run(lambda: models.IdempotencyKey.all().update(claimed_until=past))
    third = await storage.idempotency.claim(account.id, "key", digest("body"))
    assert isinstance(third, Claim) and third.token != second.token
    await storage.idempotency.drop(second)  # it is no longer its own to drop
    assert await storage.idempotency.claim(account.id, "key", digest("body")) == Busy()


async def test_keys_are_forgotten_after_a_day_and_with_their_report(storage: Storage) -> None:
    account = await with_consent(storage)
    claim = await storage.idempotency.claim(account.id, "key", digest("body"))
    assert isinstance(claim, Claim)
    report = await storage.saver.save(account.id, draft(), (), claim)
    await storage.idempotency.drop(claim)
    assert await storage.idempotency.claim(account.id, "key", digest("body")) == Done(report.id)
    await storage.eraser.delete_report(report.id, account.id)
    assert isinstance(await storage.idempotency.claim(account.id, "key", digest("body")), Claim)
    past = utc_now() - timedelta(seconds=1)
    await storage.database.run(lambda: models.IdempotencyKey.all().update(expires_at=past))
    assert await storage.idempotency.sweep() == 1
