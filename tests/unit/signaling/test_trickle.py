"""Trickled candidates, as a fragment and as JSON, say the same; what is neither has its code."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import BadOffer
from signaling.trickle import fragment, read_fragment, read_json

CANDIDATE = "1 1 udp 2122260223 192.0.2.1 61764 typ host"
TCP = "2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active"
# RFC 9725, figure 4, with one of its addresses
EXAMPLE = f"""a=ice-ufrag:EsAw\r
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r
m=audio 9 UDP/TLS/RTP/SAVPF 0\r
a=mid:0\r
a=candidate:{CANDIDATE} generation 0 ufrag EsAw network-id 1\r
a=candidate:{TCP} generation 0 ufrag EsAw network-id 1\r
a=end-of-candidates\r
"""


def test_the_rfcs_own_fragment_is_read() -> None:
    trickle = read_fragment(EXAMPLE)
    assert (trickle.ufrag, trickle.password) == ("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
    assert [(one.sdpMid, one.ip, one.port) for one in trickle.candidates] == [("0", "192.0.2.1", 61764)]
    assert trickle.left_out == 1
    assert trickle.ended == frozenset("0")


def test_credentials_may_stand_in_the_sections_and_the_end_before_them() -> None:
    text = (
        "a=end-of-candidates\nm=video 9 RTP/AVP 0\na=mid:v\na=ice-ufrag:EsAw\nm=audio 9 RTP/AVP 0\na=ice-ufrag:EsAw\n"
    )
    trickle = read_fragment(text)
    assert trickle.ufrag == "EsAw"
    assert trickle.password is None
    assert trickle.ended is None


def test_sections_with_different_credentials_are_no_bundle() -> None:
    with pytest.raises(BadOffer, match="ice-ufrag") as caught:
        read_fragment("m=video 9 RTP/AVP 0\na=ice-ufrag:EsAw\nm=audio 9 RTP/AVP 0\na=ice-ufrag:EsAx\n")
    assert (caught.value.status, caught.value.code) == (400, "not_a_fragment")


@given(st.text(max_size=300))
def test_any_text_is_a_fragment_or_refused(text: str) -> None:
    try:
        read_fragment(text)
    except BadOffer as refused:
        assert refused.status == 400


def test_the_servers_own_fragment_can_be_read_again() -> None:
    trickle = read_fragment(fragment("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1", "0", [CANDIDATE]))
    assert trickle.ufrag == "EsAw"
    assert trickle.candidates[0].ip == "192.0.2.1"
    assert trickle.ended == frozenset("0")


def body(*candidates: dict[str, Any]) -> bytes:
    return json.dumps({"candidates": candidates}).encode()


def item(text: str, **more: Any) -> dict[str, Any]:
    return {"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "EsAw"} | more


def test_what_a_browser_gives_is_read() -> None:
    trickle = read_json(body(item(f"candidate:{CANDIDATE}"), item(f"candidate:{TCP}"), item("")))
    assert [(one.sdpMid, one.ip) for one in trickle.candidates] == [("0", "192.0.2.1")]
    assert (trickle.left_out, trickle.ended, trickle.ufrag) == (1, frozenset("0"), "EsAw")


def test_an_empty_candidate_of_no_section_ends_them_all() -> None:
    assert read_json(body({"candidate": ""})).ended is None


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"[]", 422, "bad_candidates"),
        (b"{}", 422, "bad_candidates"),
        (b'{"candidates": []}', 422, "bad_candidates"),
        (body({"candidate": 1}), 422, "bad_candidates"),
        (body(item("nonsense")), 422, "bad_candidates"),
        (body(item(CANDIDATE, sdpMid=None, sdpMLineIndex=None)), 422, "bad_candidates"),
        (body(item(CANDIDATE), item(CANDIDATE, usernameFragment="other")), 422, "bad_candidates"),
        (body(*[item(CANDIDATE)] * 101), 422, "bad_candidates"),
    ],
)
def test_what_holds_no_candidates_is_refused(data: bytes, status: int, code: str) -> None:
    with pytest.raises(BadOffer) as caught:
        read_json(data)
    assert (caught.value.status, caught.value.code) == (status, code)
