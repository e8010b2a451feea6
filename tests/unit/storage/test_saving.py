"""Reports are saved whole or not at all; on both databases."""

import asyncio
import json
from datetime import timedelta

import pytest

from storage import Storage
from storage.clock import utc_now
from storage.errors import AccountGone, ClaimLost, LoginEnded, NotConsented
from storage.idempotency import Busy, Done
from storage.identifiers import digest, new_id
from storage.records import Claim, FileKind
from tests.unit.storage.drafts import draft, pictures, with_consent


async def test_a_saved_report_is_read_back_as_it_was(storage: Storage) -> None:
    account = await with_consent(storage)
    saved = await storage.saver.save(account.id, draft(), pictures())
    assert await storage.reports.get(saved.id, account.id) == saved
    face = saved.file(FileKind.FACE)
    crop = saved.file(FileKind.CROP, "a0")
    assert face is not None and crop is not None
    assert await storage.files.read(face.key) == b"face bytes"
    assert await storage.files.read(crop.key) == b"crop bytes"
    assert not list(storage.files.incoming.iterdir())


async def test_each_saved_report_is_a_line_of_the_log(storage: Storage) -> None:
    account = await with_consent(storage)
    saved = [await storage.saver.save(account.id, draft(day), pictures()) for day in range(3)]
    lines = [json.loads(line) for line in storage.log.path.read_bytes().splitlines()]
    assert [line["report_id"] for line in lines] == [report.id for report in saved]
    assert lines[0]["timestamp"] == "2026-03-01T12:00:00+00:00"
    assert lines[0]["user_id"] == "amira"
    assert len(lines[0]["detections"]["acne"]) == 2
    assert (storage.files.root.parent / lines[0]["image_path"]).read_bytes() == b"original bytes"


async def test_without_consent_nothing_is_kept(storage: Storage) -> None:
    account = await storage.accounts.create("amira", "Amira", "hash")
    with pytest.raises(NotConsented):
        await storage.saver.save(account.id, draft(), pictures())
    with pytest.raises(AccountGone):
        await storage.saver.save(account.id + 1, draft(), pictures())
    assert not [path for path in storage.files.root.rglob("*") if path.is_file()]
    assert (await storage.reports.page(None)).total == 0
    assert not storage.log.path.exists()


async def test_what_is_saved_in_the_name_of_a_login_needs_that_login(storage: Storage) -> None:
    account = await with_consent(storage)
    other = await storage.accounts.create("bob", "Bob", "hash", "1")
    login_id = new_id()
    await storage.sessions.begin(login_id, account.id, digest("t"), utc_now() + timedelta(days=1))
    await storage.saver.save(account.id, draft(), pictures(), login_id=login_id)
    with pytest.raises(LoginEnded):
        await storage.saver.save(other.id, draft(), pictures(), login_id=login_id)
    await storage.sessions.end(login_id)
    with pytest.raises(LoginEnded):
        await storage.saver.save(account.id, draft(1), pictures(), login_id=login_id)
    assert (await storage.reports.page(None)).total == 1
    assert not list(storage.files.incoming.iterdir())


async def test_a_logout_waits_for_what_is_being_saved_or_comes_before_it(storage: Storage) -> None:
    account = await with_consent(storage)
    for number in range(8):
        login_id = new_id()
        await storage.sessions.begin(login_id, account.id, digest(f"t{number}"), utc_now() + timedelta(days=1))
        before = (await storage.reports.page(None)).total

        async def log_out(login_id: str = login_id) -> int:
            await storage.sessions.end(login_id)
            return (await storage.reports.page(None)).total

        saved, seen = await asyncio.gather(
            storage.saver.save(account.id, draft(number), pictures(), login_id=login_id),
            log_out(),
            return_exceptions=True,
        )
        assert seen == (await storage.reports.page(None)).total  # nothing comes after the answer
        assert seen == before + (not isinstance(saved, LoginEnded))


async def test_fifty_saves_at_once_lose_none(storage: Storage) -> None:
    account = await with_consent(storage)
    saved = await asyncio.gather(*(storage.saver.save(account.id, draft(n), pictures()) for n in range(50)))
    page = await storage.reports.page(account.id, limit=200)
    assert {report.id for report in page.reports} == {report.id for report in saved}
    assert all(len(report.files) == 3 for report in page.reports)
    lines = [json.loads(line)["report_id"] for line in storage.log.path.read_bytes().splitlines()]
    assert sorted(lines) == sorted(report.id for report in saved)
    assert (await storage.accounts.get(account.id)).history_revision == 50


async def test_a_save_goes_on_when_its_caller_is_cancelled(storage: Storage) -> None:
    account = await with_consent(storage)
    caller = asyncio.create_task(storage.saver.save(account.id, draft(), pictures()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await storage.database.finish()
    page = await storage.reports.page(account.id)
    assert page.total == 1
    assert len(await storage.files.present(page.reports[0].id)) == 3
    assert len(storage.log.path.read_bytes().splitlines()) == 1


async def test_a_claim_is_finished_together_with_its_report(storage: Storage) -> None:
    account = await with_consent(storage)
    claim = await storage.idempotency.claim(account.id, "key", digest("body"))
    assert isinstance(claim, Claim)
    assert await storage.idempotency.claim(account.id, "key", digest("body")) == Busy()
    saved = await storage.saver.save(account.id, draft(), pictures(), claim)
    assert await storage.idempotency.claim(account.id, "key", digest("body")) == Done(saved.id)


async def test_who_has_lost_the_claim_saves_nothing(storage: Storage) -> None:
    account = await with_consent(storage)
    claim = await storage.idempotency.claim(account.id, "key", digest("body"))
    assert isinstance(claim, Claim)
    await storage.idempotency.drop(claim)
    with pytest.raises(ClaimLost):
        await storage.saver.save(account.id, draft(), pictures(), claim)
    assert (await storage.reports.page(account.id)).total == 0
