"""What can be read of one live session while it lasts."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["SessionFigures", "SessionState"]

SessionState = Literal["connecting", "live", "lost", "ended"]


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """Live figures of a session. Frames since the start; results skipped because the client did not keep up; takeovers:
    connections that took the session over."""

    session_id: str
    user_id: str | None
    age_s: float
    state: SessionState
    frames_received: int
    frames_analysed: int
    frames_dropped: int
    results_sent: int
    results_skipped: int
    takeovers: int
