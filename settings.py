"""Every setting of the server, read once from the environment (and `.env`), checked, then fixed.

A wrong value raises `SettingsError`, whose text names the variable; `.env.example` lists them all, and a test fails
when the two disagree.
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

__all__ = ["Settings", "SettingsError", "load_settings"]

CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ValueError):
    """The environment holds a value the server cannot start with; the text names each variable."""


class Settings(BaseSettings):
    """One frozen value per environment variable; the variable is the field's name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    # --- HTTP ---------------------------------------------------------------------------------------------------------
    host: str = Field("127.0.0.1", description="address to listen on; 0.0.0.0 for every interface")
    port: int = Field(8000, ge=0, le=65535, description="TCP port; 0 lets the system choose")
    public_url: str = Field("", description="how clients reach the server; empty: http://HOST:PORT")
    secret_key: SecretStr = Field(
        SecretStr(""), description="signs tokens and links; empty: made once under MEDIA_ROOT"
    )
    cors_origins: CommaSeparated = Field((), description="origins of other sites' pages that may call the API")
    trusted_proxies: CommaSeparated = Field(
        (), description="addresses or networks of proxies whose X-Forwarded-For is believed"
    )
    drain_notice_s: float = Field(
        0.0, ge=0, le=600, description="seconds between /readyz turning 503 and the first goodbye, for load balancers"
    )
    shutdown_grace_s: float = Field(10.0, gt=0, le=3600, description="seconds a drain may take after SIGTERM")

    # --- storage ------------------------------------------------------------------------------------------------------
    database_url: SecretStr = Field(
        SecretStr("sqlite://media/dermaassist.sqlite3"),
        description="sqlite://FILE or mysql://USER:PASSWORD@HOST:PORT/NAME",
    )
    media_root: Path = Field(Path("media"), description="folder of the pictures and other runtime files")
    upload_max_bytes: int = Field(20 * 1024 * 1024, ge=1024, description="largest still picture accepted")

    product_csv_path: Path | None = Field(
        None, description="a shop's product list, taken when its content changed; empty: an invented sample"
    )
    media_link_s: float = Field(900.0, ge=2, le=86_400, description="seconds a picture's address opens, at most")
    still_threads: int = Field(1, ge=1, le=64, description="still pictures analysed at the same time")
    still_queue: int = Field(64, ge=0, le=10_000, description="still pictures that may wait for it; more get a 503")

    # --- accounts -----------------------------------------------------------------------------------------------------
    login_attempts: int = Field(10, ge=1, description="failed logins to one account in ATTEMPT_WINDOW_S, at most")
    login_attempts_per_address: int = Field(60, ge=1, description="failed logins from one address, at most")
    signups_per_address: int = Field(60, ge=1, description="new accounts from one address in ATTEMPT_WINDOW_S, at most")
    attempt_window_s: float = Field(900.0, gt=0, le=86_400, description="seconds over which attempts are counted")

    # --- live sessions ------------------------------------------------------------------------------------------------
    guest_sessions: bool | None = Field(
        None, description="analyse without an account; default: only on a loopback HOST"
    )
    max_sessions: int = Field(32, ge=1, le=10_000, description="live sessions at once, at most")
    admission: Literal["measured", "count"] = Field(
        "measured",
        description="refuse by measured load and the limits below (measured), or by MAX_SESSIONS alone (count)",
    )
    sessions_per_user: int = Field(4, ge=1, description="live sessions of one account at once, at most")
    sessions_per_address: int = Field(16, ge=1, description="live sessions from one address at once, at most")
    offers_per_address: int = Field(240, ge=1, description="offers from one address in a minute, at most")
    session_idle_s: float = Field(30.0, gt=0, description="seconds without a video frame until a session is ended")
    session_max_s: float = Field(3600.0, gt=0, description="seconds a live session may last")
    resume_grace_s: float = Field(
        30.0, gt=0, le=600, description="seconds a session without its client waits to be resumed"
    )
    connect_timeout_s: float = Field(15.0, gt=0, description="seconds an offer may take to connect")
    analysis_threads: int = Field(
        1, ge=1, le=64, description="threads that follow faces; one fewer than cores: inspections need one too"
    )
    analysis_hang_s: float = Field(
        10.0, gt=0, le=600, description="seconds after which the analysis of a frame is given up as hung"
    )
    inspect_interval_s: float = Field(
        0.5, gt=0, description="seconds between skin inspections of one live face, at least"
    )
    inspection_processes: int = Field(
        1, ge=0, le=64, description="processes that inspect live skin; 0: a thread of the server does, which is slower"
    )
    quality_preset: Literal["relaxed", "moderate", "strict"] = Field(
        "moderate", description="how picky the camera gate is"
    )

    # --- ICE ----------------------------------------------------------------------------------------------------------
    stun_urls: CommaSeparated = Field((), description="STUN servers, e.g. stun:stun.example.org:3478")
    turn_urls: CommaSeparated = Field((), description="TURN servers, e.g. turn:turn.example.org:3478?transport=udp")
    turn_secret: SecretStr = Field(SecretStr(""), description="coturn's static-auth-secret")
    server_turn: bool = Field(False, description="the server itself relays through the first of TURN_URLS too")
    media_ports: Annotated[tuple[int, int] | None, NoDecode] = Field(
        None, description="UDP ports of the server's own media, FIRST-LAST; empty: the system's choice"
    )
    public_addresses: CommaSeparated = Field(
        (), description="what outsiders reach the server at behind one-to-one NAT: an IPv4, an IPv6 address or both"
    )
    ice_interfaces: CommaSeparated = Field(
        (), description="offer media on these alone: interfaces (eth*), addresses, networks; empty: all but loopback"
    )
    ice_exclude: CommaSeparated = Field((), description="never offer media on these, e.g. docker0,10.8.0.0/16")

    # --- detectors ----------------------------------------------------------------------------------------------------
    acne_weights: Path | None = Field(
        None, description="another YOLOv8 acne model, .pt or .onnx; empty: the built-in one"
    )
    roboflow_api_url: str = Field(
        "https://serverless.roboflow.com", description="hosted or self-hosted inference server"
    )
    roboflow_wrinkle_api_key: SecretStr = Field(SecretStr(""), description="turns the hosted wrinkle model on")
    roboflow_eyebags_api_key: SecretStr = Field(SecretStr(""), description="turns the hosted eyebag model on")
    roboflow_eczema_api_key: SecretStr = Field(SecretStr(""), description="turns the hosted eczema model on")
    roboflow_wrinkle_model: str = Field("wrinkle-detection/2", description="hosted wrinkle model")
    roboflow_eyebags_model: str = Field("dark-circle-wj25f/1", description="hosted eyebag model")
    roboflow_eczema_model: str = Field("eczemadetection/1", description="hosted eczema model")
    roboflow_timeout_s: float = Field(5.0, gt=0, le=60, description="seconds to wait for a hosted model")

    # --- recommendations ----------------------------------------------------------------------------------------------
    recommendation_rules: Path | None = Field(
        None, description="another rule file (YAML) for recommendations; empty: the built-in one"
    )

    # --- logs ---------------------------------------------------------------------------------------------------------
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe line that is logged"
    )
    log_format: Literal["text", "json"] = Field("text", description="json: one JSON object a line")

    @field_validator(
        "cors_origins",
        "trusted_proxies",
        "stun_urls",
        "turn_urls",
        "public_addresses",
        "ice_interfaces",
        "ice_exclude",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("stun_urls")
    @classmethod
    def _stun_scheme(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return _require_schemes(urls, ("stun:", "stuns:"))

    @field_validator("turn_urls")
    @classmethod
    def _turn_scheme(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        return _require_schemes(urls, ("turn:", "turns:"))

    @field_validator("product_csv_path")
    @classmethod
    def _file(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"there is no file {str(path)!r}")
        return path

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ipaddress.ip_network(network, strict=False)
        return networks

    @field_validator("media_ports", mode="before")
    @classmethod
    def _port_range(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        first, _, last = value.partition("-")
        if not (first.isdigit() and last.isdigit() and 1024 <= int(first) <= int(last) <= 65535):
            raise ValueError("must be FIRST-LAST, from 1024 to 65535")
        return int(first), int(last)

    @field_validator("public_addresses")
    @classmethod
    def _one_of_each_version(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        versions = [ipaddress.ip_address(address).version for address in addresses]
        if len(versions) != len(set(versions)):
            raise ValueError("one IPv4 and one IPv6 address at most")
        return addresses

    @field_validator("public_url", "roboflow_api_url")
    @classmethod
    def _http_url(cls, url: str) -> str:
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise ValueError("must be an http:// or https:// address")
        return url.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database_scheme(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("sqlite://", "mysql://")):
            raise ValueError("must start with sqlite:// or mysql://")
        return url

    @model_validator(mode="after")
    def _turn_needs_its_secret(self) -> Self:
        if self.turn_urls and not self.turn_secret.get_secret_value():
            raise ValueError("TURN_URLS is set, so TURN_SECRET must be set too")
        if self.server_turn and not self.turn_urls:
            raise ValueError("SERVER_TURN is set, so TURN_URLS must be set too")
        if self.secret_key.get_secret_value() and len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("SECRET_KEY must have at least 32 characters")
        return self

    @property
    def guests_allowed(self) -> bool:
        """Whether a caller without a token may be analysed (nothing of theirs is stored)."""
        if self.guest_sessions is not None:
            return self.guest_sessions
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether listening on `host` can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load_settings() -> Settings:
    """Read the environment and `.env`. Raises SettingsError with one line per wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for item in error.errors():
            variable = str(item["loc"][0]).upper() if item["loc"] else "environment"
            lines.append(f"{variable}: {item['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None


def _require_schemes(urls: tuple[str, ...], schemes: tuple[str, ...]) -> tuple[str, ...]:
    for url in urls:
        if not url.startswith(schemes):
            raise ValueError(f"{url!r} must start with {' or '.join(schemes)}")
    return urls
