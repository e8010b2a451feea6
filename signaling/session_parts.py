"""What live sessions are made of and measured by: what they share, their limits, their figures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiortc import RTCConfiguration

from media_pipeline.face_models import ModelPool
from media_pipeline.inspection_lane import InspectionLane
from media_pipeline.scheduler import Scheduler
from signaling.budget import BudgetDesk
from signaling.capture_desk import CaptureDesk
from signaling.local_ice import LocalIce
from signaling.resume import ResumeTokens

__all__ = ["SessionFigures", "SessionLimits", "SessionParts", "SessionState"]

SessionState = Literal["connecting", "live", "lost", "ended"]


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Seconds: without a connection after the answer, without a video frame, in all, and for how long a session whose
    client is not heard any more waits to be resumed."""

    connect_s: float = 15.0
    idle_s: float = 30.0
    total_s: float = 3600.0
    grace_s: float = 30.0


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What all sessions share. configuration: makes one for each peer connection."""

    scheduler: Scheduler
    inspections: InspectionLane
    budgets: BudgetDesk
    models: ModelPool
    configuration: Callable[[], RTCConfiguration]
    local_ice: LocalIce
    limits: SessionLimits
    resume: ResumeTokens
    captures: CaptureDesk
    preset: str = "moderate"


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
