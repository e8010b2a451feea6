"""Random ids, digests, and the one spelling of a user id."""

import hashlib
import re
import secrets
import unicodedata
from typing import Final

__all__ = ["digest", "is_id", "new_id", "normal_user_id", "user_key"]

ID_PATTERN: Final = re.compile(r"[0-9a-f]{32}")
USER_ID_MIN: Final = 3
USER_ID_MAX: Final = 64
USER_ID_SIGNS: Final = frozenset("._-@+")


def new_id() -> str:
    """128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Whether `text` is spelled as new_id() spells."""
    return ID_PATTERN.fullmatch(text) is not None


def digest(*parts: str) -> str:
    """SHA-256 of the parts in hexadecimal; different splits of the same text give different digests."""
    joined = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hashlib.sha256(joined).hexdigest()


def normal_user_id(text: str, *, lenient: bool = False) -> str:
    """The one spelling of a user id: NFKC, case-folded, without the blanks around it.

    3 to 64 characters: letters and digits of any script with their combining marks, and . _ - @ + in between; the
    first is a letter or digit. lenient: 1 to 64 characters of any kind that can be printed, for people whom a
    predecessor's file brought. Raises ValueError with a sentence for the person.
    """
    least = 1 if lenient else USER_ID_MIN
    length = f"a user id has {USER_ID_MIN} to {USER_ID_MAX} characters"
    if len(text) > 4 * USER_ID_MAX:
        raise ValueError(length)
    normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    if not least <= len(normal) <= USER_ID_MAX:
        raise ValueError(length)
    if lenient:
        if not normal.isprintable():
            raise ValueError("a user id holds characters that can be printed")
        return normal
    kinds = [unicodedata.category(character) for character in normal]
    for character, kind in zip(normal, kinds, strict=True):
        if kind[0] not in "LN" and kind not in ("Mn", "Mc") and character not in USER_ID_SIGNS:
            raise ValueError("a user id may hold letters, digits and . _ - @ + only")
    if kinds[0][0] not in "LN":
        raise ValueError("a user id begins with a letter or a digit")
    return normal


def user_key(user_id: str) -> str:
    """What accounts are looked up by: the digest of a normalised user id."""
    return digest("user", user_id)
