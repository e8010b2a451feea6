"""Which address a request comes from, for limits per address."""

import ipaddress
from typing import Final

from aiohttp import web

__all__ = ["ClientAddresses"]

IPV6_PREFIX: Final = 64  # what one household gets: its addresses count as one
NOBODY: Final = "unknown"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ClientAddresses:
    """Reads addresses. trusted: addresses or networks of the proxies whose X-Forwarded-For is believed; what anybody
    else says there is ignored, since anybody can write it."""

    def __init__(self, trusted: tuple[str, ...] = ()) -> None:
        self._trusted: tuple[Network, ...] = tuple(ipaddress.ip_network(one, strict=False) for one in trusted)

    def of(self, request: web.Request) -> str:
        """The nearest address that is not a trusted proxy's; an IPv6 address stands for its /64."""
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        chain = [part.strip() for value in request.headers.getall("X-Forwarded-For", []) for part in value.split(",")]
        address = _parse(peer[0] if isinstance(peer, tuple) else "")
        while address is not None and chain and self._is_trusted(address):
            address = _parse(chain.pop())
        if address is None:
            return NOBODY
        if address.version == 6:
            return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
        return str(address)

    def _is_trusted(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]").split("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
