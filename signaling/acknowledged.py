"""How far a peer has acknowledged what was sent on its data channels: a sign of life that needs nothing of the client's
program, because its SCTP stack answers by itself.

aiortc 1.16 has no public word for it. `tests/unit/signaling/test_acknowledged.py` fails when this private member
changes.
"""

from aiortc import RTCPeerConnection

__all__ = ["acknowledged"]


def acknowledged(pc: RTCPeerConnection) -> int | None:
    """The last transmission sequence number (RFC 9260, section 3.3.4) that the peer acknowledged; None without data
    channels. It moves whenever something has arrived there."""
    return None if pc.sctp is None else int(pc.sctp._last_sacked_tsn)
