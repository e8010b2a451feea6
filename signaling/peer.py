"""One peer connection of a session: its video receiver, its two data channels, and how it comes and goes.

A session outlives its peers: when the network changes, a new one takes over (signaling/session.py).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamTrack

from media_pipeline.mailbox import EncodedFrame
from signaling import messages
from signaling.acknowledged import acknowledged
from signaling.candidates import without_useless_candidates
from signaling.control import ControlChannel
from signaling.dtls import accept_rsa_peers
from signaling.errors import BadOffer
from signaling.local_ice import LocalIce, end_consent
from signaling.messages import ClientMessage
from signaling.offer import with_bitrate_hints
from signaling.remote_ice import RemoteIce
from signaling.sctp import allow_for_reordering
from signaling.unfinished import unfinished_message_bytes
from signaling.video_receiver import VideoReceiver, silence

__all__ = ["Peer", "PeerOwner"]

logger = logging.getLogger(__name__)

BYE_GRACE_S = 0.1
CLOSE_TIMEOUT_S = 5.0
DEAD_AFTER_S = 4.0  # looked at every half second, so that a dead peer is noticed within 5 s
MAX_UNFINISHED_BYTES = 512 * 1024  # aiortc stops reading at 1 MiB, and a message beyond that would never be whole


class PeerOwner(Protocol):
    """What a peer tells whoever made it. All on the event loop."""

    def peer_connected(self, peer: "Peer") -> None: ...

    def peer_opened_control(self, peer: "Peer") -> None: ...

    def peer_opened_annotations(self, peer: "Peer") -> None: ...

    def peer_sent_frame(self, peer: "Peer", frame: EncodedFrame) -> bool:
        """False when a key frame should be asked for."""

    def peer_lost_packets(self, peer: "Peer") -> None: ...

    def peer_said(self, peer: "Peer", message: ClientMessage) -> None: ...

    def peer_sent_binary(self, peer: "Peer", data: bytes) -> bool:
        """False when no binary message is due."""

    def peer_ended(self, peer: "Peer", reason: str) -> None:
        """It failed, was closed by the client, or did what is not served. Perhaps more than once."""


class Peer:
    """answer() once; close() at the end. Only on the event loop, but for want_keyframe()."""

    def __init__(self, configuration: Callable[[], RTCConfiguration], local_ice: LocalIce, owner: PeerOwner) -> None:
        self.pc = RTCPeerConnection(configuration())
        accept_rsa_peers(self.pc)
        self.ice = RemoteIce(self.pc, local_ice, configuration)
        self._local_ice = local_ice
        self.control = ControlChannel(
            self._on_message,
            flood=lambda: owner.peer_ended(self, "flood"),
            take_binary=self._on_binary,
        )
        self.annotations: RTCDataChannel | None = None
        self.made_at = time.monotonic()
        self.connected = False
        self._owner = owner
        self._receiver: VideoReceiver | None = None
        self._alive_at = self.made_at
        self._acknowledged: int | None = None
        self.pc.on("track", self._on_track)
        self.pc.on("datachannel", self._on_datachannel)
        self.pc.on("connectionstatechange", self._on_state)

    async def answer(self, offer: RTCSessionDescription) -> RTCSessionDescription:
        """The answer to an offer that offer.check_offer has passed. Once. Raises BadOffer for what only aiortc knows it
        cannot do, ServerFull where no UDP port is left."""
        sdp, left_out = without_useless_candidates(offer.sdp)
        try:
            await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type=offer.type))
            self._local_ice.apply(self.pc)
            allow_for_reordering(self.pc)
            await self.pc.setLocalDescription(await self.pc.createAnswer())
        except (InvalidAccessError, InvalidStateError, OperationError, ValueError) as error:
            raise BadOffer("unsupported_offer", f"The offer cannot be answered: {error}.") from error
        self.ice.begin(sdp, left_out)
        local = self.pc.localDescription
        return RTCSessionDescription(sdp=with_bitrate_hints(local.sdp), type=local.type)

    def beat(self, now: float) -> None:
        """Ask for a sign of life, and look for one in what was acknowledged. now: seconds, monotonic."""
        newest = acknowledged(self.pc)
        if newest != self._acknowledged:
            self._acknowledged = newest
            self._alive_at = now
        self.control.send(messages.ping(round(now * 1e3)))

    def seems_dead(self, now: float) -> bool:
        """Whether nothing has come for 5 s from a peer that could have been heard. Without a control channel only ICE's
        consent (RFC 7675) tells, after half a minute."""
        return self.connected and self.control.open and now - self._alive_at > DEAD_AFTER_S

    @property
    def too_much_unfinished(self) -> bool:
        """Whether it sends a message larger than any that is served."""
        return unfinished_message_bytes(self.pc) > MAX_UNFINISHED_BYTES

    def want_keyframe(self) -> None:
        """Ask the sender for a key frame. From any thread."""
        if self._receiver is not None:
            self._receiver.want_keyframe()

    async def close(self, bye: str | None = None) -> None:
        """Say bye, if given and there is somebody to hear it, and close."""
        if bye is not None and self.pc.connectionState == "connected" and self.control.send(bye):
            # SCTP sends in tasks of its own, and its acknowledgement cannot be awaited: give the datagram time to leave
            # before DTLS closes
            await asyncio.sleep(BYE_GRACE_S)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.ice.close()
                await self.pc.close()
        except TimeoutError:
            logger.warning("the connection did not close in time")
        end_consent(self.pc)
        self.pc.remove_all_listeners()

    # --- the peer connection's events ---------------------------------------------------------------------------------

    def _on_track(self, track: MediaStreamTrack) -> None:
        for transceiver in self.pc.getTransceivers():
            if transceiver.receiver.track is not track:
                continue
            if track.kind == "video" and self._receiver is None:
                self._receiver = VideoReceiver(
                    transceiver.receiver,
                    on_frame=self._on_frame,
                    on_loss=lambda: self._owner.peer_lost_packets(self),
                    on_end=self._on_video_end,
                )
            else:
                silence(transceiver.receiver)

    def _on_frame(self, frame: EncodedFrame) -> bool:
        self._alive_at = frame.received_at
        return self._owner.peer_sent_frame(self, frame)

    def _on_video_end(self) -> None:
        # a camera that is switched off may come back on the same session; silence beyond the idle limit ends it
        logger.debug("the video ended")

    def _on_datachannel(self, channel: RTCDataChannel) -> None:
        if channel.label == "annotations":
            self.annotations = channel
            self._owner.peer_opened_annotations(self)
        elif channel.label == "control" and self.control.attach(channel):
            self._alive_at = time.monotonic()
            self._owner.peer_opened_control(self)

    def _on_message(self, message: ClientMessage) -> None:
        self._alive_at = time.monotonic()
        self._owner.peer_said(self, message)

    def _on_binary(self, data: bytes) -> bool:
        self._alive_at = time.monotonic()
        return self._owner.peer_sent_binary(self, data)

    def _on_state(self) -> None:
        state = self.pc.connectionState
        if state == "connected" and not self.connected:
            self.connected = True
            self._alive_at = time.monotonic()
            self._owner.peer_connected(self)
        elif state in ("failed", "closed"):
            self._owner.peer_ended(self, "connection_lost" if state == "failed" else "peer_closed")
