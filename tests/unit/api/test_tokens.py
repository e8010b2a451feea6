"""Tokens: what is ours, what is not, what is over."""

import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.tokens import ACCESS_S, REFRESH_S, BadToken, ExpiredToken, TokenMaker
from tests.unit.api.account_service import SECRET


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> TokenMaker:
    return TokenMaker(SECRET, clock)


def test_a_token_is_read_back(tokens: TokenMaker) -> None:
    for made, read in (
        (tokens.access("أميرة", "s1"), tokens.read(tokens.access("أميرة", "s1").text, "access")),
        (tokens.refresh("أميرة", "s1"), tokens.read(tokens.refresh("أميرة", "s1").text, "refresh")),
    ):
        assert (read.user_id, read.session_id, read.expires_at) == (made.user_id, made.session_id, made.expires_at)
        assert read.token_id != made.token_id


def test_one_kind_never_stands_in_for_the_other(tokens: TokenMaker) -> None:
    with pytest.raises(BadToken):
        tokens.read(tokens.access("a", "s").text, "refresh")
    with pytest.raises(BadToken):
        tokens.read(tokens.refresh("a", "s").text, "access")


def test_tokens_end_when_they_say(tokens: TokenMaker, clock: Clock) -> None:
    access, refresh = tokens.access("a", "s").text, tokens.refresh("a", "s").text
    clock.now += ACCESS_S - 1
    tokens.read(access, "access")
    clock.now += 1
    with pytest.raises(ExpiredToken):
        tokens.read(access, "access")
    clock.now += REFRESH_S - ACCESS_S - 1
    tokens.read(refresh, "refresh")
    clock.now += 1
    with pytest.raises(ExpiredToken):
        tokens.read(refresh, "refresh")


def test_another_secret_makes_other_tokens(tokens: TokenMaker, clock: Clock) -> None:
    foreign = TokenMaker("another secret, also longer than 32 characters", clock)
    with pytest.raises(BadToken):
        tokens.read(foreign.access("a", "s").text, "access")
    with pytest.raises(ValueError, match="32"):
        TokenMaker("short")


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_every_change_is_noticed(tokens: TokenMaker, clock: Clock) -> None:
    text = tokens.access("amira", "s").text
    header, payload, signature = text.split(".")
    claims = jwt.decode(text, options={"verify_signature": False})
    forged = [
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        f"{part({'alg': 'HS512', 'typ': 'JWT'})}.{payload}.{signature}",
        f"{header}.{part(claims | {'sub': 'omar'})}.{signature}",
        f"{header}.{part(claims | {'exp': claims['exp'] + 9999})}.{signature}",
        f"{header}.{payload}.{signature[:-2]}",
        f"{header}.{payload}",
        "",
        "." * 5,
        "a" * 5000,
        jwt.encode(claims, SECRET, algorithm="HS256"),  # signed with the bare secret, not the derived key
    ]
    for one in forged:
        with pytest.raises(BadToken):
            tokens.read(one, "access")


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "sid", "jti", "typ", "iat", "exp"])
def test_a_token_without_one_of_its_claims_is_refused(
    tokens: TokenMaker, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = jwt.encode
    monkeypatch.setattr(
        "api.tokens.jwt.encode",
        lambda claims, *rest, **more: encode({k: v for k, v in claims.items() if k != missing}, *rest, **more),
    )
    incomplete = tokens.access("amira", "s").text
    monkeypatch.undo()
    with pytest.raises(BadToken):
        tokens.read(incomplete, "access")


@given(st.text(max_size=200))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadToken):
        TokenMaker(SECRET).read(text, "access")
