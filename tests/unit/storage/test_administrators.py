"""What an operator does to accounts; on both databases."""

from datetime import timedelta

import pytest

from storage import Storage
from storage.administrators import administrators, give_password, set_administrator
from storage.clock import utc_now
from storage.errors import AccountGone
from storage.identifiers import digest, new_id
from storage.passwords import matches


async def test_administrators_are_made_and_unmade(storage: Storage) -> None:
    await storage.accounts.create("amira", "Amira", "hash")
    await set_administrator(storage, " AMIRA", True)
    assert await administrators(storage) == ("amira",)
    await set_administrator(storage, "amira", False)
    assert await administrators(storage) == ()
    with pytest.raises(AccountGone, match="nobody"):
        await set_administrator(storage, "nobody", True)


async def test_a_given_password_works_and_ends_every_login(storage: Storage) -> None:
    account = await storage.accounts.create("amira", "Amira", None)
    session = new_id()
    await storage.sessions.begin(session, account.id, digest("t"), utc_now() + timedelta(days=1))
    await give_password(storage, "amira", "battery staple")
    changed = await storage.accounts.get(account.id)
    assert changed.password_hash is not None and matches(changed.password_hash, "battery staple")
    assert await storage.sessions.find(session) is None
    with pytest.raises(ValueError, match="password"):
        await give_password(storage, "amira", "short")
