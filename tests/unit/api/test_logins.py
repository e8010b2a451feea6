"""What happens at login beyond what a client sees."""

import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from api.errors import ApiError
from api.logins import LoginLimits, Logins
from api.password_workers import PasswordWorkers
from api.tokens import TokenMaker
from storage import Storage, open_storage
from storage.passwords import is_outdated
from tests.unit.api.account_service import PASSWORD, SECRET


def logins_on(storage: Storage, workers: PasswordWorkers) -> Logins:
    return Logins(storage, TokenMaker(SECRET), workers, LoginLimits(100, 100, 100, 60.0))


async def test_an_outdated_hash_is_replaced_at_login(tmp_path: Path, media_root: Path) -> None:
    workers = PasswordWorkers()
    async with open_storage(f"sqlite://{tmp_path}/x.sqlite3", media_root) as storage:
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        await storage.accounts.create("amira", "Amira", weak)
        await logins_on(storage, workers).log_in("amira", PASSWORD, "203.0.113.9")
        account = await storage.accounts.find("amira")
        assert account is not None and account.password_hash is not None
        assert not is_outdated(account.password_hash)
        await logins_on(storage, workers).log_in("amira", PASSWORD, "203.0.113.9")
    workers.close()


async def test_an_account_without_a_password_lets_nobody_in(tmp_path: Path, media_root: Path) -> None:
    workers = PasswordWorkers()
    async with open_storage(f"sqlite://{tmp_path}/x.sqlite3", media_root) as storage:
        await storage.accounts.create("restored", "Restored", None)
        for password in ("", "None", PASSWORD, "nobody's password, which is never right"):
            with pytest.raises(ApiError, match="not right"):
                await logins_on(storage, workers).log_in("restored", password, "203.0.113.9")
    workers.close()


async def test_nobodys_user_id_takes_as_long_as_a_wrong_password(tmp_path: Path, media_root: Path) -> None:
    """Compared by the time this process spends computing, which a busy machine does not stretch."""
    workers = PasswordWorkers()
    async with open_storage(f"sqlite://{tmp_path}/x.sqlite3", media_root) as storage:
        logins = logins_on(storage, workers)
        await logins.sign_up("amira", "Amira", PASSWORD, None, "203.0.113.9")

        async def spent(user_id: str) -> float:
            times = []
            for _ in range(3):
                start = time.process_time()
                with pytest.raises(ApiError):
                    await logins.log_in(user_id, "wrong horse", "203.0.113.9")
                times.append(time.process_time() - start)
            return sorted(times)[1]

        known, unknown = await spent("amira"), await spent("nobody")
        assert unknown > 0.5 * known
        assert known > 0.5 * unknown
    workers.close()
