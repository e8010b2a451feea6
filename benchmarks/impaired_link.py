"""A bad network between two peers on one machine: a UDP relay that loses, delays, jitters and holds up datagrams, both
ways.

It stands in for netem, which not every kernel has and which needs rights: the offer loses its candidates and the
answer's point at the relay, so all of the peers' datagrams pass through it. Jitter reorders, as on real networks.
"""

import asyncio
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

__all__ = ["ImpairedLink", "Impairment"]

MAX_IN_FLIGHT = 20_000  # datagrams being delayed; a bad network drops too when its queues are full
QUEUE_S = 0.3  # what waits longer for a narrow link is dropped, as by a home router
_CANDIDATE = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host.*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Impairment:
    """loss: share of datagrams lost in each direction, 0-1; delay_s: one way; jitter_s: of the delay, uniform, to
    either side; rate_kbps: what passes in each direction, 0 for any amount. Datagrams wait for it, up to QUEUE_S."""

    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    rate_kbps: float = 0.0


class ImpairedLink:
    """`async with ImpairedLink(impairment) as link`, then link.offer(sdp) for what is sent to the server and
    await link.answer(sdp) for what came back. One peer on each side. impairment may be changed while it runs;
    black_hole swallows everything while it is set, and drop says which of the client's datagrams are lost besides."""

    def __init__(self, impairment: Impairment, seed: int = 0) -> None:
        self.impairment = impairment
        self.black_hole = False
        self.drop: Callable[[bytes], bool] = lambda data: False
        self.passed = 0
        self.lost = 0
        self._random = random.Random(seed)
        self._client: tuple[str, int] | None = None
        self._server: tuple[str, int] | None = None
        self._to_server: asyncio.DatagramTransport | None = None
        self._to_client: asyncio.DatagramTransport | None = None
        self._in_flight: set[asyncio.TimerHandle] = set()
        self._free_at: dict[asyncio.DatagramTransport, float] = {}  # when the link will have passed what waits for it

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # a goodbye that was sent arrives, late as it is
        await asyncio.sleep(self.impairment.delay_s + self.impairment.jitter_s)
        for handle in self._in_flight:
            handle.cancel()
        self._in_flight.clear()
        for transport in (self._to_client, self._to_server):
            if transport is not None:
                transport.close()

    @staticmethod
    def offer(sdp: str) -> str:
        """The offer without candidates, more of them to come: the server learns the client's address from what comes
        through the relay."""
        kept = (line for line in sdp.splitlines() if not line.startswith(("a=candidate:", "a=end-of-candidates")))
        return "\r\n".join(kept) + "\r\n"

    async def answer(self, sdp: str) -> str:
        """The answer with this relay in the place of the server's first host candidate, the others left out. Raises
        ValueError when there is none."""
        found = next((match for match in _CANDIDATE.finditer(sdp) if "." in match.group(1)), None)
        if found is None:
            raise ValueError("the answer has no IPv4 host candidate")
        host, port = found.group(1), int(found.group(2))
        self._server = (host, port)
        loop = asyncio.get_running_loop()
        self._to_client, _ = await loop.create_datagram_endpoint(lambda: _Side(self._from_client), local_addr=(host, 0))
        self._to_server, _ = await loop.create_datagram_endpoint(lambda: _Side(self._from_server), local_addr=(host, 0))
        own_port = self._to_client.get_extra_info("sockname")[1]
        lines = []
        for line in sdp.splitlines():
            if line.startswith("a=candidate:"):
                match = _CANDIDATE.match(line)
                if match is None or (match.group(1), int(match.group(2))) != self._server:
                    continue
                line = line.replace(f" {port} typ", f" {own_port} typ", 1)
            lines.append(line)
        return "\r\n".join(lines) + "\r\n"

    def _from_client(self, data: bytes, address: tuple[str, int]) -> None:
        self._client = address
        if self.drop(data):
            self.lost += 1
            return
        self._pass_on(self._to_server, data, self._server)

    def _from_server(self, data: bytes, address: tuple[str, int]) -> None:
        self._pass_on(self._to_client, data, self._client)

    def _pass_on(
        self, transport: asyncio.DatagramTransport | None, data: bytes, address: tuple[str, int] | None
    ) -> None:
        bad = self.impairment
        lost = self.black_hole or self._random.random() < bad.loss or len(self._in_flight) >= MAX_IN_FLIGHT
        waits = 0.0 if transport is None or lost else self._wait(transport, len(data))
        if transport is None or address is None or lost or waits > QUEUE_S:
            self.lost += 1
            return
        self.passed += 1
        delay = waits + bad.delay_s + self._random.uniform(-bad.jitter_s, bad.jitter_s)
        if delay <= 0:
            transport.sendto(data, address)
            return
        handle: asyncio.TimerHandle

        def send() -> None:
            self._in_flight.discard(handle)
            if not transport.is_closing():
                transport.sendto(data, address)

        handle = asyncio.get_running_loop().call_later(delay, send)
        self._in_flight.add(handle)

    def _wait(self, transport: asyncio.DatagramTransport, size: int) -> float:
        """How long a datagram of so many bytes takes to get through the narrow link, s; beyond QUEUE_S it does not."""
        if not self.impairment.rate_kbps:
            return 0.0
        now = time.monotonic()
        free_at = max(now, self._free_at.get(transport, now)) + size * 8 / (self.impairment.rate_kbps * 1e3)
        if free_at - now <= QUEUE_S:
            self._free_at[transport] = free_at
        return free_at - now


class _Side(asyncio.DatagramProtocol):
    """One of the relay's two sockets."""

    def __init__(self, take: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._take(data, addr)
