"""ICE candidates of the other side: which of them this server tries, and which it leaves out.

Left out, silently as RFC 8838 and RFC 9725 (section 4.3.2) ask: what is not UDP, what is not the first component (RTP
and RTCP share it), and what is not an address. Names end in `.local` where a browser hides its address behind mDNS;
looking one up takes a second where nobody answers, for nothing: the browser's own checks come from the address behind
it, and ICE learns that as peer-reflexive (RFC 8445, section 7.3.1.3).
"""

import ipaddress
import re

from aiortc import RTCIceCandidate
from aiortc.sdp import candidate_from_sdp

__all__ = ["MAX_CANDIDATES", "BadCandidate", "read_candidate", "without_useless_candidates"]

MAX_CANDIDATES = 100  # of a session, the offer's included: a host with many interfaces has some twenty
KINDS = frozenset({"host", "srflx", "relay"})
LINE = re.compile(r"a=candidate:([^\r\n]*)\r?\n")
END_LINE = re.compile(r"a=end-of-candidates\r?\n")


class BadCandidate(ValueError):
    """Not a candidate at all."""


def read_candidate(text: str) -> RTCIceCandidate | None:
    """The candidate in the value of an `a=candidate:` attribute, None for one that is left out. Raises BadCandidate."""
    try:
        candidate = candidate_from_sdp(text)
    except (AssertionError, ValueError) as error:
        raise BadCandidate("not a candidate attribute") from error
    if not 0 <= candidate.port <= 65535:
        raise BadCandidate("not a port")
    return candidate if _usable(candidate) else None


def without_useless_candidates(sdp: str) -> tuple[str, int]:
    """The session description without the candidates that are left out, and how many those were. That no more come is
    kept only where there are some and none was left out: who hides its addresses may still reach this server."""
    left_out = 0

    def keep(line: re.Match[str]) -> str:
        nonlocal left_out
        try:
            if read_candidate(line[1]) is not None:
                return line[0]
        except BadCandidate:
            pass
        left_out += 1
        return ""

    kept = LINE.sub(keep, sdp)
    return (END_LINE.sub("", kept) if left_out or not LINE.search(kept) else kept), left_out


def _usable(candidate: RTCIceCandidate) -> bool:
    if candidate.component != 1 or candidate.protocol.lower() != "udp" or candidate.type not in KINDS:
        return False
    try:
        address = ipaddress.ip_address(candidate.ip)
    except ValueError:
        return False
    return candidate.port > 0 and not (address.is_multicast or address.is_unspecified)
