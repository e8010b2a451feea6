"""Access tokens of a quarter of an hour and the refresh tokens they come from: JWT, HS256.

Both say who issued them, for what, when, and to which login (`sid`); each kind has its own audience and its own key,
derived from SECRET_KEY, so that one can never stand in for the other. Whether the login still lasts is for the database
to say.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import jwt

from storage.identifiers import digest, new_id

__all__ = ["ACCESS_S", "REFRESH_S", "BadToken", "ExpiredToken", "Token", "TokenMaker"]

ISSUER: Final = "dermaassist"
ALGORITHM: Final = "HS256"
ACCESS_S: Final = 15 * 60
REFRESH_S: Final = 30 * 24 * 3600  # a month without opening the app ends the login
LEEWAY_S: Final = 30  # how far the clocks of several machines may be apart
LONGEST: Final = 2048  # characters; ours have about 400

Kind = Literal["access", "refresh"]


class BadToken(Exception):
    """Not a token of ours, of another kind, or changed on its way."""


class ExpiredToken(BadToken):
    """A token of ours whose time is over."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as text and what it says: user id, login, its own id, and until when it is good."""

    text: str
    user_id: str
    session_id: str
    token_id: str
    expires_at: datetime

    @property
    def digest(self) -> str:
        """What the database keeps in its place."""
        return digest("token", self.token_id)


class TokenMaker:
    """Makes and reads tokens. now: the wall clock, seconds since 1970."""

    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        if len(secret) < 32:
            raise ValueError("the secret must have at least 32 characters")
        self._now = now
        self._keys: dict[Kind, bytes] = {
            "access": hmac.digest(secret.encode(), b"dermaassist access token v1", hashlib.sha256),
            "refresh": hmac.digest(secret.encode(), b"dermaassist refresh token v1", hashlib.sha256),
        }

    def access(self, user_id: str, session_id: str) -> Token:
        """A token that opens the service for 15 minutes."""
        return self._make("access", ACCESS_S, user_id, session_id)

    def refresh(self, user_id: str, session_id: str) -> Token:
        """A token that can be exchanged once, within 30 days."""
        return self._make("refresh", REFRESH_S, user_id, session_id)

    def read(self, text: str, kind: Kind) -> Token:
        """The token, checked. Raises BadToken, ExpiredToken."""
        if len(text) > LONGEST:
            raise BadToken("too long")
        try:
            claims: dict[str, Any] = jwt.decode(
                text,
                self._keys[kind],
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=_audience(kind),
                options={
                    "require": ["iss", "aud", "sub", "sid", "jti", "typ", "iat", "exp"],
                    "verify_exp": False,  # by our own clock, below
                    "verify_iat": False,
                },
            )
            expires, issued = float(claims["exp"]), float(claims["iat"])
            user_id, session_id, token_id = claims["sub"], claims["sid"], claims["jti"]
        except (jwt.InvalidTokenError, ValueError, TypeError, RecursionError) as error:
            raise BadToken(type(error).__name__) from None
        if claims["typ"] != kind or not all(isinstance(one, str) and one for one in (user_id, session_id, token_id)):
            raise BadToken("of another kind")
        if issued > self._now() + LEEWAY_S:
            raise BadToken("from the future")
        if expires <= self._now():
            raise ExpiredToken("expired")
        return Token(text, user_id, session_id, token_id, datetime.fromtimestamp(expires, UTC))

    def _make(self, kind: Kind, lifetime_s: int, user_id: str, session_id: str) -> Token:
        now = int(self._now())
        token_id = new_id()
        claims = {
            "iss": ISSUER,
            "aud": _audience(kind),
            "typ": kind,
            "sub": user_id,
            "sid": session_id,
            "jti": token_id,
            "iat": now,
            "exp": now + lifetime_s,
        }
        text = jwt.encode(claims, self._keys[kind], algorithm=ALGORITHM)
        return Token(text, user_id, session_id, token_id, datetime.fromtimestamp(now + lifetime_s, UTC))


def _audience(kind: Kind) -> str:
    return f"{ISSUER}:{kind}"
