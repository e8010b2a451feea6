"""Trials; on both databases."""

from datetime import date

import pytest

from storage import Storage, models
from storage.clock import utc_now
from storage.errors import NotConsented, TooMany
from storage.identifiers import new_id
from storage.personal.records import NewTrial
from storage.personal.trials import TRIALS_MOST
from tests.unit.storage.drafts import with_consent

TEXT = "2026-11"
NEW = NewTrial("Gel", "acne", date(2026, 3, 1), 8, "trial-acne/1", "b" * 32)


async def test_a_trial_is_started_stopped_once_and_deleted(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    trial = await storage.trials.start(amira.id, NEW, TEXT)
    assert (trial.started_on, trial.stopped_on, trial.weeks) == (date(2026, 3, 1), None, 8)
    assert await storage.trials.get(amira.id, trial.id) == trial
    assert await storage.trials.get(omar.id, trial.id) is None
    assert await storage.trials.stop(omar.id, trial.id, date(2026, 4, 1)) is None
    stopped = await storage.trials.stop(amira.id, trial.id, date(2026, 4, 1))
    again = await storage.trials.stop(amira.id, trial.id, date(2026, 5, 1))
    assert stopped is not None and again == stopped and stopped.stopped_on == date(2026, 4, 1)
    assert not await storage.trials.delete(omar.id, trial.id)
    assert await storage.trials.delete(amira.id, trial.id) and await storage.trials.all(amira.id) == ()


async def test_the_latest_start_comes_first(storage: Storage) -> None:
    amira = await with_consent(storage)
    for day in (3, 9, 1):
        await storage.trials.start(amira.id, NewTrial("x", "acne", date(2026, 3, day), 8, "r/1"), TEXT)
    assert [one.started_on.day for one in await storage.trials.all(amira.id)] == [9, 3, 1]


async def test_trials_are_bounded_and_need_consent(storage: Storage) -> None:
    amira = await with_consent(storage)
    omar = await storage.accounts.create("omar", "Omar", None)
    with pytest.raises(NotConsented):
        await storage.trials.start(omar.id, NEW, TEXT)

    async def fill() -> None:
        row = {"account_id": amira.id, "name": "x", "condition": "acne", "started_on": NEW.started_on, "weeks": 8}
        rows = (models.Trial(id=new_id(), rule="r/1", created_at=utc_now(), **row) for _ in range(TRIALS_MOST))
        await models.Trial.bulk_create(rows)

    await storage.database.run(fill)
    with pytest.raises(TooMany):
        await storage.trials.start(amira.id, NEW, TEXT)
