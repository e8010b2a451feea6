"""Short-lived TURN credentials for coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00)."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable

__all__ = ["TurnCredentials"]

LIFETIME_S = 600  # long enough to connect; an allocation in use outlives it


class TurnCredentials:
    """username `<unix expiry>:<user>`, password base64(HMAC-SHA1(secret, username))."""

    def __init__(self, secret: str, lifetime_s: int = LIFETIME_S, clock: Callable[[], float] = time.time) -> None:
        if not secret:
            raise ValueError("TURN credentials need a secret")
        self._secret = secret.encode()
        self._lifetime_s = lifetime_s
        self._clock = clock

    def make(self, user: str) -> tuple[str, str]:
        """(username, password), good from now on for the lifetime."""
        username = f"{int(self._clock()) + self._lifetime_s}:{user}"
        digest = hmac.new(self._secret, username.encode(), hashlib.sha1).digest()
        return username, base64.b64encode(digest).decode()
