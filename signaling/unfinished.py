"""How much of messages that are not whole yet a peer has made this server keep.

aiortc 1.16 puts data channel messages together in memory up to its receive window of 1 MiB, whatever message size was
agreed, and says nothing of it. `tests/unit/signaling/test_unfinished.py` fails when these private members change.
"""

from aiortc import RTCPeerConnection

__all__ = ["unfinished_message_bytes"]


def unfinished_message_bytes(pc: RTCPeerConnection) -> int:
    """Bytes held for messages of all of the connection's data channels whose end has not come."""
    if pc.sctp is None:
        return 0
    return sum(len(chunk.user_data) for stream in pc.sctp._inbound_streams.values() for chunk in stream.reassembly)
