"""The measuring client: sends a clip's undecoded packets and times what comes back, all on one monotonic clock.

Latency is the arrival of the first annotation about a frame minus the moment at which the frame's last packet was sent.
Frames are matched by RTP timestamp, read from the packets as they leave.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

import aiohttp
import av
import orjson
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from benchmarks.clips import Clip
from benchmarks.impaired_link import ImpairedLink

__all__ = ["ClipTrack", "LiveClient", "Received"]

CLOCK_RATE = 90_000  # Hz: RTP's clock for video
RTP_MARKER = 0x80
RTCP_TYPES = range(192, 224)  # RFC 5761, section 4
LOOK_INTO_EVERY = 15  # messages; parsing all would cost the machine that is measured
MAX_UNANSWERED = 1000  # frames; the server answers only some of them


class ClipTrack(MediaStreamTrack):
    """Plays a clip's packets at its rate, over and over, or `frames` of them."""

    kind = "video"

    def __init__(self, clip: Clip, frames: int | None = None, start_at: int = 0) -> None:
        super().__init__()
        self._clip = clip
        self._frames = frames
        self._number = 0
        self._offset = start_at
        self._started: float | None = None
        self.sent_frames = 0

    async def recv(self) -> "av.Packet[Any]":
        """The next packet, when its time has come."""
        if self.readyState != "live" or (self._frames is not None and self._number >= self._frames):
            self.stop()
            raise MediaStreamError
        if self._started is None:
            self._started = time.monotonic()
        await self._until(self._started + self._number / self._clip.fps)
        packet = av.Packet(self._clip.packets[self._number % len(self._clip.packets)])
        packet.pts = self._number * CLOCK_RATE // self._clip.fps
        packet.time_base = Fraction(1, CLOCK_RATE)
        self._number += 1
        self.sent_frames = self._number
        return packet

    def obey(self, budget: Mapping[str, Any]) -> None:
        """A `budget` message has come. This track sends what it sends."""

    @staticmethod
    async def _until(moment: float) -> None:
        delay = moment - time.monotonic()
        if delay > 0:
            await asyncio.sleep(delay)


@dataclass(frozen=True, slots=True)
class Received:
    """An annotation as it came: at (s, monotonic), its JSON text."""

    at: float
    text: str

    @property
    def message(self) -> dict[str, Any]:
        value: dict[str, Any] = orjson.loads(self.text)
        return value


@dataclass
class LiveClient:
    """A session with a server: `async with LiveClient(url, track) as client`. Keeps all annotations and control
    messages; on_annotation, where given, is called with each instead and only latencies are kept."""

    url: str
    track: MediaStreamTrack | None
    token: str | None = None
    resume: str | None = None  # the resume token of another client's session
    control_channel: bool = True
    codec: str = "video/VP8"
    configuration: RTCConfiguration = field(default_factory=lambda: RTCConfiguration(iceServers=[]))
    annotations: list[Received] = field(default_factory=list)
    control: list[dict[str, Any]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    inspection_ages: list[float] = field(default_factory=list)  # s, from one message in LOOK_INTO_EVERY
    sent_at: dict[int, float] = field(default_factory=dict)
    frames_sent: int = 0
    keep: bool = True
    moves: bool = False  # ask for `moves` between whole annotations, as the page does
    link: ImpairedLink | None = None  # a bad network to go through; entered and left by whoever made it
    session_id: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    offered_at: float = 0.0
    first_annotation_s: float = 0.0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: int = 0
    _whole: Received | None = None

    async def __aenter__(self) -> Self:
        self.pc = RTCPeerConnection(self.configuration)
        self.results = self.pc.createDataChannel("annotations", ordered=False, maxRetransmits=0)
        self.results.on("message", self._on_annotation)
        self.channel: RTCDataChannel | None = None
        if self.control_channel:
            self.channel = self.pc.createDataChannel("control")
            self.channel.on("message", self._on_control)
        self.pc.on("connectionstatechange", self._on_state)
        try:
            await self._connect()
        except BaseException:
            await self.pc.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.pc.close()

    async def _connect(self) -> None:
        if self.track is not None:
            sender = self.pc.addTrack(self.track)
            capabilities = RTCRtpSender.getCapabilities("video").codecs
            self.pc.getTransceivers()[0].setCodecPreferences(
                [one for one in capabilities if one.mimeType == self.codec]
            )
            self._time_packets(sender.transport)
        self.offered_at = time.monotonic()
        await self.pc.setLocalDescription(await self.pc.createOffer())
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sdp = self.pc.localDescription.sdp
        offer = {"sdp": sdp if self.link is None else self.link.offer(sdp), "type": "offer"}
        if self.resume is not None:
            offer["resume"] = self.resume
        async with (
            aiohttp.ClientSession(self.url, headers=headers) as http,
            http.post("/offer", json=offer) as response,
        ):
            answer = await response.json()
            if response.status >= 300:
                raise ConnectionRefusedError(f"{response.status} {answer.get('code')}")
        self.answer = answer
        self.session_id = answer["session_id"]
        sdp = answer["sdp"] if self.link is None else await self.link.answer(answer["sdp"])
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))

    async def next_annotations(self, count: int = 1, timeout_s: float = 20.0) -> list[Received]:
        """Wait for that many more annotations and return them."""
        start = len(self.annotations)
        async with asyncio.timeout(timeout_s):
            while len(self.annotations) < start + count:
                self.arrived.clear()
                await self.arrived.wait()
        return self.annotations[start : start + count]

    async def next_control(self, kind: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """The first control message of that type, which is taken out of `control`."""
        async with asyncio.timeout(timeout_s):
            while True:
                for message in self.control:
                    if message["type"] == kind:
                        self.control.remove(message)
                        return message
                self.arrived.clear()
                await self.arrived.wait()

    def send(self, message: dict[str, Any] | str | bytes) -> None:
        """Say something on `control`."""
        assert self.channel is not None
        self.channel.send(orjson.dumps(message).decode() if isinstance(message, dict) else message)

    def vanish(self) -> None:
        """From now on nothing leaves this client, as when its process is killed or its cable pulled."""

        async def into_nothing(data: bytes) -> None:
            return None

        transport = self.pc.getTransceivers()[0].sender.transport.transport  # bundled: all share it
        self._send_datagram = transport._send
        transport._send = into_nothing

    def come_back(self) -> None:
        """Undo vanish()."""
        self.pc.getTransceivers()[0].sender.transport.transport._send = self._send_datagram

    def _time_packets(self, transport: Any) -> None:
        send = transport._send_rtp

        async def send_and_note(data: bytes) -> None:
            await send(data)
            if data[1] & RTP_MARKER and data[1] not in RTCP_TYPES:
                self.frames_sent += 1
                if len(self.sent_at) > MAX_UNANSWERED:
                    del self.sent_at[next(iter(self.sent_at))]
                self.sent_at[int.from_bytes(data[4:8], "big")] = time.monotonic()

        transport._send_rtp = send_and_note

    def _on_annotation(self, text: str) -> None:
        now = time.monotonic()
        if not self.first_annotation_s:
            self.first_annotation_s = now - self.offered_at
        received = Received(now, text)
        sent = self.sent_at.pop(_rtp_timestamp(text), None)
        if sent is not None:
            self.latencies.append(now - sent)
        if '"type":"annotations"' in text[:40]:
            self._whole = received
        self._heard += 1
        if self._heard % LOOK_INTO_EVERY == 0:
            self._note_inspection_age(received.message)
        if self.keep:
            self.annotations.append(received)
        self.arrived.set()

    def _note_inspection_age(self, message: dict[str, Any]) -> None:
        """How old what is shown is: of a whole result, or of the one that moves are about."""
        if self._whole is None:
            return
        whole = self._whole.message
        # a condition that the last inspection could not judge keeps its age: the freshest tells when that was
        ages = [one["age_ms"] for one in whole["conditions"].values() if "age_ms" in one]
        since_ms = message["received_ms"] - whole["received_ms"]
        self.inspection_ages += [(min(ages) + since_ms) / 1e3] if ages else []

    def _on_control(self, text: str) -> None:
        message = orjson.loads(text)
        if message["type"] == "hello" and self.moves:
            self.send({"v": 1, "type": "configure", "moves": True})
        if message["type"] == "budget" and isinstance(self.track, ClipTrack):
            self.track.obey(message)
        self.control.append(message)
        self.arrived.set()

    def _on_state(self) -> None:
        if self.pc.connectionState in ("closed", "failed"):
            self.closed.set()


def _rtp_timestamp(text: str) -> int:
    """Without parsing the whole message: the client must stay cheap."""
    start = text.index('"rtp_timestamp":') + len('"rtp_timestamp":')
    return int(text[start : text.index(",", start)])
