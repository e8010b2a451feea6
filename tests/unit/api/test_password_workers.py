"""Hashing beside the event loop, bounded."""

import asyncio
from collections.abc import Iterator

import pytest

from api.errors import ApiError
from api.password_workers import WAITING, PasswordWorkers


@pytest.fixture
def workers() -> Iterator[PasswordWorkers]:
    made = PasswordWorkers()
    yield made
    made.close()


async def test_the_right_password_matches_and_nobodys_never_does(workers: PasswordWorkers) -> None:
    made = await workers.hash("correct horse")
    assert await workers.matches(made, "correct horse")
    assert not await workers.matches(made, "wrong horse")
    assert not await workers.matches(None, "nobody's password, which is never right")


async def test_the_loop_turns_while_passwords_are_hashed(workers: PasswordWorkers) -> None:
    hashing = asyncio.create_task(workers.hash("correct horse"))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


async def test_beyond_the_queues_length_people_are_asked_to_come_back(workers: PasswordWorkers) -> None:
    tasks = [asyncio.create_task(workers.matches("not a hash", "x")) for _ in range(WAITING + 5)]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [result for result in results if isinstance(result, ApiError)]
    assert len(refused) == 5
    assert all(error.status == 503 and "Retry-After" in error.headers for error in refused)
    assert not await workers.matches("not a hash", "x")
