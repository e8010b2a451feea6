"""A session's captures: from the wish for a report to the `report` message.

    capture, or steady for 0.8 s ──> taking ──> uploading ──> analysing ──> done
                                       └──────────────────────────┴───────> failed

`taking` and `uploading` are there for clients that send a still of their own; without one the video's best frames are
analysed, as a burst. One capture at a time. What is being analysed is the desk's and goes on when the session ends.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from media_pipeline.best_frame import BestFrames, Snapshot
from media_pipeline.live import LiveResult
from media_pipeline.steadiness import STEADY_S
from signaling import messages
from signaling.capture_advice import nothing_good
from signaling.capture_desk import CaptureDesk, CaptureFailed, CaptureJob, CaptureOwner
from signaling.capture_ledger import CaptureLedger
from signaling.captured import CapturedBurst, CapturedStill
from signaling.errors import CaptureRefused
from signaling.still_by_rest import StillByRest
from signaling.still_receiver import StillReceiver
from signaling.still_upload import StillRefused
from signaling.visitor import Visitor

__all__ = ["SessionCaptures"]

TAKING_TIMEOUT_S: Final = 20.0  # a phone's camera takes a second or two; a slow network the rest
ANALYSIS_TIMEOUT_S: Final = 120.0  # a full line of waiting stills takes a minute


@dataclass(slots=True, eq=False)
class _Current:
    """The capture under way. snapshots: the video's frames, while they may still be needed."""

    capture_id: str
    auto: bool
    state: messages.CaptureState
    snapshots: tuple[Snapshot, ...] = ()
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)


class SessionCaptures:
    """frames: where the best of the last second are found; send says something on `control`, if it can. All but watch()
    is for the event loop alone."""

    def __init__(self, desk: CaptureDesk, owner: CaptureOwner, frames: BestFrames, send: Callable[[str], bool]) -> None:
        self._desk = desk
        self._owner = owner
        self._frames = frames
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._receiver = StillReceiver(desk, self._still_refused)
        self._current: _Current | None = None
        self._ledger = CaptureLedger()
        self._armed_at: float | None = None
        self._stills = False
        self._closed = False

    def login_is(self, login_id: str | None) -> None:
        """The client has come again, with a token of that login."""
        self._owner = replace(self._owner, visitor=Visitor(self._owner.visitor.user_id, login_id))

    # --- what the client says -----------------------------------------------------------------------------------------

    def configure(self, message: messages.Configure) -> None:
        """auto_capture true arms the automatic capture (again), false takes that back."""
        if message.stills is not None:
            self._stills = message.stills
        if message.auto_capture is not None:
            self._armed_at = time.monotonic() if message.auto_capture else None

    def capture(self, message: messages.Capture) -> None:
        """Make a report, or say again what became of it."""
        current = self._current_of(message.capture_id)
        if current is None:
            self._begin(message.capture_id or secrets.token_urlsafe(12), message.still, auto=False)
        elif current.state == "taking" and message.still is False:
            self._use_frame(current)
        else:
            self._say(current)

    def still_begin(self, message: messages.StillBegin) -> None:
        """A still is going to come in pieces: for the capture that waits for it, or for a new one."""
        if self._said_before(message.capture_id):
            return
        current = self._current_of(message.capture_id)
        if current is not None and current.state == "analysing":
            self._say(current)
            return
        try:
            if current is None:
                current = self._admitted(message.capture_id, auto=False)
            self._receiver.begin(message.bytes, message.sha256)
        except CaptureRefused as refusal:
            if current is not None and current.state == "uploading":  # and now it has come to nothing
                self._failed(current, refusal.code, refusal.sentence)
            else:
                self._refuse(message.capture_id, refusal)
            return
        self._current = current
        self._stop_timer(current)
        current.state, current.snapshots = "uploading", ()
        self._say(current)

    def still_chunk(self, data: bytes) -> bool:
        """A binary message. False when none is due."""
        return self._receiver.add(data)

    def still_end(self, message: messages.StillEnd) -> None:
        """The still is there. A repeated end changes nothing."""
        if self._said_before(message.capture_id):
            return
        current = self._current_of(message.capture_id)
        if current is None or current.state == "taking":
            sentence = "There is no still of that id on its way: begin with still_begin."
            self._refuse(message.capture_id, CaptureRefused("no_such_still", sentence, 409))
        elif current.state == "uploading":
            picture = self._receiver.finish()
            if picture is not None:
                self._analyse(current, picture)
        else:
            self._say(current)

    # --- steady -------------------------------------------------------------------------------------------------------

    def watch(self, result: LiveResult) -> float | None:
        """Milliseconds of steadiness towards the automatic capture, None when it is not armed. On worker threads."""
        armed_at = self._armed_at
        if armed_at is None:
            return None
        # a camera that hangs holds stiller than anybody
        steady_s = 0.0 if result.frozen else max(0.0, min(result.steady_s, result.received_at - armed_at))
        if steady_s >= STEADY_S and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._capture_by_itself, armed_at)
        return min(steady_s, STEADY_S) * 1e3

    def _capture_by_itself(self, armed_at: float) -> None:
        if self._armed_at == armed_at and self._current is None and not self._closed:
            self._armed_at = None
            self._begin(secrets.token_urlsafe(12), None, auto=True)

    # --- a still by REST ----------------------------------------------------------------------------------------------

    def begin_by_rest(self, capture_id: str) -> StillByRest:
        """A still for this capture came by REST and is going to be analysed there. Raises CaptureRefused."""
        if self._ledger.report(capture_id) is not None:
            return StillByRest()
        current = self._current_of(capture_id)
        if current is None or current.state == "analysing":
            current = self._admitted(capture_id, auto=False)
        self._receiver.drop()
        self._stop_timer(current)
        self._current = current
        current.state, current.snapshots = "analysing", ()
        self._say(current)
        return StillByRest(partial(self._reported, current), partial(self._failed, current))

    # --- the end ------------------------------------------------------------------------------------------------------

    @property
    def under_way(self) -> bool:
        """Whether a capture was begun whose report is still to come."""
        return self._current is not None

    def close(self) -> None:
        """The session is over: what is being analysed goes on, everything else is dropped."""
        self._closed = True
        self._armed_at = None
        self._receiver.drop()
        if self._current is not None and self._current.state != "analysing":
            self._stop_timer(self._current)
            self._current = None

    # --- from state to state ------------------------------------------------------------------------------------------

    def _begin(self, capture_id: str, still: bool | None, *, auto: bool) -> None:
        if self._said_before(capture_id):
            return
        try:
            current = self._admitted(capture_id, auto=auto)
            current.snapshots = self._frames.burst(time.monotonic())
            if not current.snapshots:
                raise nothing_good(self._frames.issues)
        except CaptureRefused as refusal:
            self._refuse(capture_id, refusal, auto=auto)
            return
        self._current = current
        if self._stills if still is None else still:
            current.state = "taking"
            current.timer = self._loop.call_later(TAKING_TIMEOUT_S, self._use_frame, current)
            self._say(current)
        else:
            self._use_frame(current)

    def _admitted(self, capture_id: str, *, auto: bool) -> _Current:
        if self._current is not None:
            raise CaptureRefused("capture_busy", "A report is being made already: wait until it is done.", 409)
        self._ledger.count(self._loop.time())
        return _Current(capture_id, auto, "analysing")

    def _use_frame(self, current: _Current) -> None:
        snapshots, current.snapshots = current.snapshots, ()
        assert snapshots
        self._analyse(current, snapshots if self._desk.has_time else snapshots[:1])

    def _analyse(self, current: _Current, picture: CapturedStill | tuple[Snapshot, ...]) -> None:
        self._stop_timer(current)
        current.state = "analysing"
        self._say(current)
        self._desk.start(self._analysed(current, picture))

    async def _analysed(self, current: _Current, picture: CapturedStill | tuple[Snapshot, ...]) -> None:
        try:
            async with asyncio.timeout(ANALYSIS_TIMEOUT_S):
                fields = await self._desk.analyse(await self._job(current.capture_id, picture))
        except CaptureFailed as failure:
            self._failed(current, failure.code, str(failure), failure.details)
        except TimeoutError:
            self._failed(current, "capture_timeout", "The analysis took too long: try again in a moment.")
        except BaseException:
            self._failed(current, "internal_error", "Something went wrong on our side. It has been noted.")
            raise
        else:
            self._reported(current, fields)

    async def _job(self, capture_id: str, picture: CapturedStill | tuple[Snapshot, ...]) -> CaptureJob:
        if isinstance(picture, CapturedStill):
            return CaptureJob(picture, capture_id, self._owner, "still")
        return CaptureJob(await asyncio.to_thread(CapturedBurst, picture), capture_id, self._owner, "frame")

    def _reported(self, current: _Current, fields: Mapping[str, Any]) -> None:
        text = messages.report(current.capture_id, fields)
        self._ledger.note(current.capture_id, text)
        current.state = "done"
        self._current = None
        self._send(text)
        self._say(current)

    def _failed(self, current: _Current, code: str, sentence: str, details: Mapping[str, Any] | None = None) -> None:
        self._stop_timer(current)
        current.state = "failed"
        self._current = None
        self._send(messages.error(code, sentence, {**(details or {}), "capture_id": current.capture_id}))
        self._say(current, code)

    def _still_refused(self, refusal: StillRefused) -> None:
        if self._current is not None:
            self._failed(self._current, refusal.code, str(refusal))

    def _refuse(self, capture_id: str, refusal: CaptureRefused, *, auto: bool = False) -> None:
        self._send(messages.error(refusal.code, refusal.sentence, {**refusal.details, "capture_id": capture_id}))
        if self._current_of(capture_id) is None:
            self._send(messages.capture_state(capture_id, "failed", auto=auto, code=refusal.code))

    def _said_before(self, capture_id: str) -> bool:
        """Whether that capture has its report, which is then sent once more."""
        text = self._ledger.report(capture_id)
        if text is not None:
            self._send(text)
            self._send(messages.capture_state(capture_id, "done", auto=False))
        return text is not None

    def _current_of(self, capture_id: str | None) -> _Current | None:
        return self._current if self._current is not None and self._current.capture_id == capture_id else None

    def _say(self, current: _Current, code: str | None = None) -> None:
        self._send(messages.capture_state(current.capture_id, current.state, auto=current.auto, code=code))

    def _stop_timer(self, current: _Current) -> None:
        if current.timer is not None:
            current.timer.cancel()
            current.timer = None
