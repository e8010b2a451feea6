"""python -m turn."""

import pytest

from turn.__main__ import main
from turn.credentials import TurnCredentials

SECRET = "0123456789abcdef"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURN_SECRET", SECRET)


@pytest.mark.usefixtures("secret")
def test_it_renders_what_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (
        "render --realm turn.example.org --public-ip 198.51.100.7 --relay-ports 50000-50099 --only-peer 198.51.100.8"
    )
    assert main(arguments.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"realm=turn.example.org", "external-ip=198.51.100.7", "min-port=50000", "max-port=50099"} <= set(lines)
    assert f"static-auth-secret={SECRET}" in lines
    assert "allowed-peer-ip=198.51.100.8" in lines


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("wrong", ["--relay-ports 5", "--public-ip x", "--realm !"])
def test_a_wrong_value_ends_with_a_sentence(capsys: pytest.CaptureFixture[str], wrong: str) -> None:
    assert main(f"render --realm turn.example.org {wrong}".split()) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "Traceback" not in output.err
    assert output.err.startswith("python -m turn render: ")


def test_without_the_secret_it_says_where_it_comes_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TURN_SECRET", raising=False)
    assert main(["render", "--realm", "turn.example.org"]) == 2
    assert "TURN_SECRET" in capsys.readouterr().err


@pytest.mark.usefixtures("secret")
def test_it_makes_credentials_to_try_it_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["credentials", "amira"]) == 0
    username, password = (line.split()[1] for line in capsys.readouterr().out.splitlines())
    expiry = int(username.partition(":")[0])
    assert (username, password) == TurnCredentials(SECRET, 0, lambda: expiry).make("amira")
