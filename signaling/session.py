"""One live session: a peer connection, its two data channels, its analysis, and the task that owns them all."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from media_pipeline.face_models import ModelPool
from media_pipeline.inspection import Inspector
from media_pipeline.live import LiveAnalyser, LiveOptions, LiveResult
from media_pipeline.scheduler import Scheduler
from media_pipeline.types import Condition
from media_pipeline.video_decoder import VideoTooLarge
from signaling import messages
from signaling.annotations import Landmarks, to_message
from signaling.channel import ResultChannel
from signaling.control import ControlChannel
from signaling.message_rate import MessageRate
from signaling.offer import with_bitrate_hints
from signaling.unfinished import unfinished_message_bytes
from signaling.video_receiver import VideoReceiver, silence

__all__ = ["LiveSession", "SessionFigures", "SessionLimits", "SessionParts"]

logger = logging.getLogger(__name__)

BYE_GRACE_S = 0.1
CLOSE_TIMEOUT_S = 5.0
MAX_UNFINISHED_BYTES = 512 * 1024  # aiortc stops reading at 1 MiB, and a message beyond that would never be whole
MAX_VIDEO = (1920, 1080)  # px; larger pictures are not decoded
USEFUL_VIDEO = (1280, 720, 30, 2500)  # width, height, fps, kbit/s: more shows no more skin at arm's length


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Seconds: without a connection after the answer, without a video frame, in all."""

    connect_s: float = 15.0
    idle_s: float = 30.0
    total_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What all sessions share."""

    scheduler: Scheduler
    inspector: Inspector
    models: ModelPool
    configuration: RTCConfiguration
    limits: SessionLimits
    preset: str = "moderate"
    inspect_interval_s: float = 0.5


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """Live figures of a session. Frames since the start; results skipped because the client did not keep up."""

    session_id: str
    user_id: str | None
    age_s: float
    state: str
    frames_received: int
    frames_analysed: int
    frames_dropped: int
    results_sent: int
    results_skipped: int


class LiveSession:
    """Made for an offer; answer() it, then run() until the session has ended. end() asks it to."""

    def __init__(self, parts: SessionParts, user_id: str | None = None) -> None:
        self.id = secrets.token_urlsafe(16)
        self.user_id = user_id
        self._parts = parts
        self._loop = asyncio.get_running_loop()
        self._started_at = time.monotonic()
        self._last_frame_at = self._started_at
        self._connected = False
        self._ending = asyncio.Event()
        self._reason = "closed"
        self._retry_after_ms: int | None = None
        self._pc = RTCPeerConnection(parts.configuration)
        self._control = ControlChannel(self._on_message, flood=lambda: self.end("flood"))
        self._results = ResultChannel()
        self._receiver: VideoReceiver | None = None
        self._landmarks: Landmarks = "none"
        self._seq = 0
        self._analysed = 0
        self._too_large: VideoTooLarge | None = None
        self._analyser = LiveAnalyser(
            parts.scheduler,
            parts.inspector,
            parts.models,
            publish=self._publish,
            refuse=self._refuse,
            want_keyframe=self._want_keyframe,
            preset=parts.preset,
            inspect_interval_s=parts.inspect_interval_s,
        )
        self._pc.on("track", self._on_track)
        self._pc.on("datachannel", self._on_datachannel)
        self._pc.on("connectionstatechange", self._on_state)

    # --- life ---------------------------------------------------------------------------------------------------------

    async def answer(self, offer: RTCSessionDescription) -> RTCSessionDescription:
        """The answer to an offer that offer.check_offer has passed. Once."""
        await self._pc.setRemoteDescription(offer)
        await self._pc.setLocalDescription(await self._pc.createAnswer())
        local = self._pc.localDescription
        return RTCSessionDescription(sdp=with_bitrate_hints(local.sdp), type=local.type)

    async def run(self) -> None:
        """Wait for the end, then undo everything. Cancelling it ends the session too."""
        try:
            while not self._ending.is_set():
                reason = self._overdue()
                if reason is not None:
                    self.end(reason)
                    break
                try:
                    async with asyncio.timeout(1.0):
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
    def figures(self) -> SessionFigures:
        mailbox = self._analyser.mailbox.statistics
        return SessionFigures(
            session_id=self.id,
            user_id=self.user_id,
            age_s=time.monotonic() - self._started_at,
            state=str(self._pc.connectionState),
            frames_received=mailbox.received,
            frames_analysed=self._analysed,
            frames_dropped=max(0, mailbox.received - self._analysed - mailbox.waiting),
            results_sent=self._results.sent,
            results_skipped=self._results.skipped,
        )

    def _overdue(self) -> str | None:
        now = time.monotonic()
        limits = self._parts.limits
        if not self._connected and now - self._started_at > limits.connect_s:
            return "connect_timeout"
        if now - self._started_at > limits.total_s:
            return "session_too_long"
        if self._connected and now - self._last_frame_at > limits.idle_s:
            return "idle"
        if unfinished_message_bytes(self._pc) > MAX_UNFINISHED_BYTES:
            return "message_too_large"
        return None

    async def _close(self) -> None:
        await self._say_bye()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._pc.close()
        except TimeoutError:
            logger.warning("session %s: the connection did not close in time", self.id)
        await asyncio.to_thread(self._analyser.close)
        self._pc.remove_all_listeners()
        logger.info("session %s ended: %s", self.id, self._reason)

    async def _say_bye(self) -> None:
        if not self._control.open or self._pc.connectionState != "connected":
            return
        self._control.send(messages.bye(self._reason, self._retry_after_ms))
        # SCTP sends in tasks of its own, and its acknowledgement cannot be awaited: give the datagram time to leave
        # before DTLS closes
        await asyncio.sleep(BYE_GRACE_S)

    # --- the peer connection's events ---------------------------------------------------------------------------------

    def _on_track(self, track: MediaStreamTrack) -> None:
        for transceiver in self._pc.getTransceivers():
            if transceiver.receiver.track is not track:
                continue
            if track.kind == "video" and self._receiver is None:
                self._receiver = VideoReceiver(
                    transceiver.receiver,
                    on_frame=self._on_frame,
                    on_loss=self._analyser.mailbox.break_chain,
                    on_end=self._on_video_end,
                )
            else:
                silence(transceiver.receiver)

    def _on_frame(self, frame: Any) -> bool:
        self._last_frame_at = frame.received_at
        taken = self._analyser.mailbox.put(frame)
        if taken:
            self._analyser.frame_arrived()
        return taken

    def _on_video_end(self) -> None:
        # a camera that is switched off may come back on the same session; silence beyond the idle limit ends it
        logger.debug("session %s: the video ended", self.id)

    def _on_datachannel(self, channel: RTCDataChannel) -> None:
        if channel.label == "annotations":
            self._results.attach(channel)
        elif channel.label == "control" and self._control.attach(channel):
            self._control.send(messages.hello(self.id, self._offered_conditions(), self._hello_limits()))
            self._control.send(messages.budget(*USEFUL_VIDEO))
            self._say_too_large()

    def _on_state(self) -> None:
        state = self._pc.connectionState
        if state == "connected" and not self._connected:
            self._connected = True
            self._last_frame_at = time.monotonic()
            logger.info("session %s connected", self.id)
        elif state in ("failed", "closed"):
            self.end("connection_lost" if state == "failed" else "peer_closed")

    # --- control ------------------------------------------------------------------------------------------------------

    def _on_message(self, message: messages.ClientMessage) -> None:
        match message:
            case messages.Ping():
                self._control.send(messages.pong(message.t))
            case messages.Configure():
                self._configure(message)
            case messages.Capture():
                self._control.send(messages.error("capture_unavailable", "This server does not make reports yet."))

    def _configure(self, message: messages.Configure) -> None:
        options = self._analyser.options
        if message.landmarks is not None:
            self._landmarks = message.landmarks
        self._analyser.options = LiveOptions(
            conditions=options.conditions if message.conditions is None else message.conditions,
            max_fps=options.max_fps if message.max_fps is None else message.max_fps,
            outlines=self._landmarks != "none",
        )

    def _offered_conditions(self) -> list[Condition]:
        return self._parts.inspector.conditions

    def _hello_limits(self) -> dict[str, float]:
        return {
            "width": MAX_VIDEO[0],
            "height": MAX_VIDEO[1],
            "fps": 60,
            "message_bytes": messages.MAX_MESSAGE_BYTES,
            "messages_per_s": MessageRate.PER_SECOND,
            "session_ms": self._parts.limits.total_s * 1e3,
            "idle_ms": self._parts.limits.idle_s * 1e3,
        }

    # --- called on worker threads -------------------------------------------------------------------------------------

    def _publish(self, result: LiveResult) -> None:
        mailbox = self._analyser.mailbox.statistics
        self._analysed = result.analysed
        text = to_message(
            result,
            seq=self._seq,
            received=mailbox.received,
            dropped=max(0, mailbox.received - result.analysed - mailbox.waiting),
            landmarks=self._landmarks,
        )
        self._seq += 1
        self._call(self._results.send_latest, text)

    def _refuse(self, error: VideoTooLarge) -> None:
        self._call(self._tell_too_large, error)

    def _want_keyframe(self) -> None:
        if self._receiver is not None:
            self._receiver.want_keyframe()

    def _call(self, function: Callable[..., object], *args: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)

    def _tell_too_large(self, error: VideoTooLarge) -> None:
        """Once for each size that is too large, and again to a control channel that opens later."""
        said = self._too_large
        if said is None or (said.width, said.height) != (error.width, error.height):
            self._too_large = error
            self._say_too_large()

    def _say_too_large(self) -> None:
        if self._too_large is not None:
            sentence = f"{self._too_large} pixels; at most {MAX_VIDEO[0]}x{MAX_VIDEO[1]} are analysed."
            self._control.send(messages.error("video_too_large", sentence[0].upper() + sentence[1:]))
            self._control.send(messages.budget(*USEFUL_VIDEO))
