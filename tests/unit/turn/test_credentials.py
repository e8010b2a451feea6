"""TURN credentials: what coturn computes from the same secret."""

import base64
import hashlib
import hmac

import pytest

from turn.credentials import LIFETIME_S, TurnCredentials


def test_the_user_name_carries_the_expiry_and_the_password_proves_it() -> None:
    username, password = TurnCredentials("secret", clock=lambda: 1_000_000.9).make("amira")
    assert username == f"{1_000_000 + LIFETIME_S}:amira"
    expected = hmac.new(b"secret", username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(password) == expected


def test_another_secret_or_user_gives_another_password() -> None:
    one = TurnCredentials("secret", clock=lambda: 0.0)
    other = TurnCredentials("other", clock=lambda: 0.0)
    assert len({one.make("a")[1], one.make("b")[1], other.make("a")[1]}) == 3


def test_without_a_secret_there_are_no_credentials() -> None:
    with pytest.raises(ValueError, match="secret"):
        TurnCredentials("")
