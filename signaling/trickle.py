"""What a client trickles: its ICE candidates after the offer, as an SDP fragment (RFC 8840, WHIP) or as JSON."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from aiortc import RTCIceCandidate
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from signaling.candidates import BadCandidate, read_candidate
from signaling.errors import BadOffer

__all__ = ["Trickle", "TrickleBody", "fragment", "read_fragment", "read_json"]

MAX_LINES = 600  # a hundred candidates need less
UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")  # RFC 8839, section 5.4
PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
SECTION = re.compile(r"m=\S+ \d+ \S+( \S+)+")


@dataclass(frozen=True, slots=True)
class Trickle:
    """candidates: those that can be used, each with the media section it belongs to; left_out: how many cannot;
    ended: media sections (mid) that get no more, None for all of them; ufrag, password: whose candidates they are."""

    candidates: tuple[RTCIceCandidate, ...] = ()
    left_out: int = 0
    ended: frozenset[str] | None = frozenset()
    ufrag: str | None = None
    password: str | None = None


# --- application/trickle-ice-sdpfrag ----------------------------------------------------------------------------------


def read_fragment(text: str) -> Trickle:
    """Raises BadOffer 400 for what is not a fragment of RFC 8840, section 9."""
    lines = [line for line in text.splitlines() if line]
    if not lines or len(lines) > MAX_LINES:
        raise _bad("The body is empty." if not lines else "The body has too many lines.")
    candidates: list[RTCIceCandidate] = []
    left_out = 0
    ended: set[str] = set()
    ended_all = False
    given: dict[str, set[str]] = {"ice-ufrag": set(), "ice-pwd": set()}
    index = -1
    mid: str | None = None
    for line in lines:
        name, _, value = line[2:].partition(":")
        if line.startswith("m="):
            if not SECTION.fullmatch(line):
                raise _bad("A media line cannot be read.")
            index, mid = index + 1, None
        elif not line.startswith("a="):
            raise _bad("A line is neither a media section nor an attribute.")
        elif name == "mid":
            mid = value
        elif name in given:
            given[name].add(value.strip())
        elif name == "candidate":
            if index < 0 or mid is None:
                raise _bad("A candidate belongs to no media section with an a=mid.")
            candidate = _candidate(value)
            if candidate is None:
                left_out += 1
            else:
                candidate.sdpMid = mid
                candidates.append(candidate)
        elif name == "end-of-candidates":
            if mid is None:
                ended_all = True
            else:
                ended.add(mid)
    ufrag, password = (_only(given[name], name) for name in ("ice-ufrag", "ice-pwd"))
    if ufrag is not None and not UFRAG.fullmatch(ufrag):
        raise _bad("The a=ice-ufrag is not one.")
    if password is not None and not PASSWORD.fullmatch(password):
        raise _bad("The a=ice-pwd is not one.")
    return Trickle(tuple(candidates), left_out, None if ended_all else frozenset(ended), ufrag, password)


def fragment(ufrag: str, password: str, mid: str, candidates: Iterable[str] = ()) -> str:
    """The server's own fragment, the answer to an ICE restart; candidates: attribute values."""
    lines = [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}", "m=video 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{mid}"]
    lines += [f"a=candidate:{candidate}" for candidate in candidates]
    return "\r\n".join([*lines, "a=end-of-candidates"]) + "\r\n"


# --- JSON -------------------------------------------------------------------------------------------------------------


class _Candidate(BaseModel):
    """As a browser's RTCIceCandidate.toJSON() gives it."""

    model_config = ConfigDict(extra="ignore")

    candidate: str = Field(max_length=1024, description="`candidate:...`; empty: no more come")
    sdpMid: str | None = Field(None, max_length=256)
    sdpMLineIndex: int | None = Field(None, ge=0, le=65535)
    usernameFragment: str | None = Field(None, max_length=256)


class TrickleBody(BaseModel):
    """The candidates gathered since the last call."""

    model_config = ConfigDict(title="TrickleBody")

    candidates: list[_Candidate] = Field(min_length=1, max_length=100)


def read_json(body: bytes) -> Trickle:
    """Raises BadOffer: 400 for what is not JSON, 422 for what does not hold candidates."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadOffer("not_json", "The candidates must be JSON: {candidates: [...]}.", 400) from None
    try:
        items = TrickleBody.model_validate(value).candidates
    except ValidationError as failure:
        first = failure.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise BadOffer("bad_candidates", f"{where}: {first['msg']}.") from None
    candidates: list[RTCIceCandidate] = []
    left_out = 0
    ended: set[str] = set()
    ended_all = False
    for item in items:
        text = item.candidate.removeprefix("a=").removeprefix("candidate:").strip()
        if not text:
            if item.sdpMid is None:
                ended_all = True
            else:
                ended.add(item.sdpMid)
            continue
        if item.sdpMid is None and item.sdpMLineIndex is None:
            raise BadOffer("bad_candidates", "A candidate has neither sdpMid nor sdpMLineIndex.")
        candidate = _candidate(text, status=422)
        if candidate is None:
            left_out += 1
        else:
            candidate.sdpMid, candidate.sdpMLineIndex = item.sdpMid, item.sdpMLineIndex
            candidates.append(candidate)
    fragments = {item.usernameFragment for item in items if item.usernameFragment}
    if len(fragments) > 1:
        raise BadOffer("bad_candidates", "The candidates belong to several ICE sessions.")
    ufrag = next(iter(fragments), None)
    return Trickle(tuple(candidates), left_out, None if ended_all else frozenset(ended), ufrag)


def _candidate(text: str, status: int = 400) -> RTCIceCandidate | None:
    try:
        return read_candidate(text)
    except BadCandidate:
        raise BadOffer("bad_candidates", "A candidate cannot be read.", status) from None


def _only(values: set[str], name: str) -> str | None:
    if len(values) > 1:
        raise _bad(f"The media sections have different a={name}; bundled ones share one.")
    return next(iter(values), None)


def _bad(sentence: str) -> BadOffer:
    return BadOffer("not_a_fragment", f"Not an SDP fragment of trickled candidates: {sentence}", 400)
