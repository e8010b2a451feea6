"""Candidates: what is tried, what is left out, what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.candidates import BadCandidate, read_candidate, without_useless_candidates

GOOD = "1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1"
HIDDEN = "2 1 udp 2122260223 0f1e2d3c-aaaa-bbbb-cccc-123456789abc.local 61764 typ host"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "1 1 UDP 1 2001:db8::1 9 typ srflx raddr 192.0.2.7 rport 5",
        "1 1 udp 1 198.51.100.1 40000 typ relay raddr 0.0.0.0 rport 0",
    ],
)
def test_addresses_over_udp_are_tried(text: str) -> None:
    candidate = read_candidate(text)
    assert candidate is not None
    assert candidate.ip == text.split()[4]


@pytest.mark.parametrize(
    "text",
    [
        HIDDEN,
        "1 1 udp 1 host.example 5000 typ host",
        "1 1 tcp 1 192.0.2.1 9 typ host tcptype active",
        "1 2 udp 1 192.0.2.1 5000 typ host",
        "1 1 udp 1 192.0.2.1 5000 typ prflx",
        "1 1 udp 1 192.0.2.1 0 typ host",
        "1 1 udp 1 224.0.0.251 5353 typ host",
        "1 1 udp 1 0.0.0.0 5000 typ host",
    ],
)
def test_what_cannot_be_used_is_left_out(text: str) -> None:
    assert read_candidate(text) is None


@pytest.mark.parametrize("text", ["", "x", "1 x udp 1 192.0.2.1 5000 typ host", "1 1 udp 1 192.0.2.1 70000 typ host"])
def test_what_is_none_is_an_error(text: str) -> None:
    with pytest.raises(BadCandidate):
        read_candidate(text)


@given(st.text(max_size=200))
def test_any_text_is_read_left_out_or_refused(text: str) -> None:
    try:
        read_candidate(text)
    except BadCandidate:
        pass


def test_a_description_keeps_its_end_of_candidates_only_when_all_are_usable() -> None:
    sdp = f"v=0\r\na=candidate:{GOOD}\r\na=end-of-candidates\r\na=mid:0\r\n"
    assert without_useless_candidates(sdp) == (sdp, 0)
    with_hidden = sdp.replace("a=end", f"a=candidate:{HIDDEN}\r\na=end")
    assert without_useless_candidates(with_hidden) == (f"v=0\r\na=candidate:{GOOD}\r\na=mid:0\r\n", 1)


def test_a_description_without_candidates_does_not_end_them() -> None:
    assert without_useless_candidates("v=0\r\na=end-of-candidates\r\na=mid:0\r\n") == ("v=0\r\na=mid:0\r\n", 0)
