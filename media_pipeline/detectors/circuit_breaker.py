"""Stops asking a service that keeps failing, and asks again carefully later.

Closed: every call may go out. Open: none may, until the pause is over. Half open: one probe at a time may; its success
closes the breaker, its failure opens it for another pause.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CircuitBreaker", "CircuitState", "Permit"]


class CircuitState(StrEnum):
    """Whether calls go out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one call. Its outcome is reported with it, once; what became of calls from before the breaker last
    opened or closed says nothing about the service now and is passed over (`era` tells them apart)."""

    era: int


class CircuitBreaker:
    """Opens after `threshold` failures in a row, for `pause_s` seconds. Safe to use from several threads.

    clock gives seconds and never runs backwards.
    """

    def __init__(self, threshold: int, pause_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        if threshold < 1 or pause_s <= 0:
            raise ValueError(f"threshold must be >= 1 and pause_s > 0, not {threshold} and {pause_s}")
        self._threshold = threshold
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0  # in a row
        self._open_until: float | None = None  # None: closed
        self._probing = False
        self._era = 0

    def state(self) -> CircuitState:
        """What it is now; time alone turns open into half open."""
        with self._lock:
            return self._state()

    def permit(self) -> Permit | None:
        """Leave for a call that goes out now, None when it must not. In half open the call is the probe."""
        with self._lock:
            state = self._state()
            if state is CircuitState.OPEN or self._probing:
                return None
            self._probing = state is CircuitState.HALF_OPEN
            return Permit(self._era)

    def succeeded(self, permit: Permit) -> None:
        """The call was answered well: closed, and no failure counted."""
        with self._lock:
            if permit.era != self._era:
                return
            self._failures = 0
            if self._probing:
                self._open_until = None
                self._turn()

    def failed(self, permit: Permit, retry_after_s: float = 0.0) -> None:
        """The call failed. retry_after_s > 0: the service itself asked for that pause, so the breaker opens at once."""
        with self._lock:
            if permit.era != self._era:
                return
            self._failures += 1
            if self._probing or self._failures >= self._threshold or retry_after_s > 0:
                self._open_until = self._clock() + max(self._pause_s, retry_after_s)
                self._turn()

    def abandoned(self, permit: Permit) -> None:
        """The call was never made: nothing is learnt, and another may go out in its place."""
        with self._lock:
            if permit.era == self._era:
                self._probing = False

    def _state(self) -> CircuitState:
        if self._open_until is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._clock() < self._open_until else CircuitState.HALF_OPEN

    def _turn(self) -> None:
        self._failures = 0
        self._probing = False
        self._era += 1
