"""Limits on attempts; on both databases."""

import asyncio
from datetime import timedelta

from storage import Storage
from storage.attempts import AttemptLimit
from storage.clock import utc_now

LIMIT = AttemptLimit("login-account", 3, 60.0)


async def test_attempts_beyond_the_limit_must_wait(storage: Storage) -> None:
    assert [await storage.attempts.note(LIMIT, "amira") for _ in range(3)] == [0.0, 0.0, 0.0]
    wait = await storage.attempts.note(LIMIT, "amira")
    assert 50 < wait <= 60
    assert await storage.attempts.note(LIMIT, "omar") == 0.0
    assert await storage.attempts.note(AttemptLimit("sign-up", 3, 60.0), "amira") == 0.0


async def test_a_refused_attempt_does_not_prolong_the_wait(storage: Storage) -> None:
    limit = AttemptLimit("login-account", 1, 0.2)
    assert await storage.attempts.note(limit, "amira") == 0.0
    for _ in range(5):
        await storage.attempts.note(limit, "amira")
    await asyncio.sleep(0.25)
    assert await storage.attempts.note(limit, "amira") == 0.0


async def test_many_at_once_do_not_slip_through(storage: Storage) -> None:
    waits = await asyncio.gather(*(storage.attempts.note(LIMIT, "amira") for _ in range(20)))
    assert waits.count(0.0) <= 3


async def test_success_clears_the_count(storage: Storage) -> None:
    for _ in range(3):
        await storage.attempts.note(LIMIT, "amira")
    await storage.attempts.clear(LIMIT, "amira")
    assert await storage.attempts.note(LIMIT, "amira") == 0.0
    assert await storage.attempts.sweep(utc_now() + timedelta(seconds=1)) == 1
