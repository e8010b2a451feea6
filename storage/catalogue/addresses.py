"""Addresses of products: which are taken, and the id that follows from one."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from storage.identifiers import digest

__all__ = ["URL_MAX", "product_id", "read_url"]

URL_MAX: Final = 2048
UNFIT: Final = re.compile(r'[\s<>"\\^`{|}]')
TRACKING: Final = re.compile(r"utm_\w+|fbclid|gclid|srsltid|ref|_pos|_sid|_ss", re.I)


def read_url(text: str) -> str:
    """The address without blanks around it. Raises ValueError with what is wrong with it: only http and https, with a
    host and without a password, are taken."""
    url = text.strip()
    if not url:
        raise ValueError("there is no url")
    if len(url) > URL_MAX:
        raise ValueError(f"the url is longer than {URL_MAX} characters")
    if not url.isprintable() or UNFIT.search(url):
        raise ValueError("the url holds characters that no url has")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the url cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("the url is not http or https")
    if not host or parts.username is not None or parts.password is not None:
        raise ValueError("the url names no host, or a password")
    return parts.scheme + url[len(parts.scheme) :]


def product_id(url: str) -> str:
    """32 hexadecimal digits, the same for every spelling of one address: scheme, case of the host, default port, a
    trailing slash, fragment and tracking parameters do not count."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    query = [(name, value) for name, value in parse_qsl(parts.query) if not TRACKING.fullmatch(name)]
    return digest("product", f"{host}{port}", parts.path.rstrip("/"), urlencode(sorted(query)))[:32]
