"""Accounts, consent, retention; on both databases."""

import asyncio

import pytest

from storage import Storage
from storage.errors import AccountGone, UserIdTaken
from storage.records import Retention


async def test_an_account_is_found_by_its_user_id(storage: Storage) -> None:
    made = await storage.accounts.create("أميرة", "أميرة 💆", "hash")
    found = await storage.accounts.find("أميرة")
    assert found == made
    assert found is not None and found.name == "أميرة 💆" and found.created_at.utcoffset() is not None
    assert await storage.accounts.get(made.id) == made
    assert await storage.accounts.find("someone") is None


async def test_user_ids_that_a_collation_calls_equal_are_different_people(storage: Storage) -> None:
    first = await storage.accounts.create("jose", "Jose", "hash1")
    second = await storage.accounts.create("josé", "José", "hash2")
    assert first.id != second.id
    found = await storage.accounts.find("josé")
    assert found is not None and found.password_hash == "hash2"


async def test_of_many_sign_ups_with_one_user_id_at_once_one_gets_it(storage: Storage) -> None:
    results = await asyncio.gather(
        *(storage.accounts.create("amira", f"n{i}", "hash", "2026-11") for i in range(8)), return_exceptions=True
    )
    made = [result for result in results if not isinstance(result, BaseException)]
    assert len(made) == 1
    assert all(isinstance(result, UserIdTaken) for result in results if result not in made)
    assert len(await storage.accounts.consents(made[0].id)) == 1


async def test_consent_is_recorded_with_its_version_and_time(storage: Storage) -> None:
    account = await storage.accounts.create("amira", "Amira", "hash")
    assert not account.may_keep
    assert (await storage.accounts.give_consent(account.id, "v1")).may_keep
    await storage.accounts.give_consent(account.id, "v1")
    assert (await storage.accounts.give_consent(account.id, "v2")).consent_version == "v2"
    assert await storage.accounts.withdraw_consent(account.id)
    assert not await storage.accounts.withdraw_consent(account.id)
    history = await storage.accounts.consents(account.id)
    assert [consent.text_version for consent in history] == ["v1", "v2"]
    assert all(consent.withdrawn_at is not None and consent.given_at <= consent.withdrawn_at for consent in history)
    assert not (await storage.accounts.get(account.id)).may_keep


async def test_name_password_admin_and_retention_can_be_changed(storage: Storage) -> None:
    account = await storage.accounts.create("amira", "Amira", "old")
    await storage.accounts.set_name(account.id, "A.")
    await storage.accounts.set_admin(account.id, True)
    await storage.accounts.set_retention(account.id, Retention(pictures_days=30, reports_days=None))
    await storage.accounts.replace_hash(account.id, "other", "not this")
    await storage.accounts.replace_hash(account.id, "old", "new")
    changed = await storage.accounts.get(account.id)
    assert (changed.name, changed.is_admin, changed.password_hash) == ("A.", True, "new")
    assert changed.retention == Retention(30, None)


async def test_an_unchanged_value_is_no_error_and_a_missing_account_is(storage: Storage) -> None:
    account = await storage.accounts.create("amira", "Amira", "hash")
    await storage.accounts.set_name(account.id, "Amira")
    with pytest.raises(AccountGone):
        await storage.accounts.set_name(account.id + 1, "x")
    with pytest.raises(AccountGone):
        await storage.accounts.get(account.id + 1)
