"""Who may come in: decided from what is here and from measured load, without any input or output.

A session that has lost its client keeps a place only as long as nobody else wants it.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from signaling.errors import ServerFull, SignallingError, TooMany
from signaling.load import Load

__all__ = ["Admission", "AdmissionLimits", "OfferRate", "Present"]

RETRY_S: Final = 10  # what is measured forgets in half that time
STOPPING_RETRY_S: Final = 10

MOST_DELAY_S: Final = (
    0.5  # p95 of the wait for an analysis thread: whoever is let in would see half-second-old drawings
)
MOST_LAG_S: Final = 0.15  # p95 of the event loop: REST answers within 200 ms, and later packets look like congestion
MOST_PROCESSOR: Final = 0.97  # of the cores: the rest is measurement noise
BUSY: Final = 0.9  # of the analysis threads' time: above, one more session takes its frames from the others
LEAST_FPS: Final = 5.0  # analysed frames a second and session: below, a drawing no longer follows a face

MOST_ADDRESSES: Final = 10_000  # whose offers are counted; more at once are a flood from many sides


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """sessions: at once in this process; per_user, per_address: of one account, from one address; by_load: whether
    load and the last two are looked at."""

    sessions: int
    per_user: int
    per_address: int
    by_load: bool = True


@dataclass(frozen=True, slots=True)
class Present:
    """A session that is here. user_id: None for a guest; lost_since: seconds, monotonic, None while its client is
    heard."""

    session_id: str
    user_id: str | None
    address: str
    lost_since: float | None


class Admission:
    """Decides about one newcomer at a time."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self._limits = limits

    def decide(self, user_id: str | None, address: str, present: Iterable[Present], load: Load) -> str | None:
        """Let the newcomer in: None, or the id of the session that has to go for it. Raises ServerFull, TooMany."""
        here = list(present)
        leaving = None
        caps: list[tuple[list[Present], int, SignallingError]] = []
        if self._limits.by_load:
            if user_id is not None:
                own = [one for one in here if one.user_id == user_id]
                caps.append((own, self._limits.per_user, TooMany.sessions_of_user(RETRY_S)))
            near = [one for one in here if one.address == address]
            caps.append((near, self._limits.per_address, TooMany.sessions_of_address(RETRY_S)))
        caps.append((here, self._limits.sessions, ServerFull("max_sessions", RETRY_S)))
        for those, most, refusal in caps:
            if len([one for one in those if one.session_id != leaving]) >= most:
                replaceable = _longest_lost(those)
                if replaceable is None or leaving is not None:
                    raise refusal
                leaving = replaceable
        if self._limits.by_load and (short := _short_of(load, len(here))) is not None:
            raise ServerFull("overloaded", RETRY_S, measure=short)
        return leaving


class OfferRate:
    """How often one address may make offers: `most` in a minute. A flood costs whoever makes it, and nobody else."""

    WINDOW_S: Final = 60.0

    def __init__(self, most: int) -> None:
        self._most = most
        self._times: dict[str, deque[float]] = {}

    def count(self, address: str, now: float) -> None:
        """An offer came at `now`, seconds. Raises TooMany; what is refused does not count."""
        times = self._times[address] = self._times.pop(address, deque())  # the latest to have asked is last
        while times and now - times[0] >= self.WINDOW_S:
            times.popleft()
        if len(times) >= self._most:
            raise TooMany.offers(max(1, round(self.WINDOW_S - (now - times[0]))))
        times.append(now)
        if len(self._times) > MOST_ADDRESSES:
            del self._times[next(iter(self._times))]


def _longest_lost(sessions: Iterable[Present]) -> str | None:
    lost = [(one.lost_since, one.session_id) for one in sessions if one.lost_since is not None]
    return min(lost)[1] if lost else None


def _short_of(load: Load, sessions: int) -> str | None:
    """What there is too little of for one more session; None when there is room."""
    if load.delay_p95_s > MOST_DELAY_S:
        return "scheduler_delay"
    if load.loop_lag_p95_s > MOST_LAG_S:
        return "loop_lag"
    if load.processor > MOST_PROCESSOR * load.cores:
        return "processor"
    if sessions and load.busy > BUSY and load.frames_per_s / (sessions + 1) < LEAST_FPS:
        return "frame_rate"
    return None
