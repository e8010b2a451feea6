"""Why a live session, or a report from one, is refused.

SignallingError             status, code, sentence, details, headers: all that an answer needs
├── BadOffer                the offer, or what is trickled after it, cannot be used (400, 408, 413, 415, 422)
├── CaptureRefused          no report can be made of this, or not now (409, 413, 422, 429, 503)
├── StaleIce                it is about another ICE session than the present one (412, 428)
├── TooManyRequests         one session's client asks too often (429)
├── TooMany                 one user or one address has too many sessions, or makes too many offers (429)
├── ServerFull              no room now; Retry-After says when to try again (503)
├── NoSuchSession           nobody here by that id, or not the caller's (404)
└── ResumeRefused           the token of an earlier connection is of no use (403, 409, 410, 422); begin afresh
"""

from collections.abc import Mapping
from typing import Any, Self

__all__ = [
    "BadOffer",
    "CaptureRefused",
    "NoSuchSession",
    "ResumeRefused",
    "ServerFull",
    "SignallingError",
    "StaleIce",
    "TooMany",
    "TooManyRequests",
]


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


class CaptureRefused(SignallingError):
    """There will be no report; on `control` the code and the sentence are said, by REST the status besides."""

    def __init__(self, code: str, sentence: str, status: int, **details: Any) -> None:
        super().__init__(status, code, sentence, details)


class StaleIce(SignallingError):
    """If-Match names another ICE session (412), or is missing (428)."""

    def __init__(self, *, missing: bool) -> None:
        if missing:
            super().__init__(428, "if_match_required", "Please say with If-Match which ICE session is meant.")
        else:
            super().__init__(412, "stale_ice_session", "The ICE session has changed in the meantime.")


class TooManyRequests(SignallingError):
    """More requests about one session than any client needs."""

    def __init__(self, retry_after_s: int) -> None:
        headers = {"Retry-After": str(retry_after_s)}
        super().__init__(429, "too_many_requests", "Too many requests: please wait a little.", headers=headers)


class TooMany(SignallingError):
    """More than one user or one address may have; the server itself has room."""

    @classmethod
    def sessions_of_user(cls, retry_after_s: int) -> Self:
        """Of one account."""
        return cls._sessions("user", "Your account has too many live views open. Please close one.", retry_after_s)

    @classmethod
    def sessions_of_address(cls, retry_after_s: int) -> Self:
        """From one address."""
        return cls._sessions("address", "Too many live views are open from your network.", retry_after_s)

    @classmethod
    def offers(cls, retry_after_s: int) -> Self:
        """From one address, in a short time."""
        sentence = f"Too many tries from your network. Please wait {retry_after_s} seconds."
        return cls(429, "too_many_offers", sentence, {"reason": "address"}, {"Retry-After": str(retry_after_s)})

    @classmethod
    def _sessions(cls, reason: str, sentence: str, retry_after_s: int) -> Self:
        return cls(429, "too_many_sessions", sentence, {"reason": reason}, {"Retry-After": str(retry_after_s)})


class ServerFull(SignallingError):
    """No session can be added now; reason says what is short, details what measured it."""

    def __init__(self, reason: str, retry_after_s: int, **details: Any) -> None:
        super().__init__(
            503,
            "server_full",
            f"All places are taken at the moment. Please try again in {retry_after_s} seconds.",
            {"reason": reason, **details},
            {"Retry-After": str(retry_after_s)},
        )


class NoSuchSession(SignallingError):
    """There is no such session, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__(404, "no_such_session", "There is no such live session.")


class ResumeRefused(SignallingError):
    """A resume token that does not open its session; the same offer without it makes a new one."""

    @classmethod
    def invalid(cls) -> Self:
        """Not a token of this server, or changed."""
        return cls(422, "resume_invalid", "This is not a resume token of this server. Please start afresh.")

    @classmethod
    def expired(cls) -> Self:
        """Its time is over."""
        return cls(410, "resume_expired", "The time to resume this live view is over. Please start afresh.")

    @classmethod
    def used(cls) -> Self:
        """Another connection has taken the session over with it."""
        return cls(409, "resume_used", "This resume token has been used already. Please start afresh.")

    @classmethod
    def not_yours(cls) -> Self:
        """It was given to somebody else."""
        return cls(403, "resume_not_yours", "This resume token belongs to somebody else. Please start afresh.")

    @classmethod
    def gone(cls) -> Self:
        """The session has ended, or lived in a process that is not here."""
        return cls(410, "resume_gone", "This live view has ended. Please start afresh.")
