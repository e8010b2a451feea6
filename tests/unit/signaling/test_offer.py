"""Offers: every way to be wrong has its code, and a good one is answered with the bitrate hints."""

import asyncio
import re
from collections.abc import Callable

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from signaling.errors import BadOffer
from signaling.offer import MAX_SDP_BYTES, check_offer, with_bitrate_hints


async def offer(videos: int = 1, audios: int = 0, data: bool = True, direction: str = "sendonly") -> str:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        for _ in range(videos):
            pc.addTransceiver(VideoStreamTrack(), direction=direction)
        for _ in range(audios):
            pc.addTransceiver(AudioStreamTrack(), direction="sendonly")
        if data:
            pc.createDataChannel("annotations")
        await pc.setLocalDescription(await pc.createOffer())
        text: str = pc.localDescription.sdp
        return text
    finally:
        await pc.close()


def code_of(sdp: str) -> str:
    with pytest.raises(BadOffer) as caught:
        check_offer(sdp)
    assert 400 <= caught.value.status < 500
    assert str(caught.value)
    return caught.value.code


async def test_an_offer_with_video_audio_and_data_is_good() -> None:
    assert check_offer(await offer(audios=1)).type == "offer"


async def test_a_section_that_shares_anothers_transport_is_not_a_refused_one() -> None:
    sdp = await offer()
    refused = re.sub(r"m=application \d+", "m=application 0", sdp)
    assert code_of(refused) == "no_data_channel"
    assert check_offer(refused.rstrip("\r\n") + "\r\na=bundle-only\r\n").type == "offer"


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        ("", "empty_offer"),
        ("  \r\n", "empty_offer"),
        ("hello", "not_sdp"),
        ("v=0\r\nm=video", "not_sdp"),
        ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", "no_video"),
        ("v=0\r\n" + "a=x\r\n" * MAX_SDP_BYTES, "offer_too_large"),
    ],
)
def test_what_is_no_offer_is_refused(sdp: str, code: str) -> None:
    assert code_of(sdp) == code


async def test_an_offer_must_send_exactly_one_video() -> None:
    assert code_of(await offer(videos=0, audios=1)) == "no_video"
    assert code_of(await offer(videos=0)) == "no_video"
    assert code_of(await offer(videos=2)) == "several_videos"
    assert code_of(await offer(direction="recvonly")) == "no_video"


async def test_an_offer_must_open_a_data_channel() -> None:
    assert code_of(await offer(data=False)) == "no_data_channel"


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda sdp: sdp.replace(old, new)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (replaced("a=fingerprint", "a=x-fingerprint"), "no_fingerprint"),
        (replaced("a=ice-ufrag", "a=x-ufrag"), "no_ice_credentials"),
        (
            replaced("a=mid:0", "a=mid:0\r\n" + "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n" * 101),
            "too_many_candidates",
        ),
        (lambda sdp: sdp.replace("VP8/", "AV1/").replace("H264/", "AV1/"), "no_common_codec"),
        (lambda sdp: sdp + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\n" * 10, "too_many_media"),
    ],
)
async def test_what_webrtc_needs_must_be_there(change: Callable[[str], str], code: str) -> None:
    assert code_of(change(await offer())) == code


async def test_the_answer_hints_at_the_bitrate_for_every_video_codec_but_retransmission() -> None:
    server = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        await server.setRemoteDescription(check_offer(await offer()))
        await server.setLocalDescription(await server.createAnswer())
        hinted = with_bitrate_hints(server.localDescription.sdp, 2000, 3000)
    finally:
        await server.close()
        await asyncio.sleep(0)
    with_hint = [
        line for line in hinted.splitlines() if "x-google-start-bitrate=2000;x-google-max-bitrate=3000" in line
    ]
    assert len(with_hint) == 3  # VP8 and two profiles of H264
    assert not any("apt=" in line for line in with_hint)
    assert hinted.endswith("\r\n")
