"""A restart of ICE (RFC 8445, section 2.4) under a peer connection that goes on: another path, the same DTLS and media.

aiortc 1.16 has none. This adapter makes a second ICE connection with credentials of its own beside the first, has what
arrives on either go to DTLS, and puts the second in the first one's place once it has a path; until then, and if it
finds none, the first one stays. It uses private members of aiortc and aioice;
`tests/unit/signaling/test_ice_restart.py` fails when they change.
"""

import asyncio
from typing import Any

from aioice.ice import Connection
from aiortc import RTCConfiguration, RTCIceCandidate, RTCPeerConnection
from aiortc.rtcicetransport import candidate_to_aioice, connection_kwargs

from signaling.local_ice import LocalIce

__all__ = ["CannotRestart", "IceRestart"]

CONNECT_S = 15.0  # as long as an offer may take


class CannotRestart(Exception):
    """ICE has no path yet, or the media are not bundled on one."""


class IceRestart:
    """prepare(), tell the other side ufrag, password and candidates, add() its candidates, finish(). abandon() undoes
    what is not finished. Raises CannotRestart. Only on the event loop."""

    def __init__(self, pc: RTCPeerConnection, configuration: RTCConfiguration, *, controlling: bool = False) -> None:
        transports = [one for one in pc._RTCPeerConnection__iceTransports if one.state != "closed"]  # type: ignore[attr-defined]
        if len(transports) != 1 or transports[0].state != "completed":
            raise CannotRestart
        self._transport: Any = transports[0]
        self._old: Connection = self._transport._connection
        self._new = Connection(ice_controlling=controlling, **connection_kwargs(configuration.iceServers or []))
        self._new._queue = self._old._queue
        self._ended = False
        self._swapped = False

    @property
    def ufrag(self) -> str:
        return self._new.local_username

    @property
    def password(self) -> str:
        return self._new.local_password

    @property
    def candidates(self) -> list[str]:
        """This side's candidates as values of the SDP attribute."""
        return [candidate.to_sdp() for candidate in self._new.local_candidates]

    async def prepare(self, local_ice: LocalIce) -> None:
        """Gather candidates. Raises ServerFull where no UDP port is left."""
        await local_ice.gather(self._new)

    async def add(self, candidate: RTCIceCandidate | None) -> None:
        """A candidate of the other side; None: no more come."""
        if not self._ended:
            self._ended = candidate is None
            await self._new.add_remote_candidate(None if candidate is None else candidate_to_aioice(candidate))

    async def finish(self, ufrag: str, password: str) -> bool:
        """Find a path with the other side's new credentials and use it. False when there is none, or the old connection
        has ended meanwhile."""
        self._new.remote_username, self._new.remote_password = ufrag, password
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._new.connect()
        except (ConnectionError, TimeoutError):
            await self.abandon()
            return False
        if self._transport.state != "completed":
            await self.abandon()
            return False
        await self._swap()
        return True

    async def abandon(self) -> None:
        """Close the second connection, unless it is in use."""
        if not self._swapped:
            self._swapped = True
            self._new._queue = asyncio.Queue()  # closing says so on the queue, which DTLS goes on reading
            await self._new.close()

    async def _swap(self) -> None:
        transport = self._transport
        monitor: asyncio.Task[None] = transport._RTCIceTransport__monitor_task
        monitor.cancel()
        transport._connection = transport.iceGatherer._connection = self._new
        transport._recv, transport._send = self._new.recv, self._new.send
        transport._RTCIceTransport__monitor_task = asyncio.ensure_future(transport._monitor())
        self._swapped = True
        self._old._queue = asyncio.Queue()
        await asyncio.gather(self._old.close(), monitor, return_exceptions=True)
