"""Why a live session is refused.

SignallingError             status, code, sentence, details, headers: all that an answer needs
├── BadOffer                the offer is not one this server can answer (400, 413, 422)
├── ServerFull              no room now; Retry-After says when to try again (503)
└── NoSuchSession           nobody here by that id, or not the caller's (404)
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["BadOffer", "NoSuchSession", "ServerFull", "SignallingError"]


class SignallingError(Exception):
    """Base of the tree. status: HTTP status; code: for machines; the sentence is for a person."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.details: Mapping[str, Any] = details or {}
        self.headers: Mapping[str, str] = headers or {}


class BadOffer(SignallingError):
    """The offer is malformed, too large, or asks for what is not served."""

    def __init__(self, code: str, sentence: str, status: int = 422, **details: Any) -> None:
        super().__init__(status, code, sentence, details)


class ServerFull(SignallingError):
    """No session can be added now; reason says what is short."""

    def __init__(self, reason: str, retry_after_s: int) -> None:
        super().__init__(
            503,
            "server_full",
            f"All places are taken at the moment. Please try again in {retry_after_s} seconds.",
            {"reason": reason},
            {"Retry-After": str(retry_after_s)},
        )


class NoSuchSession(SignallingError):
    """There is no such session, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__(404, "no_such_session", "There is no such live session.")
