"""The remote side of ICE on a real peer connection: what is added, ignored, refused, and when the end is told."""

from collections.abc import AsyncIterator

import pytest
from aiortc import RTCConfiguration, RTCIceCandidate, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack

from signaling.candidates import MAX_CANDIDATES, read_candidate
from signaling.errors import BadOffer, TooManyRequests
from signaling.local_ice import LocalIce
from signaling.remote_ice import RemoteIce
from signaling.trickle import Trickle


def candidate(port: int = 5000, mid: str | None = "0", index: int | None = None) -> RTCIceCandidate:
    made = read_candidate(f"1 1 udp 1 192.0.2.1 {port} typ host")
    assert made is not None
    made.sdpMid, made.sdpMLineIndex = mid, index
    return made


class Answerer:
    """A peer connection with a candidate-free bundled offer of video (0) and data (1) applied."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.ice = RemoteIce(self.pc, LocalIce(), lambda: RTCConfiguration(iceServers=[]))

    async def begin(self, left_out: int = 0) -> None:
        client = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        client.addTransceiver(VideoStreamTrack(), direction="sendonly")
        client.createDataChannel("annotations")
        sdp = (await client.createOffer()).sdp  # not gathered: no candidates
        await client.close()
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        self.ice.begin(sdp, left_out)

    @property
    def connection(self) -> "object":
        return self.pc.getTransceivers()[0].receiver.transport.transport._connection

    @property
    def ports(self) -> list[int]:
        return [one.port for one in self.connection.remote_candidates]  # type: ignore[attr-defined]

    @property
    def ended(self) -> bool:
        return bool(self.connection._remote_candidates_end)  # type: ignore[attr-defined]


@pytest.fixture
async def answerer() -> AsyncIterator[Answerer]:
    made = Answerer()
    await made.begin()
    yield made
    await made.pc.close()


async def test_candidates_of_any_section_of_the_bundle_are_added(answerer: Answerer) -> None:
    await answerer.ice.add(Trickle((candidate(5000), candidate(5001, "1"), candidate(5002, None, 1))))
    assert answerer.ports == [5000, 5001, 5002]
    await answerer.ice.add(Trickle((candidate(5003, "7"), candidate(5004, None, 9))))
    assert answerer.ports == [5000, 5001, 5002]


async def test_those_of_another_ice_session_are_ignored(answerer: Answerer) -> None:
    await answerer.ice.add(Trickle((candidate(5000),), ufrag="late"))
    assert answerer.ports == []
    await answerer.ice.add(Trickle((candidate(5000),), ufrag=answerer.ice.ufrag))
    assert answerer.ports == [5000]


async def test_the_end_is_told_when_all_is_known(answerer: Answerer) -> None:
    await answerer.ice.add(Trickle((candidate(),)))
    assert not answerer.ended
    await answerer.ice.add(Trickle(ended=frozenset({"1"})))
    assert answerer.ended


async def test_the_end_is_not_told_when_there_is_no_candidate_or_one_was_left_out(answerer: Answerer) -> None:
    await answerer.ice.add(Trickle(ended=None))
    assert not answerer.ended
    await answerer.ice.add(Trickle((candidate(),), left_out=1, ended=None))
    assert not answerer.ended


async def test_what_the_offer_left_out_counts() -> None:
    answerer = Answerer()
    await answerer.begin(left_out=1)
    await answerer.ice.add(Trickle((candidate(),), ended=None))
    assert not answerer.ended
    await answerer.pc.close()


async def test_there_are_limits_to_number_and_rate(answerer: Answerer) -> None:
    await answerer.ice.add(Trickle(tuple(candidate(5000 + n) for n in range(MAX_CANDIDATES))))
    with pytest.raises(BadOffer, match="too many candidates"):
        await answerer.ice.add(Trickle((candidate(),)))
    with pytest.raises(TooManyRequests):
        for _ in range(100):
            await answerer.ice.add(Trickle())


async def test_what_has_no_path_yet_cannot_be_restarted(answerer: Answerer) -> None:
    before = answerer.ice.entity_tag, answerer.ice.ufrag
    with pytest.raises(BadOffer) as caught:
        await answerer.ice.restart(Trickle(ufrag="ysXw", password="vw5LmwG4y/e6dPP/zAP9Gp5k"))
    assert (caught.value.status, caught.value.code) == (422, "ice_restart_unsupported")
    assert (answerer.ice.entity_tag, answerer.ice.ufrag) == before
