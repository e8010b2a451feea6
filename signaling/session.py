"""One live session: its analysis, what its client asked for, and the peer connection that serves it at the moment.

The session is what lasts. When the network changes, a new peer takes over: the old one stays until the new one's first
frame is here, and findings, settings and counts go on. Without any peer that is heard, the session waits a while for
the next.

    connecting -> live <-> lost -> ended
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCSessionDescription

from media_pipeline.live import LiveAnalyser, LiveOptions, LiveResult
from media_pipeline.mailbox import EncodedFrame
from media_pipeline.video_decoder import VideoTooLarge
from signaling import messages
from signaling.capture import SessionCaptures
from signaling.capture_desk import CaptureOwner
from signaling.message_rate import MessageRate
from signaling.peer import Peer
from signaling.remote_ice import RemoteIce
from signaling.resume import ResumeClaim
from signaling.selected_pair import selected_pair
from signaling.session_figures import SessionFigures, SessionState
from signaling.session_parts import SessionParts
from signaling.session_peers import SessionPeers
from signaling.session_results import SessionResults
from signaling.trickle import Trickle
from signaling.visitor import Visitor

__all__ = ["LiveSession"]

logger = logging.getLogger(__name__)

TICK_S = 0.5
FRESH_START_MS = 1000  # after trouble in the analysis: a new session has new state, and may not meet it again
BEAT_S = 1.0  # between the server's pings
MAX_VIDEO = (1920, 1080)  # px; larger pictures are not decoded


class LiveSession:
    """answer() an offer, then run() until the session has ended; answer() more to have it taken over. end() asks it to
    end. The owner of its peers (PeerOwner)."""

    def __init__(
        self,
        parts: SessionParts,
        session_id: str,
        visitor: Visitor,
        *,
        address: str = "",
        base_url: str = "",
    ) -> None:
        """session_id: hard to guess; address: where its offer came from; base_url: what the addresses in its reports
        begin with."""
        self.id = session_id
        self.user_id = visitor.user_id
        self.address = address
        self._parts = parts
        self._loop = asyncio.get_running_loop()
        self._started_at = time.monotonic()
        self._last_frame_at = self._started_at
        self._beaten_at = self._started_at
        self._lost_at: float | None = None
        self._ever_connected = False
        self._ending = asyncio.Event()
        self._reason = "closed"
        self._retry_after_ms: int | None = None
        self._peers = SessionPeers(session_id)
        self._answering = asyncio.Lock()
        self._takeovers = 0
        self._taken_over_at = float("-inf")
        self._token_made_at = self._started_at
        self._results = SessionResults()
        self._too_large: VideoTooLarge | None = None
        self._analyser = LiveAnalyser(
            parts.scheduler,
            parts.inspections,
            parts.models,
            publish=self._publish,
            refuse=self._refuse,
            want_keyframe=self._want_keyframe,
            preset=parts.preset,
        )
        self._budget = parts.budgets.at(self._started_at)
        self._analyser.pace_fps = self._budget.pace_fps
        owner = CaptureOwner(self.id, visitor, base_url)
        self.captures = SessionCaptures(parts.captures, owner, self._analyser.best_frames, self._peers.say)

    # --- life ---------------------------------------------------------------------------------------------------------

    async def answer(self, offer: RTCSessionDescription) -> RTCSessionDescription:
        """The answer to an offer that offer.check_offer has passed: the first, or of one that will take over."""
        async with self._answering:
            peer = Peer(self._parts.configuration, self._parts.local_ice, self)
            self._peers.add(peer)
            try:
                return await peer.answer(offer)
            except BaseException:
                if peer is self._peers.upcoming:
                    self._peers.drop_upcoming()
                raise

    async def run(self) -> None:
        """Wait for the end, then undo everything. Cancelling it ends the session too."""
        try:
            while not self._ending.is_set():
                self._look_after(time.monotonic())
                try:
                    async with asyncio.timeout(TICK_S):
                        await self._ending.wait()
                except TimeoutError:
                    continue
        finally:
            await self._close()

    def end(self, reason: str, retry_after_ms: int | None = None) -> None:
        """Say bye and close; run() returns when that is done. The first reason counts."""
        if not self._ending.is_set():
            self._reason, self._retry_after_ms = reason, retry_after_ms
            self._ending.set()

    @property
    def ice(self) -> RemoteIce:
        """The client's side of ICE on the newest connection. Raises NoSuchSession when there is none any more."""
        return self._peers.ice()

    async def trickle(self, candidates: Trickle) -> None:
        """Try more candidates on the connection they belong to. Raises as RemoteIce.add() does, and NoSuchSession."""
        await self._peers.ice(candidates.ufrag).add(candidates)

    @property
    def end_reason(self) -> str:
        """Why it has ended, once it has."""
        return self._reason

    @property
    def state(self) -> SessionState:
        if self._ending.is_set():
            return "ended"
        if self._lost_at is not None:
            return "lost"
        return "live" if self._ever_connected else "connecting"

    @property
    def lost_since(self) -> float | None:
        """Since when nobody has been heard, seconds, monotonic; None while somebody is."""
        return self._lost_at

    @property
    def figures(self) -> SessionFigures:
        mailbox = self._analyser.mailbox.statistics
        return SessionFigures(
            session_id=self.id,
            user_id=self.user_id,
            age_s=time.monotonic() - self._started_at,
            state=self.state,
            frames_received=mailbox.received,
            frames_analysed=self._results.analysed,
            frames_dropped=mailbox.not_analysed(self._results.analysed),
            results_sent=self._results.channel.sent,
            results_skipped=self._results.channel.skipped,
            takeovers=self._takeovers,
        )

    def _look_after(self, now: float) -> None:
        """What is due by the clock."""
        if (trouble := self._analyser.trouble) is not None:
            self.end(trouble, FRESH_START_MS)
            return
        if (reason := self._overdue(now)) is not None:
            self.end(reason)
            return
        if now - self._beaten_at >= BEAT_S:
            self._beaten_at = now
            for peer in self._peers:
                peer.beat(now)
        self._keep_budget(now)
        if self._peers.serving is not None and self._peers.serving.seems_dead(now):
            self._lose("no sign of life")
        upcoming = self._peers.upcoming
        if upcoming is not None:
            waited_enough = now - upcoming.made_at > self._parts.limits.connect_s
            if upcoming.connected and (self._without_client or waited_enough):
                self._hand_over(now)
            elif waited_enough:
                self._peers.drop_upcoming()
        if now - self._token_made_at > self._parts.resume.lifetime_s / 3 and self._peers.serving is not None:
            self._token_made_at = now
            self._peers.say(messages.resume(**self.resume_offer()))

    def _keep_budget(self, now: float) -> None:
        """Ask the client for as much as the server can use now, and analyse no more than that."""
        budget = self._parts.budgets.at(now)
        if budget != self._budget:
            self._budget = budget
            self._analyser.pace_fps = budget.pace_fps
            for peer in self._peers:
                peer.control.send(self._budget_message())

    def _budget_message(self) -> str:
        budget = self._budget
        return messages.budget(budget.width, budget.height, budget.fps, budget.kbps)

    def _overdue(self, now: float) -> str | None:
        limits = self._parts.limits
        if not self._ever_connected and now - self._started_at > limits.connect_s:
            self._parts.tally.ice_settled("unanswered")
            return "connect_timeout"
        if now - self._started_at > limits.total_s:
            return "session_too_long"
        if self._lost_at is not None:
            return "connection_lost" if now - self._lost_at > limits.grace_s else None
        if self._ever_connected and now - self._last_frame_at > limits.idle_s:
            return "idle"
        if any(peer.too_much_unfinished for peer in self._peers):
            return "message_too_large"
        return None

    async def _close(self) -> None:
        self._ending.set()
        self.captures.close()
        await self._peers.close(messages.bye(self._reason, self._retry_after_ms))
        await asyncio.to_thread(self._analyser.close)
        logger.info("the session has ended: %s", self._reason)

    # --- taking over --------------------------------------------------------------------------------------------------

    def may_resume(self, claim: ResumeClaim) -> bool:
        """Whether a token that belongs to this session has not been used. The answer to an offer that is still on its
        way to take over carries a token already, and both are good until it has."""
        return claim.takeovers in (self._takeovers, self._takeovers + 1)

    def resume_offer(self, *, after_takeover: bool = False) -> dict[str, Any]:
        """What a client needs to take the session over: token and expires_in_ms. after_takeover: for the connection
        that is about to take over."""
        claim = ResumeClaim(self.id, self.user_id, self._takeovers + after_takeover)
        tokens = self._parts.resume
        return {"token": tokens.make(claim), "expires_in_ms": round(tokens.lifetime_s * 1e3)}

    def _hand_over(self, now: float) -> None:
        """From now on (seconds, monotonic) the next peer is the one."""
        peer = self._peers.hand_over(messages.bye("replaced"))
        self._takeovers += 1
        self._ever_connected = True
        self._taken_over_at = self._last_frame_at = now
        self._found(now)
        self._analyser.mailbox.break_chain()
        self._analyser.excuse_gap(now)
        self._results.channel.attach(peer.annotations)
        logger.info("the session was taken over by another connection")

    @property
    def _without_client(self) -> bool:
        """Whether the peer that should serve is not heard, or never was."""
        return self._lost_at is not None or not self._ever_connected

    def _lose(self, why: str) -> None:
        if self._lost_at is None and self._ever_connected:
            self._lost_at = time.monotonic()
            logger.info("the session has lost its client: %s", why)

    def _found(self, now: float) -> None:
        if self._lost_at is not None:
            self._lost_at = None
            self._analyser.excuse_gap(now)
            logger.info("the session hears its client again")

    # --- PeerOwner ----------------------------------------------------------------------------------------------------

    def peer_connected(self, peer: Peer) -> None:
        self._parts.tally.ice_settled("connected", selected_pair(peer.pc))
        if peer is self._peers.serving:
            self._ever_connected = True
            self._last_frame_at = time.monotonic()
            logger.info("the session is connected")
        elif peer is self._peers.upcoming and self._without_client:
            self._hand_over(time.monotonic())

    def peer_opened_annotations(self, peer: Peer) -> None:
        if peer is self._peers.serving:
            self._results.channel.attach(peer.annotations)

    def peer_opened_control(self, peer: Peer) -> None:
        peer.control.send(
            messages.hello(
                self.id,
                self._parts.inspections.conditions,
                self._hello_limits(),
                resumed=peer is self._peers.upcoming or self._takeovers > 0,
                resume=self.resume_offer(after_takeover=peer is self._peers.upcoming),
            )
        )
        peer.control.send(self._budget_message())
        self._say_too_large(peer)

    def peer_sent_frame(self, peer: Peer, frame: EncodedFrame) -> bool:
        if peer is self._peers.upcoming and frame.keyframe:
            self._hand_over(frame.received_at)
        if peer is not self._peers.serving:
            return peer is not self._peers.upcoming  # its first key frame is what the hand-over waits for
        self._found(frame.received_at)
        self._last_frame_at = frame.received_at
        taken = self._analyser.mailbox.put(frame)
        if taken:
            self._analyser.frame_arrived()
        return taken

    def peer_lost_packets(self, peer: Peer) -> None:
        if peer is self._peers.serving:
            self._analyser.mailbox.break_chain()

    def peer_said(self, peer: Peer, message: messages.ClientMessage) -> None:
        if peer is self._peers.serving:
            self._found(time.monotonic())
        match message:
            case messages.Ping():
                peer.control.send(messages.pong(message.t))
            case messages.Configure():
                self._configure(message)
            case messages.Capture():
                self.captures.capture(message)
            case messages.StillBegin():
                self.captures.still_begin(message)
            case messages.StillEnd():
                self.captures.still_end(message)

    def peer_sent_binary(self, peer: Peer, data: bytes) -> bool:
        return self.captures.still_chunk(data)

    def peer_ended(self, peer: Peer, reason: str) -> None:
        if reason == "connection_lost":
            self._parts.tally.ice_settled("lost" if peer.connected else "failed")
        if peer is self._peers.upcoming:
            self._peers.drop_upcoming()
        elif peer is self._peers.serving:
            another_comes = self._peers.upcoming is not None and reason in ("connection_lost", "peer_closed")
            if another_comes or (reason == "connection_lost" and self._ever_connected):
                self._lose(reason)
            else:
                self.end(reason)

    # --- control ------------------------------------------------------------------------------------------------------

    def _configure(self, message: messages.Configure) -> None:
        options = self._analyser.options
        self._results.configure(message)
        self._analyser.options = LiveOptions(
            conditions=options.conditions if message.conditions is None else message.conditions,
            max_fps=options.max_fps if message.max_fps is None else message.max_fps,
            outlines=self._results.outlines,
        )
        self.captures.configure(message)

    def _hello_limits(self) -> dict[str, float]:
        return {
            "width": MAX_VIDEO[0],
            "height": MAX_VIDEO[1],
            "fps": 60,
            "message_bytes": messages.MAX_MESSAGE_BYTES,
            "messages_per_s": MessageRate.PER_SECOND,
            "session_ms": self._parts.limits.total_s * 1e3,
            "idle_ms": self._parts.limits.idle_s * 1e3,
            "still_bytes": self._parts.captures.upload_max_bytes,
        }

    # --- called on worker threads -------------------------------------------------------------------------------------

    def _publish(self, result: LiveResult) -> None:
        self._results.analysed = result.analysed
        self._parts.saw_result(result)
        if result.received_at >= self._taken_over_at:  # else its timestamp belongs to the connection before
            self._results.send(result, self._analyser.mailbox.statistics, self.captures.watch(result))

    def _refuse(self, error: VideoTooLarge) -> None:
        self._call(self._tell_too_large, error)

    def _want_keyframe(self) -> None:
        peer = self._peers.serving
        if peer is not None:
            peer.want_keyframe()

    def _call(self, function: Callable[..., object], *args: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)

    def _tell_too_large(self, error: VideoTooLarge) -> None:
        """Once for each size that is too large, and again to a control channel that opens later."""
        said = self._too_large
        if said is None or (said.width, said.height) != (error.width, error.height):
            self._too_large = error
            if self._peers.serving is not None:
                self._say_too_large(self._peers.serving)

    def _say_too_large(self, peer: Peer) -> None:
        if self._too_large is not None:
            sentence = f"{self._too_large} pixels; at most {MAX_VIDEO[0]}x{MAX_VIDEO[1]} are analysed."
            peer.control.send(messages.error("video_too_large", sentence[0].upper() + sentence[1:]))
            peer.control.send(self._budget_message())
