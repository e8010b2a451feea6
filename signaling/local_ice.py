"""Where this server can be reached: which of its addresses and UDP ports it offers, and as what they look from outside.

aioice 0.13 offers every address of the machine, at ports that the system chooses, and waits up to 5 s for a STUN or
TURN server that does not answer. This adapter stands in for its gathering. It uses private members of both libraries;
`tests/unit/signaling/test_local_ice.py` fails when they change.
"""

import asyncio
import copy
import functools
import ipaddress
import random
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import ifaddr
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import Connection, StunProtocol, server_reflexive_candidate
from aiortc import RTCPeerConnection

from signaling.errors import ServerFull
from signaling.stray_datagrams import keep_strays_away

__all__ = ["LocalIce", "end_consent"]

STUN_WAIT_S = 1.0  # a server near by answers in a tenth of that; the client waits for its answer meanwhile
STUN_REST_S = 60.0  # one that did not answer is not asked again for so long: every session would wait for it
TURN_WAIT_S = 2.5  # TCP, TLS and two requests
RECEIVE_BUFFER_BYTES = 256 * 1024  # half a second of video: the event loop is never away so long
RETRY_AFTER_S = 10

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class LocalIce:
    """Each interface rule is a name, which may hold * and ?, an address or a network. only: nothing but what one of
    these allows; never: nothing that one of these names. Without `only`, loopback is left out. ports: first and last
    UDP port; None: the system's choice. public_addresses: what outsiders reach this machine at, one of IPv4 and one of
    IPv6 at most, where NAT maps it one to one."""

    ports: tuple[int, int] | None = None
    public_addresses: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    _public: dict[int, str] = field(init=False, default_factory=dict)
    _silent_until: dict[tuple[str, int], float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._public.update({ipaddress.ip_address(one).version: one for one in self.public_addresses})

    def apply(self, pc: RTCPeerConnection) -> None:
        """Have the connection, whose remote description is set and whose local one is not, gather by these rules. Its
        setLocalDescription then raises ServerFull when no port is left."""
        for transport in pc._RTCPeerConnection__iceTransports:  # type: ignore[attr-defined]
            self._prepare(transport.iceGatherer._connection)

    async def gather(self, connection: Connection) -> None:
        """Gather by these rules for a connection that belongs to no peer connection yet. Raises ServerFull."""
        self._prepare(connection)
        await connection.gather_candidates()

    def addresses(self) -> list[str]:
        """The machine's addresses that are offered, without a scope."""
        return [str(address) for name, address in _interfaces() if self._offers(name, address)]

    def _prepare(self, connection: Connection) -> None:
        connection.get_component_candidates  # noqa: B018  an AttributeError where aioice has changed
        connection.get_component_candidates = functools.partial(self._gather, connection)  # type: ignore[method-assign]

    def _offers(self, name: str, address: Address) -> bool:
        if any(_fits(rule, name, address) for rule in self.never):
            return False
        return any(_fits(rule, name, address) for rule in self.only) if self.only else not address.is_loopback

    async def _gather(self, connection: Connection, component: int, addresses: list[str]) -> list[Candidate]:
        """Stands for Connection.get_component_candidates, but for the addresses, which it finds itself."""
        bound = [await self._bind(connection, address, component) for address in self.addresses()]
        protocols = [protocol for protocol in bound if protocol is not None]
        if bound and not protocols:
            raise ServerFull("media_ports", RETRY_AFTER_S)
        connection._protocols += protocols
        mapped = [self._from_outside(protocol.local_candidate) for protocol in protocols]
        reflexive, relayed = await asyncio.gather(
            self._reflexive(connection, protocols),
            # without an address it asks the TURN server alone
            Connection.get_component_candidates(connection, component, [], TURN_WAIT_S),  # type: ignore[arg-type]
        )
        keep_strays_away(connection)
        return mapped + reflexive + relayed

    async def _bind(self, connection: Connection, address: str, component: int) -> StunProtocol | None:
        loop = asyncio.get_running_loop()
        for port in self._ports():
            try:
                transport, protocol = await loop.create_datagram_endpoint(
                    lambda: StunProtocol(connection), local_addr=(address, port)
                )
            except OSError:
                continue
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
            protocol.local_candidate = Candidate(
                foundation=candidate_foundation("host", "udp", address),
                component=component,
                transport="udp",
                priority=candidate_priority(component, "host"),
                host=address,
                port=transport.get_extra_info("sockname")[1],
                type="host",
            )
            return protocol
        return None

    def _ports(self) -> Iterator[int]:
        """In the order of trying: from a random one on, so that sessions seldom try each other's."""
        if self.ports is None:
            yield 0
            return
        first, last = self.ports
        count = last - first + 1
        start = random.randrange(count)
        yield from (first + (start + step) % count for step in range(count))

    def _from_outside(self, candidate: Candidate) -> Candidate:
        """The candidate as it is told: with the public address in place of the machine's own."""
        public = self._public.get(ipaddress.ip_address(candidate.host).version)
        if public is None:
            return candidate
        told = copy.copy(candidate)
        told.host = public
        return told

    async def _reflexive(self, connection: Connection, protocols: list[StunProtocol]) -> list[Candidate]:
        server = connection.stun_server
        if server is None or self._public or time.monotonic() < self._silent_until.get(server, 0.0):
            return []
        asked = [
            asyncio.create_task(server_reflexive_candidate(protocol, server))
            for protocol in protocols
            if ipaddress.ip_address(protocol.local_candidate.host).version == 4
        ]
        if not asked:
            return []
        answered, silent = await asyncio.wait(asked, timeout=STUN_WAIT_S)
        for task in silent:
            task.cancel()
        if not answered:
            self._silent_until[server] = time.monotonic() + STUN_REST_S
        return [task.result()[0] for task in answered if task.exception() is None]


def end_consent(pc: RTCPeerConnection) -> None:
    """Stop asking a closed connection's peer for consent. aioice 0.13 begins to, for ever, where the connection was
    closed at the moment at which it came about."""
    for transport in pc._RTCPeerConnection__iceTransports:  # type: ignore[attr-defined]
        task = transport.iceGatherer._connection._query_consent_task
        if task is not None:
            task.cancel()


def _interfaces() -> Iterator[tuple[str, Address]]:
    """(interface, address) of the machine; link-local ones of IPv6 cannot be told to others."""
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):
                yield adapter.name, ipaddress.ip_address(ip.ip)
            elif ip.ip[2] == 0:
                yield adapter.name, ipaddress.ip_address(ip.ip[0])


def _fits(rule: str, name: str, address: Address) -> bool:
    try:
        return address in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return fnmatchcase(name, rule)
