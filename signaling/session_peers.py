"""The connections of one live session: the one that serves it, one that may take over, and those that are closing."""

import asyncio
from collections.abc import Iterator

from signaling.errors import NoSuchSession
from signaling.peer import Peer
from signaling.remote_ice import RemoteIce

__all__ = ["SessionPeers"]


class SessionPeers:
    """At most one of each. Every closing connection has its task here until it is closed."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._closing: set[asyncio.Task[None]] = set()
        self.serving: Peer | None = None
        self.upcoming: Peer | None = None

    def __iter__(self) -> Iterator[Peer]:
        """Those that are there, the serving one first."""
        return (peer for peer in (self.serving, self.upcoming) if peer is not None)

    def add(self, peer: Peer) -> None:
        """The first one serves; another will take over, instead of one that was about to."""
        if self.serving is None:
            self.serving = peer
        else:
            self.drop_upcoming()
            self.upcoming = peer

    def ice(self, ufrag: str | None = None) -> RemoteIce:
        """The client's side of ICE on the connection with that name, by default on the newest. Raises NoSuchSession
        when there is none any more."""
        if self.serving is not None and ufrag == self.serving.ice.ufrag:
            return self.serving.ice
        newest = self.upcoming or self.serving
        if newest is None:
            raise NoSuchSession
        return newest.ice

    def say(self, text: str) -> bool:
        """Send on the serving one's control channel. False when that was not possible."""
        return self.serving is not None and self.serving.control.send(text)

    def hand_over(self, bye: str) -> Peer:
        """The upcoming one serves from now on; the one before is told `bye` and closed."""
        old, self.serving, self.upcoming = self.serving, self.upcoming, None
        assert self.serving is not None
        if old is not None:
            self._retire(old, bye)
        return self.serving

    def drop_upcoming(self) -> None:
        """Close the one that was about to take over, if there is one."""
        peer, self.upcoming = self.upcoming, None
        if peer is not None:
            self._retire(peer)

    async def close(self, bye: str) -> None:
        """Close all, the serving one with `bye`, and wait until every one is closed."""
        self.drop_upcoming()
        peer, self.serving = self.serving, None
        if peer is not None:
            await peer.close(bye)
        if self._closing:
            await asyncio.wait(self._closing)

    def _retire(self, peer: Peer, bye: str | None = None) -> None:
        task = asyncio.create_task(peer.close(bye), name=f"peer-of-{self._session_id}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
