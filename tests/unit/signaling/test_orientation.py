"""Phones that are held sideways: nobody is promised that the server turns pictures, so senders turn them themselves."""

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import VideoStreamTrack

ORIENTATION = "urn:3gpp:video-orientation"  # 3GPP TS 26.114, section 7.4.5


async def test_the_video_orientation_extension_is_not_accepted() -> None:
    """libwebrtc then turns the pixels before it encodes them (RFC 7742, section 4)."""
    client, server = RTCPeerConnection(), RTCPeerConnection()
    try:
        client.addTrack(VideoStreamTrack())
        client.createDataChannel("annotations")
        await client.setLocalDescription(await client.createOffer())
        lines = client.localDescription.sdp.splitlines()
        at = next(number for number, line in enumerate(lines) if line.startswith("a=extmap:"))
        lines.insert(at, f"a=extmap:13 {ORIENTATION}")
        await server.setRemoteDescription(RTCSessionDescription("\r\n".join(lines) + "\r\n", "offer"))
        await server.setLocalDescription(await server.createAnswer())
        assert ORIENTATION not in server.localDescription.sdp
        assert "a=extmap:" in server.localDescription.sdp
    finally:
        await client.close()
        await server.close()
