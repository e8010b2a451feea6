"""Answers: kept with consent alone, one set per account; on both databases."""

import pytest

from storage import Storage
from storage.errors import AccountGone, NotConsented
from tests.unit.storage.drafts import with_consent

TEXT = "2026-11"
GIVEN = {"pregnancy": "trying", "allergies": ["العطور", "lanolin"]}


async def test_answers_are_replaced_as_a_whole(storage: Storage) -> None:
    amira = await with_consent(storage)
    assert await storage.answers.get(amira.id) is None
    await storage.answers.put(amira.id, GIVEN, TEXT)
    before = await storage.reports.revision(amira.id)
    await storage.answers.put(amira.id, {"eczema": "none"}, TEXT)
    kept = await storage.answers.get(amira.id)
    assert kept is not None and (kept.given, kept.text_version) == ({"eczema": "none"}, TEXT)
    assert await storage.reports.revision(amira.id) != before


async def test_without_consent_to_that_text_nothing_is_kept(storage: Storage) -> None:
    omar = await storage.accounts.create("omar", "Omar", None)
    amira = await with_consent(storage)
    for account, text in ((omar, TEXT), (amira, "another text")):
        with pytest.raises(NotConsented):
            await storage.answers.put(account.id, GIVEN, text)
        assert await storage.answers.get(account.id) is None
    with pytest.raises(AccountGone):
        await storage.answers.put(99, GIVEN, TEXT)


async def test_erased_answers_are_gone(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    for account in (amira, omar):
        await storage.answers.put(account.id, GIVEN, TEXT)
    assert await storage.eraser.erase_answers(amira.id)
    assert not await storage.eraser.erase_answers(amira.id)
    assert await storage.answers.get(amira.id) is None
    assert await storage.answers.get(omar.id) is not None
