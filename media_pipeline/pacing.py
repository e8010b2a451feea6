"""How many frames a second of each session are worth sending and analysing, from how far behind the server is.

Inspections give way first, by themselves: their cadence stretches to seconds. When even that is not kept, or frames
wait for a worker, the rate is lowered for all sessions, quickly; it is raised again slowly, and more slowly each time
that turns out to have been too early (multiplicative decrease with a growing hold, in the manner of TCP). Nor is more
asked for than gets analysed: a frame that comes while the one before it still waits is decoded for nothing.
Pure: it knows no clock and no session.
"""

import math
from dataclasses import dataclass

__all__ = ["FULL_FPS", "INSPECTED_FPS", "LEAST_FPS", "Load", "Pacer"]

FULL_FPS = 30.0  # more shows nothing that the eye would miss
INSPECTED_FPS = 11.0  # late inspections lower the rate to this; below, they are late
LEAST_FPS = 5.0  # below, an overlay no longer follows a face
LOWER, RAISE = 0.75, 1.25
BEHIND_WAIT_S, AHEAD_WAIT_S = 0.17, 0.13  # for a worker; a result is still of use 0.2 after its frame
BEHIND_SLACK_S, AHEAD_SLACK_S = 0.15, 0.35  # until the first deadline of a waiting inspection; one takes about 0.1
MOST_MERGED = 0.1  # of the frames that come while the one before still waits
REACH = 1.1  # times the rate that is reached may be asked for: without a little more, nobody learns that it fits
LOWER_AFTER_S = 1.0  # a change needs so long to show
LOWER_FURTHER_AFTER_S = 4.0  # below INSPECTED_FPS: a crowd that comes at once is over by then
HOLD_S, MOST_HOLD_S = 4.0, 60.0
TOO_EARLY_S = 15.0  # a raise that has to be taken back within so long


@dataclass(frozen=True, slots=True)
class Load:
    """frame_wait_s: how long frames wait for a worker (95th percentile of the last seconds); inspection_slack_s: time
    left until the first missed deadline of the inspections that wait, negative once missed, infinite when none
    waits; sessions: how many share what there is; reached_fps: what those that send any get, infinite when not
    known; merged: part of the frames that came while the one before still waited, 0-1."""

    frame_wait_s: float
    inspection_slack_s: float
    sessions: int = 1
    reached_fps: float = math.inf
    merged: float = 0.0


class Pacer:
    """Call update about once a second; fps is the rate that holds."""

    def __init__(self) -> None:
        self.fps = FULL_FPS
        self._lowered_at = float("-inf")
        self._raised_at = float("-inf")
        self._ahead_since: float | None = None
        self._hold_s = HOLD_S
        self._sessions = 1

    def update(self, now: float, load: Load) -> float:
        """The new rate. now: seconds, monotonic."""
        self._share_out(load.sessions)
        least = self._least_for(load)
        if least is not None and self.fps > least:
            self._ahead_since = None
            patience_s = LOWER_AFTER_S if self.fps > INSPECTED_FPS else LOWER_FURTHER_AFTER_S
            if now - self._lowered_at >= patience_s:
                self._lower(now, least if self.fps <= INSPECTED_FPS else INSPECTED_FPS)
            return self.fps
        reach = max(INSPECTED_FPS, REACH * load.reached_fps)
        if load.merged > MOST_MERGED and self.fps > reach:
            self._ahead_since = None
            if now - self._lowered_at >= LOWER_AFTER_S:
                self._lower(now, reach)
            return self.fps
        if not self._ahead(load):
            self._ahead_since = None
        elif self._ahead_since is None:
            self._ahead_since = now
        elif now - self._ahead_since >= self._hold_s and self.fps < FULL_FPS:
            most = FULL_FPS if self.fps >= INSPECTED_FPS else INSPECTED_FPS
            self.fps = min(most, self.fps * RAISE)
            self._raised_at = self._ahead_since = now
        return self.fps

    def _share_out(self, sessions: int) -> None:
        """What sessions that are gone have had is the others' at once: a rate that proved too high for all of them says
        nothing of fewer."""
        if sessions < self._sessions:
            self.fps = min(FULL_FPS, self.fps * self._sessions / sessions) if sessions else FULL_FPS
            self._hold_s = HOLD_S
            self._ahead_since = None
        self._sessions = sessions

    def _lower(self, now: float, least: float) -> None:
        if now - self._raised_at < TOO_EARLY_S:
            self._hold_s = min(MOST_HOLD_S, 2 * self._hold_s)
        elif now - self._lowered_at > MOST_HOLD_S:
            self._hold_s = HOLD_S
        self.fps = max(least, self.fps * LOWER)
        self._lowered_at = now
        self._raised_at = float("-inf")

    def _ahead(self, load: Load) -> bool:
        """Whether more could be asked for. Late inspections have not lowered the rate below INSPECTED_FPS: they do
        not keep it there."""
        in_time = self.fps < INSPECTED_FPS or load.inspection_slack_s >= AHEAD_SLACK_S
        return in_time and load.frame_wait_s <= AHEAD_WAIT_S

    @staticmethod
    def _least_for(load: Load) -> float | None:
        """How far the rate may be lowered, None while nothing is behind."""
        if load.frame_wait_s > BEHIND_WAIT_S:
            return LEAST_FPS
        return INSPECTED_FPS if load.inspection_slack_s < BEHIND_SLACK_S else None
