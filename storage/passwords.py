"""Password hashes: argon2id. Slow by intent: never called on the event loop."""

import unicodedata
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["LONGEST_BYTES", "SHORTEST", "check_password", "hash_password", "is_outdated", "matches"]

SHORTEST: Final = 8  # characters
LONGEST_BYTES: Final = 1024  # of UTF-8
# 46 MiB in one pass on one lane: the first of the equally strong choices of the OWASP password storage cheat sheet
HASHER: Final = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)


def check_password(password: str) -> None:
    """Raises ValueError with a sentence for the person where the password is too short or too long."""
    if len(password) < SHORTEST:
        raise ValueError(f"a password has at least {SHORTEST} characters")
    if len(_bytes(password)) > LONGEST_BYTES:
        raise ValueError(f"a password has at most {LONGEST_BYTES} bytes")


def hash_password(password: str) -> str:
    """The hash to store, with its salt and parameters in it."""
    return HASHER.hash(_bytes(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether the hash is of this password."""
    try:
        return HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    """One spelling: keyboards differ in how they compose accents."""
    return unicodedata.normalize("NFC", password).encode()
