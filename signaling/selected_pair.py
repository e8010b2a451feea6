"""Which way a connection took: the kinds of both ends' candidates, so that it can be seen how much goes through TURN.

aiortc 1.16 has no public word for it. `tests/unit/signaling/test_selected_pair.py` fails when these private members
change.
"""

from dataclasses import dataclass

from aiortc import RTCPeerConnection

__all__ = ["SelectedPair", "selected_pair"]


@dataclass(frozen=True, slots=True)
class SelectedPair:
    """Candidate types (host, srflx, prflx, relay) of this server's and of the client's end."""

    local: str
    remote: str


def selected_pair(pc: RTCPeerConnection) -> SelectedPair | None:
    """The pair in use; None before there is one."""
    if pc.sctp is None:
        return None
    pair = pc.sctp.transport.transport._connection._nominated.get(1)
    return None if pair is None else SelectedPair(pair.local_candidate.type, pair.remote_candidate.type)
