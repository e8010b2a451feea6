"""The adapter: encoded frames come out of a real aiortc receiver at once, with the sender's time stamps, and no thread
of aiortc's stays. These tests fail when an update of aiortc changes the members that the adapter replaces."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver
from aiortc.mediastreams import AudioStreamTrack

from benchmarks.clips import encode, moving_portrait, portrait
from benchmarks.live_client import ClipTrack
from media_pipeline.mailbox import EncodedFrame
from signaling.video_receiver import KEYFRAME_REQUEST_INTERVAL_S, VideoReceiver, silence


@asynccontextmanager
async def connected(sender: RTCPeerConnection, receiver: RTCPeerConnection) -> AsyncIterator[None]:
    await sender.setLocalDescription(await sender.createOffer())
    await receiver.setRemoteDescription(sender.localDescription)
    await receiver.setLocalDescription(await receiver.createAnswer())
    await sender.setRemoteDescription(receiver.localDescription)
    try:
        yield
    finally:
        await sender.close()
        await receiver.close()


async def no_decoder_thread_stays() -> None:
    for thread in threading.enumerate():
        if "decoder" in thread.name:
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()


def peer() -> RTCPeerConnection:
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


async def test_every_frame_comes_once_whole_in_order_and_no_decoder_thread_stays() -> None:
    clip = encode(moving_portrait(portrait(), 320, 240, 20))
    sender, receiver = peer(), peer()
    frames: list[EncodedFrame] = []
    enough, ended = asyncio.Event(), asyncio.Event()

    def take(frame: EncodedFrame) -> bool:
        frames.append(frame)
        if len(frames) == len(clip.packets):
            enough.set()
        return True

    sender.addTrack(ClipTrack(clip, frames=len(clip.packets)))

    def on_track(track: object) -> None:
        VideoReceiver(receiver.getReceivers()[0], take, lambda: None, ended.set)

    receiver.on("track", on_track)
    async with connected(sender, receiver), asyncio.timeout(20):
        await enough.wait()
        await no_decoder_thread_stays()
    assert [frame.data for frame in frames] == clip.packets
    assert [frame.keyframe for frame in frames] == [True] + [False] * 19
    steps = {(b.rtp_timestamp - a.rtp_timestamp) % 2**32 for a, b in zip(frames, frames[1:], strict=False)}
    assert steps == {3000}
    assert ended.is_set()


async def test_audio_is_silenced_without_a_thread() -> None:
    sender, receiver = peer(), peer()
    sender.addTransceiver(AudioStreamTrack(), direction="sendonly")
    receiver.on("track", lambda track: silence(receiver.getReceivers()[0]))
    open_ = asyncio.Event()
    sender.createDataChannel("anything").on("open", open_.set)  # opens after the receivers have been started
    async with connected(sender, receiver), asyncio.timeout(20):
        await open_.wait()
        await no_decoder_thread_stays()


async def test_key_frames_are_asked_for_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    pc = peer()
    try:
        receiver: RTCRtpReceiver = pc.addTransceiver("video").receiver
        adapter = VideoReceiver(receiver, lambda frame: True, lambda: None, lambda: None)
        wanted = receiver._RTCRtpReceiver__decoder_error  # type: ignore[attr-defined]
        now = 100.0
        monkeypatch.setattr("signaling.video_receiver.time.monotonic", lambda: now)
        adapter.want_keyframe()
        assert wanted.is_set()
        wanted.clear()
        adapter.want_keyframe()
        assert not wanted.is_set()
        now += KEYFRAME_REQUEST_INTERVAL_S + 0.01
        adapter.want_keyframe()
        assert wanted.is_set()
    finally:
        await pc.close()
