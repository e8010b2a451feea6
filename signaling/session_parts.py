"""What live sessions are made of: what they share, and their limits."""

from collections.abc import Callable
from dataclasses import dataclass

from aiortc import RTCConfiguration

from media_pipeline.face_models import ModelPool
from media_pipeline.inspection_lane import InspectionLane
from media_pipeline.live import LiveResult
from media_pipeline.scheduler import Scheduler
from signaling.budget import BudgetDesk
from signaling.capture_desk import CaptureDesk
from signaling.local_ice import LocalIce
from signaling.resume import ResumeTokens
from signaling.tally import Tally

__all__ = ["SessionLimits", "SessionParts"]


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
    tally: Tally
    preset: str = "moderate"
    saw_result: Callable[[LiveResult], None] = lambda result: None  # on worker threads
