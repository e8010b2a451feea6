"""What the server can use of each client's video at the moment, told as the `budget` message.

Under load the clients are asked for less before anything is dropped: fewer frames, then smaller ones, which a face in
front of the camera can spare. A client that does not obey costs more and is shown no more.
"""

import math
from dataclasses import dataclass

from media_pipeline.inspection_lane import InspectionLane
from media_pipeline.pacing import FULL_FPS, Load, Pacer
from media_pipeline.scheduler import Scheduler

__all__ = ["Budget", "BudgetDesk", "budget_for"]

PERIOD_S = 1.0  # between two looks at the load

# Least rate at which a size is asked for, width, height, kbit/s at 30 frames a second. 2.5 Mbit/s shows skin's texture
# at 1280x720; larger shows no more skin at arm's length. At 640x360 a near face has 1.4 px per mm: enough for all but
# fine lines.
SIZES = ((18.0, 1280, 720, 2500), (12.0, 960, 540, 1700), (0.0, 640, 360, 1000))
LEAST_KBPS_SHARE = 0.6  # of the rate at 30 frames a second: frames farther apart differ more


@dataclass(frozen=True, slots=True)
class Budget:
    """width, height: px; fps: frames a second, whole; kbps: 1000 bit/s. pace_fps: how many are analysed at most, 0 for
    all."""

    width: int
    height: int
    fps: int
    kbps: int
    pace_fps: float


def budget_for(fps: float) -> Budget:
    """What to ask for at that rate of analysed frames."""
    width, height, kbps = next((w, h, k) for least, w, h, k in SIZES if fps >= least)
    share = max(LEAST_KBPS_SHARE, fps / FULL_FPS)
    return Budget(width, height, math.ceil(fps), round(kbps * share), 0.0 if fps >= FULL_FPS else fps)


class BudgetDesk:
    """The budget of all sessions of this process. Only on the event loop."""

    def __init__(self, scheduler: Scheduler, inspections: InspectionLane) -> None:
        self._scheduler = scheduler
        self._inspections = inspections
        self._pacer = Pacer()
        self._looked_at = float("-inf")
        self._budget = budget_for(FULL_FPS)

    def at(self, now: float) -> Budget:
        """The budget now (seconds, monotonic). Sessions ask about twice a second; the load is looked at once in
        PERIOD_S."""
        if now - self._looked_at >= PERIOD_S:
            self._looked_at = now
            tracking, inspecting = self._scheduler.statistics, self._inspections.statistics
            load = Load(
                tracking.delay_p95_s, inspecting.slack_s, tracking.slots, tracking.rate or math.inf, tracking.merged
            )
            self._budget = budget_for(self._pacer.update(now, load))
        return self._budget
