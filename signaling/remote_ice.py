"""The other side of a session's ICE: whose candidates count, how many and how often, and the tag that names it."""

import asyncio
import secrets
import time
from collections.abc import Callable

from aiortc import RTCConfiguration, RTCIceCandidate, RTCPeerConnection
from aiortc.sdp import SessionDescription

from signaling.candidates import MAX_CANDIDATES
from signaling.errors import BadOffer, TooManyRequests
from signaling.ice_restart import CannotRestart, IceRestart
from signaling.local_ice import LocalIce
from signaling.message_rate import MessageRate
from signaling.trickle import Trickle, fragment

__all__ = ["RemoteIce"]

RESTART_INTERVAL_S = 1.0  # each takes sockets; who changes networks more often has none


class RemoteIce:
    """begin() with the offer, then add() what is trickled, or restart(); close() at the end. Only on the event loop."""

    def __init__(
        self, pc: RTCPeerConnection, local_ice: LocalIce, configuration: Callable[[], RTCConfiguration]
    ) -> None:
        self._pc = pc
        self._local_ice = local_ice
        self._configuration = configuration
        self._restart: IceRestart | None = None
        self._restarting: asyncio.Task[bool] | None = None
        self._restarted_at = float("-inf")
        self._rate = MessageRate()
        self._used = 0
        self._left_out = 0
        self._mids: list[str] = []
        self._bundle: list[str] = []
        self._ended: set[str] = set()
        self.ufrag = ""
        self.entity_tag = f'"{secrets.token_urlsafe(9)}"'

    def begin(self, sdp: str, left_out: int) -> None:
        """Take what an offer says of its ICE. sdp: the offer as it was applied; left_out: candidates taken out of it
        before."""
        description = SessionDescription.parse(sdp)
        self._mids = [media.rtp.muxId for media in description.media]
        bundles = [group.items for group in description.group if group.semantic == "BUNDLE"]
        self._bundle = [str(mid) for mid in bundles[0]] if bundles else []
        self._used = sum(len(media.ice_candidates) for media in description.media)
        self._left_out = left_out
        fragments = [media.ice.usernameFragment for media in description.media if media.port != 0 and media.ice]
        self.ufrag = next(filter(None, fragments), "")

    async def add(self, trickle: Trickle) -> None:
        """Try these candidates too. Late ones of another ICE session are ignored (RFC 8838, section 13). Raises
        BadOffer 422 when there are too many, TooManyRequests."""
        if self._rate.count(time.monotonic()) != "ok":
            raise TooManyRequests(1)
        if trickle.ufrag is not None and trickle.ufrag != self.ufrag:
            return
        if self._used + self._left_out + len(trickle.candidates) + trickle.left_out > MAX_CANDIDATES:
            raise BadOffer("too_many_candidates", "The session has too many candidates.", limit=MAX_CANDIDATES)
        await self._try(trickle)

    async def restart(self, trickle: Trickle) -> str:
        """Begin anew with the client's new credentials, and candidates if there are any: this side's answer as a
        fragment. What there is stays in use until the new has a path, and if it finds none. Raises BadOffer 422 where
        there is nothing to restart, TooManyRequests, ServerFull."""
        now = time.monotonic()
        if now - self._restarted_at < RESTART_INTERVAL_S:
            raise TooManyRequests(1)
        assert trickle.ufrag is not None
        assert trickle.password is not None
        try:
            restart = IceRestart(self._pc, self._configuration())
        except CannotRestart:
            raise BadOffer("ice_restart_unsupported", "ICE cannot be restarted now; it goes on as it is.") from None
        self._restarted_at = now
        await self.close()
        try:
            await restart.prepare(self._local_ice)
        except BaseException:
            await restart.abandon()
            raise
        self._restart = restart
        self.ufrag, self.entity_tag = trickle.ufrag, f'"{secrets.token_urlsafe(9)}"'
        self._used, self._left_out, self._ended = 0, 0, set()
        await self._try(trickle)
        finishing = restart.finish(trickle.ufrag, trickle.password)
        self._restarting = asyncio.create_task(finishing, name="ice-restart")
        return fragment(restart.ufrag, restart.password, self._transport(self._mids[0]), restart.candidates)

    async def close(self) -> None:
        """End a restart that is under way."""
        if self._restarting is not None and self._restart is not None:
            self._restarting.cancel()
            await asyncio.gather(self._restarting, return_exceptions=True)
            await self._restart.abandon()
            self._restarting = None

    async def _try(self, trickle: Trickle) -> None:
        add = self._pc.addIceCandidate if self._restart is None else self._restart.add
        self._used += len(trickle.candidates)
        self._left_out += trickle.left_out
        for candidate in trickle.candidates:
            candidate.sdpMid, candidate.sdpMLineIndex = self._transport(self._mid(candidate)), None
            await add(candidate)
        self._ended |= {self._transport(mid) for mid in (self._mids if trickle.ended is None else trickle.ended)}
        # ICE may give up before the session's own time limit only when all is known: who left addresses out, or told
        # none, may still come from one
        all_told = self._ended >= {self._transport(mid) for mid in self._mids}
        if all_told and self._used and not self._left_out:
            await add(None)

    def _mid(self, candidate: RTCIceCandidate) -> str:
        index = candidate.sdpMLineIndex
        if candidate.sdpMid is not None or index is None or index >= len(self._mids):
            return candidate.sdpMid or ""
        return self._mids[index]

    def _transport(self, mid: str) -> str:
        """The media section whose transport a section uses: in a bundle, the first one's (RFC 9143, section 7.2)."""
        return self._bundle[0] if mid in self._bundle else mid
