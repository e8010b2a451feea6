"""What has arrived at a peer is known without its program's help."""

import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection

from signaling.acknowledged import acknowledged


async def test_it_moves_when_a_message_has_arrived() -> None:
    """Fails when an update of aiortc changes where it keeps the number."""
    one, other = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    try:
        assert acknowledged(one) is None
        channel = one.createDataChannel("control")
        opened = asyncio.Event()
        channel.on("open", opened.set)
        await one.setLocalDescription(await one.createOffer())
        await other.setRemoteDescription(one.localDescription)
        await other.setLocalDescription(await other.createAnswer())
        await one.setRemoteDescription(other.localDescription)
        await asyncio.wait_for(opened.wait(), 10)
        before = acknowledged(one)
        channel.send("x")
        for _ in range(500):
            if acknowledged(one) != before:
                break
            await asyncio.sleep(0.01)
        assert acknowledged(one) != before
    finally:
        await one.close()
        await other.close()
