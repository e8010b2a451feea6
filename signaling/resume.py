"""Tokens with which a new connection takes over a live session: JWT, HS256, good for a minute or two.

A token names its session, whose it is, and how often the session had been taken over when it was made: once it has been
used, and so the number has moved on, it is good no more. Whether the session is still there is for the registry to say.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import jwt

from signaling.errors import ResumeRefused

__all__ = ["ResumeClaim", "ResumeTokens"]

AUDIENCE: Final = "dermaassist:resume"
ALGORITHM: Final = "HS256"
LONGEST: Final = 1024  # characters; ours have about 250
CONTEXT: Final = b"dermaassist resume token v1"


@dataclass(frozen=True, slots=True)
class ResumeClaim:
    """What a token says. user_id: None for a guest; takeovers: how often the session had been taken over."""

    session_id: str
    user_id: str | None
    takeovers: int


class ResumeTokens:
    """Makes and reads tokens that live for lifetime_s seconds. now: the wall clock, seconds since 1970."""

    def __init__(self, secret: str, lifetime_s: float, now: Callable[[], float] = time.time) -> None:
        if len(secret) < 32:
            raise ValueError("the secret must have at least 32 characters")
        self._key = hmac.digest(secret.encode(), CONTEXT, hashlib.sha256)
        self._now = now
        self.lifetime_s = lifetime_s

    def make(self, claim: ResumeClaim) -> str:
        """A token that is good from now on for the lifetime."""
        claims = {
            "aud": AUDIENCE,
            "sid": claim.session_id,
            "sub": claim.user_id or "",
            "n": claim.takeovers,
            "exp": int(self._now() + self.lifetime_s),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, text: str) -> ResumeClaim:
        """What the token says. Raises ResumeRefused: resume_invalid, resume_expired."""
        if len(text) > LONGEST:
            raise ResumeRefused.invalid()
        try:
            claims: dict[str, Any] = jwt.decode(
                text,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["aud", "sid", "sub", "n", "exp"], "verify_exp": False, "verify_iat": False},
            )
            session_id, user_id, takeovers, expires = claims["sid"], claims["sub"], claims["n"], float(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError):
            raise ResumeRefused.invalid() from None
        if not (isinstance(session_id, str) and isinstance(user_id, str) and isinstance(takeovers, int)):
            raise ResumeRefused.invalid()
        if expires <= self._now():
            raise ResumeRefused.expired()
        return ResumeClaim(session_id, user_id or None, takeovers)
