import asyncio
from pathlib import Path

import pytest

from api.still_service import Outcome
from settings import Settings
from storage.errors import KeyReused
from tests.unit.api.service_fixture import Running, picture, service


class Bytes:
    """A received picture that is in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)
        self.sha256 = str(hash(data))

    def read(self) -> bytes:
        return self._data


async def analyse(running: Running, name: str, data: bytes, key: str | None, save: bool = True) -> Outcome:
    account = await running.storage.accounts.find(name)
    return await running.still.answer(
        Bytes(data),
        account=account,
        name="me",
        request_type="capture",
        save=save,
        key=key,
        on_stage=lambda stage, details: None,
    )


async def test_consent_withdrawn_in_the_meantime_is_respected(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        before = await running.storage.accounts.find("ann")
        assert before is not None and before.may_keep
        await running.storage.accounts.withdraw_consent(before.id)
        outcome = await running.still.answer(
            Bytes(picture()),
            account=before,
            name="me",
            request_type="upload",
            save=True,
            key="k",
            on_stage=lambda stage, details: None,
        )
        assert not outcome.kept
        assert (await running.storage.reports.page(None)).total == 0


async def test_a_key_whose_report_was_deleted_makes_a_new_one(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        kept = await analyse(running, "ann", picture(), "k")
        assert (await analyse(running, "ann", picture(), "k")).report.id == kept.report.id
        with pytest.raises(KeyReused):
            await analyse(running, "ann", picture(1), "k")
        await running.storage.eraser.delete_report(kept.report.id, running.people["ann"].id)
        again = await analyse(running, "ann", picture(), "k")
        assert again.report.id != kept.report.id and not again.replayed


async def test_a_cancelled_request_leaves_its_key_free(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        task = asyncio.create_task(analyse(running, "ann", picture(), "k"))
        async with asyncio.timeout(20):
            while not running.still.queue.taken:  # noqa: ASYNC110  the claim is taken before the line is joined
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await analyse(running, "ann", picture(1), "k")).kept


async def test_nothing_is_kept_that_was_not_asked_to_be(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        assert not (await analyse(running, "ann", picture(), "k", save=False)).kept
        assert (await analyse(running, "ann", picture(1), "k")).kept
