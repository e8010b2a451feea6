"""Addresses of pictures that open with a plain GET, for a short while, for whoever holds them.

    {base}/media/{segments...}?expires=1764000000&signature=...

signature = base64url(HMAC-SHA256(key, "dermaassist media link v1" NL path NL expires)): it covers the whole path and
the time, so neither can be changed; the key is derived from SECRET_KEY for this one use. All links made within half a
lifetime are the same, so that an app's picture cache works and an unchanged list has an unchanged ETag.
"""

import hashlib
import hmac
import ipaddress
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from aiohttp import web

from api.errors import ApiError

__all__ = ["MEDIA_LINKS", "MediaLinks", "public_base"]

CONTEXT: Final = b"dermaassist media link v1"
HOST_PATTERN: Final = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,253})(?::(?P<port>[0-9]{1,5}))?")


class MediaLinks:
    """Makes and checks links. lifetime_s: seconds a link lives at most, and half of that at least; now: the wall clock,
    seconds since 1970."""

    def __init__(self, secret: str, lifetime_s: float, now: Callable[[], float] = time.time) -> None:
        if len(secret) < 32:
            raise ValueError("the secret must have at least 32 characters")
        self._key = hmac.digest(secret.encode(), CONTEXT, hashlib.sha256)
        self._now = now
        self._half_life_s = max(1, int(lifetime_s / 2))

    def expires_at(self) -> int:
        """When links made now stop to open, seconds since 1970."""
        return (int(self._now()) // self._half_life_s + 2) * self._half_life_s

    def make(self, base: str, *segments: str) -> str:
        """An absolute link below `base` (scheme://host[:port], no slash at its end) to /media/ and the segments."""
        path = "/".join(("/media", *(quote(segment, safe="") for segment in segments)))
        expires = self.expires_at()
        return f"{base}{path}?expires={expires}&signature={self._sign(path, str(expires))}"

    def check(self, raw_path: str, expires: str, signature: str) -> float:
        """Seconds that the link still lives. raw_path as it was sent, still percent-encoded. Raises ApiError 403:
        link_invalid, link_expired."""
        wanted = self._sign(raw_path.removeprefix("/api"), expires)
        if not hmac.compare_digest(wanted.encode(), signature.encode(errors="replace")):
            raise ApiError(403, "link_invalid", "This link is not one of ours, or was changed.")
        left = int(expires) - self._now()
        if left <= 0:
            raise ApiError(403, "link_expired", "This link has expired. Please ask for a new one.")
        return left

    def _sign(self, path: str, expires: str) -> str:
        text = b"\n".join((CONTEXT, path.encode(errors="replace"), expires.encode(errors="replace")))
        return urlsafe_b64encode(hmac.digest(self._key, text, hashlib.sha256)).decode().rstrip("=")


MEDIA_LINKS = web.AppKey("MEDIA_LINKS", MediaLinks)


def public_base(request: web.Request, public_url: str, host: str) -> str:
    """What links begin with: `public_url` where it is set. Otherwise the name that the request called us by, as long as
    it is one nobody can have pointed here by a trick: an address in digits, localhost, or `host` itself; anything else
    gets the address of the socket that took the request."""
    if public_url:
        return public_url
    called = HOST_PATTERN.fullmatch(request.host or "")
    if called is not None and _is_safe_name(called["name"].strip("[]"), host):
        return f"{request.scheme}://{request.host}"
    socket = request.transport.get_extra_info("sockname") if request.transport is not None else None
    if not isinstance(socket, tuple):  # a unix socket behind a proxy, without PUBLIC_URL: nothing better is known
        return f"{request.scheme}://localhost"
    name = f"[{socket[0]}]" if ":" in socket[0] else socket[0]
    return f"{request.scheme}://{name}:{socket[1]}"


def _is_safe_name(name: str, host: str) -> bool:
    if name.lower() in ("localhost", host.lower()):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
