"""Settings: every variable documented, every wrong value named."""

import re
from pathlib import Path

import pytest

from settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_env_example_lists_every_setting_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text()
    documented = set(re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", text, re.M))
    assert documented == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "ftp://example.org"),
        ("DATABASE_URL", "postgres://example.org/db"),
        ("STUN_URLS", "http://example.org"),
        ("TURN_URLS", "stun:example.org"),
        ("MAX_SESSIONS", "0"),
        ("QUALITY_PRESET", "harsh"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings()


def test_turn_without_its_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURN_URLS", "turn:turn.example.org:3478")
    with pytest.raises(SettingsError, match="TURN_SECRET"):
        load_settings()


def test_a_short_secret_key_is_refused_and_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError, match="SECRET_KEY") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUN_URLS", "stun:a.example:3478, stun:b.example:3478")
    assert load_settings().stun_urls == ("stun:a.example:3478", "stun:b.example:3478")


@pytest.mark.parametrize(
    ("host", "setting", "allowed"),
    [
        ("127.0.0.1", None, True),
        ("localhost", None, True),
        ("::1", None, True),
        ("0.0.0.0", None, False),
        ("0.0.0.0", "true", True),
        ("127.0.0.1", "false", False),
        ("example.org", None, False),
    ],
)
def test_guests_are_welcome_on_loopback_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, host: str, setting: str | None, allowed: bool
) -> None:
    monkeypatch.setenv("HOST", host)
    if setting is not None:
        monkeypatch.setenv("GUEST_SESSIONS", setting)
    assert load_settings().guests_allowed is allowed


def test_a_dot_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8123\n")
    assert load_settings().port == 8123


def test_a_product_list_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PRODUCT_CSV_PATH", str(tmp_path / "missing.csv"))
    with pytest.raises(SettingsError, match=r"PRODUCT_CSV_PATH: there is no file .*missing\.csv"):
        load_settings()
