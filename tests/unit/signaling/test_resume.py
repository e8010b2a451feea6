"""Resume tokens: what was said comes back, and nothing else is believed."""

import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import ResumeRefused
from signaling.resume import ResumeClaim, ResumeTokens

SECRET = "a secret that is only used in tests, and long"
CLAIM = ResumeClaim("session-1", "17", 3)


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def refused(tokens: ResumeTokens, text: str) -> str:
    with pytest.raises(ResumeRefused) as caught:
        tokens.read(text)
    assert caught.value.sentence.endswith("start afresh.")
    return caught.value.code


@pytest.mark.parametrize("claim", [CLAIM, ResumeClaim("session-1", None, 0)])
def test_a_token_says_what_was_put_in(claim: ResumeClaim) -> None:
    tokens = ResumeTokens(SECRET, 90)
    assert tokens.read(tokens.make(claim)) == claim


def test_a_token_dies_with_its_time() -> None:
    clock = Clock()
    tokens = ResumeTokens(SECRET, 90, clock)
    text = tokens.make(CLAIM)
    clock.now += 89
    assert tokens.read(text) == CLAIM
    clock.now += 1
    assert refused(tokens, text) == "resume_expired"


def test_another_server_s_token_is_none() -> None:
    assert refused(ResumeTokens(SECRET, 90), ResumeTokens(SECRET[::-1], 90).make(CLAIM)) == "resume_invalid"


def test_a_token_of_another_kind_is_none() -> None:
    other = jwt.encode({"aud": "dermaassist:access", "sid": "session-1", "sub": "17", "n": 3, "exp": 2e9}, SECRET)
    assert refused(ResumeTokens(SECRET, 90), other) == "resume_invalid"


def test_an_unsigned_token_is_none() -> None:
    text = ResumeTokens(SECRET, 90).make(CLAIM)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    assert refused(ResumeTokens(SECRET, 90), f"{header}.{text.split('.')[1]}.") == "resume_invalid"


@given(st.text(max_size=2000))
def test_no_text_makes_anything_else(text: str) -> None:
    assert refused(ResumeTokens(SECRET, 90), text) == "resume_invalid"


def test_a_changed_letter_is_noticed_anywhere() -> None:
    text = ResumeTokens(SECRET, 90).make(CLAIM)
    for place in range(0, len(text) - 1, 7):  # the last letter carries spare bits
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        assert refused(ResumeTokens(SECRET, 90), changed) == "resume_invalid"


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        ResumeTokens("short", 90)
