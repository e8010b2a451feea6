"""What a peer has begun to say and not finished is counted."""

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import DataChunk, InboundStream

from signaling.unfinished import unfinished_message_bytes


async def test_fragments_without_an_end_are_counted() -> None:
    """Fails when an update of aiortc changes where it keeps them."""
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        assert unfinished_message_bytes(pc) == 0
        pc.createDataChannel("control")
        assert pc.sctp is not None
        stream = pc.sctp._inbound_streams.setdefault(1, InboundStream())
        chunk = DataChunk()
        chunk.user_data = b"x" * 100
        stream.add_chunk(chunk)
        assert unfinished_message_bytes(pc) == 100
    finally:
        await pc.close()
