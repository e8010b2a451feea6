"""Hashing off the event loop: a few threads, a bounded queue before them, and the same work for people who do not
exist."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from api.errors import ApiError
from storage import passwords

__all__ = ["PasswordWorkers"]

T = TypeVar("T")

THREADS: Final = 2  # each needs 46 MiB and a core for a twentieth of a second
WAITING: Final = 40  # what two threads get through in about two seconds
RETRY_AFTER_S: Final = 2


class PasswordWorkers:
    """Owns its threads: close() when done."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobodys_hash: Final = passwords.hash_password("nobody's password, which is never right")

    async def hash(self, password: str) -> str:
        """The password's hash. Raises ApiError 503 when too many others wait."""
        return await self._run(lambda: passwords.hash_password(password))

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right; with None (no such account) it takes as long and is not. Raises ApiError
        503."""
        right = await self._run(lambda: passwords.matches(password_hash or self._nobodys_hash, password))
        return right and password_hash is not None

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise ApiError(
                503,
                "busy",
                "Too many people are logging in right now. Please try again in a moment.",
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
