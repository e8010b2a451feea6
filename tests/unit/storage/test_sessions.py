"""Families of refresh tokens; on both databases."""

import asyncio
from datetime import timedelta

import pytest

from storage import Storage
from storage.clock import utc_now
from storage.errors import AccountGone
from storage.identifiers import digest, new_id

LATER = timedelta(days=30)


async def begin(storage: Storage, token: str = "t0", lasts: timedelta = LATER) -> tuple[str, int]:
    account = await storage.accounts.create(f"user{new_id()[:8]}", "A", "hash")
    family = new_id()
    await storage.sessions.begin(family, account.id, digest(token), utc_now() + lasts)
    return family, account.id


async def test_a_token_is_exchanged_for_the_next_one(storage: Storage) -> None:
    family, account_id = await begin(storage)
    for step in range(3):
        outcome = await storage.sessions.rotate(family, digest(f"t{step}"), digest(f"t{step + 1}"), utc_now() + LATER)
        assert outcome == "rotated"
    state = await storage.sessions.find(family)
    assert state is not None and state.id == account_id and not state.is_admin


async def test_an_old_token_coming_back_ends_the_family(storage: Storage) -> None:
    family, _ = await begin(storage)
    await storage.sessions.rotate(family, digest("t0"), digest("t1"), utc_now() + LATER)
    assert await storage.sessions.rotate(family, digest("t0"), digest("x"), utc_now() + LATER) == "reused"
    assert await storage.sessions.rotate(family, digest("t1"), digest("t2"), utc_now() + LATER) == "ended"
    assert await storage.sessions.find(family) is None


async def test_of_two_exchanges_at_once_only_one_succeeds(storage: Storage) -> None:
    family, _ = await begin(storage)
    outcomes = await asyncio.gather(
        *(storage.sessions.rotate(family, digest("t0"), digest(f"n{i}"), utc_now() + LATER) for i in range(4))
    )
    assert outcomes.count("rotated") == 1
    assert outcomes.count("reused") == 1
    assert await storage.sessions.find(family) is None


async def test_expired_and_ended_logins_are_no_logins(storage: Storage) -> None:
    expired, _ = await begin(storage, lasts=timedelta(seconds=-1))
    assert await storage.sessions.find(expired) is None
    assert await storage.sessions.rotate(expired, digest("t0"), digest("t1"), utc_now() + LATER) == "ended"
    ended, account_id = await begin(storage)
    assert await storage.sessions.end(ended)
    assert not await storage.sessions.end(ended)
    assert await storage.sessions.find(ended) is None
    other = new_id()
    await storage.sessions.begin(other, account_id, digest("z"), utc_now() + LATER)
    assert await storage.sessions.end_all(account_id, "password") == 1
    assert await storage.sessions.find(other) is None
    assert await storage.sessions.sweep(utc_now()) == 1


async def test_nobody_logs_in_to_an_account_that_is_not_there(storage: Storage) -> None:
    with pytest.raises(AccountGone):
        await storage.sessions.begin(new_id(), 12345, digest("t"), utc_now() + LATER)
    assert await storage.sessions.find("no such family") is None
