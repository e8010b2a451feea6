"""The way a connection took is known once it is connected."""

import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection

from signaling.selected_pair import selected_pair


async def test_two_peers_on_one_machine_meet_directly() -> None:
    """Fails when an update of aiortc changes where it keeps the pair."""
    one, other = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    try:
        assert selected_pair(one) is None
        channel = one.createDataChannel("control")
        assert selected_pair(one) is None
        opened = asyncio.Event()
        channel.on("open", opened.set)
        await one.setLocalDescription(await one.createOffer())
        await other.setRemoteDescription(one.localDescription)
        await other.setLocalDescription(await other.createAnswer())
        await one.setRemoteDescription(other.localDescription)
        await asyncio.wait_for(opened.wait(), 20)
        pair = selected_pair(one)
        assert pair is not None
        assert pair.local == "host"
        assert pair.remote in ("host", "prflx")
    finally:
        await one.close()
        await other.close()
