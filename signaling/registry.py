"""All live sessions of this process: who may come in, who is here, and the end of them all."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from aiortc import RTCSessionDescription

from signaling.admission import STOPPING_RETRY_S, Admission, OfferRate, Present
from signaling.errors import NoSuchSession, ResumeRefused, ServerFull, SignallingError
from signaling.load import Load
from signaling.offer import check_offer
from signaling.session import LiveSession
from signaling.session_context import about_session
from signaling.session_figures import SessionFigures
from signaling.session_parts import SessionParts
from signaling.still_by_rest import StillByRest
from signaling.tally import Tally
from signaling.visitor import Visitor

__all__ = ["SessionRegistry"]

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 10.0
LAST_S = 1.0  # of a drain: for goodbyes after waiting for captures, and for undoing what was cancelled
COME_BACK_MS = 2000  # a restarted process is ready in three seconds, and clients come back spread by their back-off


class SessionRegistry:
    """Owns each session's task. Closing it ends all sessions. load: what is measured at the moment; offer_rate: None
    where offers are not counted."""

    def __init__(
        self,
        parts: SessionParts,
        admission: Admission,
        load: Callable[[], Load],
        offer_rate: OfferRate | None = None,
    ) -> None:
        self._parts = parts
        self._admission = admission
        self._load = load
        self._offer_rate = offer_rate
        self._sessions: dict[str, LiveSession] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    @property
    def figures(self) -> list[SessionFigures]:
        """Of every session."""
        return [session.figures for session in self._sessions.values()]

    def __len__(self) -> int:
        return len(self._sessions)

    async def open(
        self,
        sdp: str,
        visitor: Visitor,
        *,
        address: str = "",
        base_url: str = "",
        resume: str | None = None,
    ) -> tuple[LiveSession, str]:
        """Answer an offer: the session and the answer's SDP. address: where the offer comes from, for limits; base_url:
        how its client reaches this server, for the addresses in its reports; resume: the token of the session that this
        connection is to take over. Raises BadOffer, ServerFull, TooMany, ResumeRefused."""
        try:
            return await self._open(sdp, visitor, address, base_url, resume)
        except SignallingError as error:
            self.tally.refused[error.code] += 1
            raise

    @property
    def tally(self) -> Tally:
        """What has happened since the start of the process."""
        return self._parts.tally

    async def _open(
        self, sdp: str, visitor: Visitor, address: str, base_url: str, resume: str | None
    ) -> tuple[LiveSession, str]:
        if self._closing:
            raise ServerFull("stopping", STOPPING_RETRY_S)
        if self._offer_rate is not None:
            self._offer_rate.count(address, time.monotonic())
        offer = check_offer(sdp)
        if resume is not None:
            return await self._resume(offer, visitor, resume)
        self._admit(visitor.user_id, address)
        session_id = secrets.token_urlsafe(16)
        with about_session(session_id):
            session = LiveSession(self._parts, session_id, visitor, address=address, base_url=base_url)
            self._sessions[session.id] = session
            task = asyncio.create_task(session.run(), name="session")
            self._tasks[session.id] = task
            task.add_done_callback(lambda done: self._forget(session, done))
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    answer = await session.answer(offer)
            except BaseException:
                session.end("offer_failed")
                raise
        return session, answer.sdp

    async def _resume(self, offer: RTCSessionDescription, visitor: Visitor, token: str) -> tuple[LiveSession, str]:
        claim = self._parts.resume.read(token)
        if claim.user_id != visitor.user_id:
            raise ResumeRefused.not_yours()
        session = self._sessions.get(claim.session_id)
        if session is None or session.state == "ended":
            raise ResumeRefused.gone()
        if not session.may_resume(claim):
            raise ResumeRefused.used()
        session.captures.login_is(visitor.login_id)
        with about_session(session.id):
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                answer = await session.answer(offer)
        return session, answer.sdp

    def get(self, session_id: str, user_id: str | None) -> LiveSession:
        """The caller's own session. A guest's is known by its unguessable id alone. Raises NoSuchSession."""
        session = self._sessions.get(session_id)
        if session is None or (session.user_id is not None and session.user_id != user_id):
            raise NoSuchSession
        return session

    def still_by_rest(self, session_id: str, capture_id: str, user_id: str | None) -> StillByRest:
        """A still for a capture of the caller's own session came by REST. Raises NoSuchSession, CaptureRefused."""
        session = self._sessions.get(session_id)
        if session is None or session.user_id != user_id:
            raise NoSuchSession
        return session.captures.begin_by_rest(capture_id)

    async def emptied(self) -> None:
        """Wait until no session is left."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    @property
    def hung_threads(self) -> int:
        """Analysis threads that were given up and have not come back."""
        return self._parts.scheduler.statistics.hung

    @property
    def admitting(self) -> bool:
        """Whether sessions are taken at all."""
        return not self._closing

    def stop_admitting(self) -> None:
        """Take no more; those that are here go on."""
        self._closing = True

    async def close(self, timeout_s: float) -> None:
        """Take no more, end all, those with a capture under way after its report, and wait for them until the time is
        over; then cancel."""
        self.stop_admitting()
        over = time.monotonic() + timeout_s
        tasks = list(self._tasks.values())
        await asyncio.gather(*(_end_after_capture(one, over - LAST_S) for one in list(self._sessions.values())))
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=max(0.0, over - time.monotonic()))
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=LAST_S)
        await self._parts.captures.close(max(0.0, over - time.monotonic()))

    def _admit(self, user_id: str | None, address: str) -> None:
        present = [
            Present(session.id, session.user_id, session.address, session.lost_since)
            for session in self._sessions.values()
            if session.state != "ended"
        ]
        leaving = self._admission.decide(user_id, address, present, self._load())
        if leaving is not None:
            self._sessions[leaving].end("connection_lost")

    def _forget(self, session: LiveSession, task: asyncio.Task[None]) -> None:
        del self._sessions[session.id], self._tasks[session.id]
        self.tally.session_ended(session.end_reason, session.figures)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the session failed", exc_info=error)


async def _end_after_capture(session: LiveSession, latest: float) -> None:
    """Say goodbye when the report that is being made is there, at `latest` (seconds, monotonic) in any case."""
    while session.captures.under_way and session.state != "ended" and time.monotonic() < latest:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    session.end("server_stopping", retry_after_ms=COME_BACK_MS)
