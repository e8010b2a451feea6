"""When which live face is inspected: one at a time for each inspector, the one whose findings are oldest first.

Each face has a deadline by which its findings must be renewed (earliest deadline first: Liu and Layland 1973), and a
time before which renewing them would be waste. With few faces that time is the interval the operator set; with many it
grows, so that inspections keep to a share of one core and tracking has the rest, but never so far that the deadline
could not be kept. Nothing queues up: whoever's turn it is gives its newest good frame at that moment.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from media_pipeline.inspection import Inspection, InspectionRequest
from media_pipeline.types import Condition

__all__ = ["INSPECT_WITHIN_S", "InspectionLane", "LaneStatistics", "Inspects", "Place", "cadence"]

logger = logging.getLogger(__name__)

INSPECT_WITHIN_S = 3.0  # what is shown on the skin was seen at most so long ago
FIRST_WITHIN_S = 1.0  # a face of which nothing is known yet
SHARE = 0.35  # of one core for inspections, while all deadlines can be kept with it
LONGEST_CADENCE_S = 2.5  # leaves half a second for waiting and for the inspection itself
TYPICAL_COST_S = 0.07  # of one inspection, until it has been measured
ACTIVE_WITHIN_S = 4.0  # a face that was inspected or waited so lately counts as one that will be again
LONGEST_REST_S = 30.0  # of a face whose inspections fail again and again, so that the others get the inspector
PAUSE_AFTER_FAILURE_S = 0.5  # a broken inspector is not asked again at once


class Inspects(Protocol):
    """Looks at the skin of one frame, in this process or in another. warm() begins to load what it
    needs and returns soon; close() frees that, and ends an inspection under way early where it can."""

    def inspect_whole(self, request: InspectionRequest) -> Inspection: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LaneStatistics:
    """waiting: faces whose time has come; slack_s: seconds until the first of their deadlines, negative once it is
    missed, infinite when none waits or none has been inspected yet; cost_s: seconds an inspection takes (moving
    average); cadence_s: seconds between two of one face."""

    waiting: int
    slack_s: float
    cost_s: float
    cadence_s: float
    runs: int
    failed: int


def cadence(faces: int, cost_s: float, least_s: float) -> float:
    """Seconds between two inspections of one of that many faces: least_s, or more where inspections of cost_s each
    would take more than SHARE of a core, up to LONGEST_CADENCE_S."""
    return max(least_s, min(LONGEST_CADENCE_S, faces * cost_s / SHARE))


class Place:
    """One live face's place in the lane. Made by InspectionLane.add."""

    def __init__(
        self,
        lane: "InspectionLane",
        take: Callable[[], InspectionRequest | None],
        deliver: Callable[[Inspection], None],
    ) -> None:
        self._lane = lane
        self._take = take
        self._deliver = deliver
        self._delivering = threading.Lock()
        # all below is guarded by the lane's condition
        self._ready = False
        self._running = False
        self._closed = False
        self._due_at = float("-inf")
        self._deadline = 0.0
        self._last_started = float("-inf")
        self._last_seen = float("-inf")
        self._failures = 0  # in a row

    def ready(self) -> None:
        """There is a good frame to inspect; say it with every such frame. From any thread."""
        self._lane._mark_ready(self)

    def begin_anew(self) -> None:
        """Nothing is known of this face: it need not wait for its next turn. From any thread."""
        self._lane._begin_anew(self)

    @property
    def late(self) -> bool:
        """Whether a good frame waits that should have been inspected by now."""
        return self._ready and self._deadline < time.monotonic()

    def close(self) -> None:
        """Inspect no more. After it has returned nothing is delivered; an inspection under way is not waited for."""
        self._lane._close_place(self)
        with self._delivering:
            pass


class InspectionLane:
    """Owns one thread for each inspector. Use as a context manager, or close()."""

    def __init__(
        self, inspectors: Sequence[Inspects], conditions: Sequence[Condition] = (), *, interval_s: float = 0.5
    ) -> None:
        """inspectors are closed with the lane; conditions: what they look for; interval_s: least seconds between two
        inspections of one face."""
        if not inspectors:
            raise ValueError("an inspection lane needs at least one inspector")
        self.conditions = list(conditions)
        self._inspectors = tuple(inspectors)
        self._interval_s = interval_s
        self._condition = threading.Condition()
        self._places: list[Place] = []
        self._closing = False
        self._cost_s = TYPICAL_COST_S
        self._runs = 0
        self._failed = 0
        self._threads = [
            threading.Thread(target=self._work, args=(inspector,), name=f"inspection-{number}", daemon=True)
            for number, inspector in enumerate(inspectors)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, take: Callable[[], InspectionRequest | None], deliver: Callable[[Inspection], None]) -> Place:
        """A place for one live face. take gives its newest good frame, None when there is none any more; deliver gets
        what was seen. Both are called on the lane's threads, never two at once for one place."""
        place = Place(self, take, deliver)
        with self._condition:
            if self._closing:
                raise RuntimeError("the inspection lane is closed")
            self._places.append(place)
        return place

    def warm(self) -> None:
        """Have everything loaded before the first face comes. Returns soon."""
        for inspector in self._inspectors:
            inspector.warm()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop the threads and close the inspectors."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        for inspector in self._inspectors:
            inspector.close()
        for thread in self._threads:
            thread.join(timeout_s)

    @property
    def statistics(self) -> LaneStatistics:
        now = time.monotonic()
        with self._condition:
            waiting = [place for place in self._places if place._ready and place._due_at <= now]
            # before the first one is done the inspectors load their models: that is no load that could be lowered
            counted = waiting if self._runs > self._failed else []
            return LaneStatistics(
                waiting=len(waiting),
                slack_s=min((place._deadline - now for place in counted), default=math.inf),
                cost_s=self._cost_s,
                cadence_s=self._cadence(now),
                runs=self._runs,
                failed=self._failed,
            )

    # --- called by places ---------------------------------------------------------------------------------------------

    def _mark_ready(self, place: Place) -> None:
        now = time.monotonic()
        with self._condition:
            if place._closed:
                return
            place._last_seen = now
            if place._ready:
                return
            place._ready = True
            if place._last_started == float("-inf"):
                place._due_at, place._deadline = now, now + FIRST_WITHIN_S
            else:
                rest_s = min(LONGEST_REST_S, 2.0 ** (place._failures - 1)) if place._failures else 0.0
                place._due_at = place._last_started + max(self._cadence(now), rest_s)
                place._deadline = place._last_started + INSPECT_WITHIN_S
                if place._deadline < now:  # it was away meanwhile
                    place._deadline = now + FIRST_WITHIN_S
            self._condition.notify()

    def _begin_anew(self, place: Place) -> None:
        with self._condition:
            place._ready = False
            place._last_started = float("-inf")

    def _close_place(self, place: Place) -> None:
        with self._condition:
            if not place._closed:
                place._closed = True
                place._ready = False
                self._places.remove(place)

    # --- the lane's threads -------------------------------------------------------------------------------------------

    def _work(self, inspector: Inspects) -> None:
        while (place := self._next_turn()) is not None:
            started = time.monotonic()
            try:
                request = place._take()
                if request is not None:
                    inspection = inspector.inspect_whole(request)
                    self._note_cost(time.monotonic() - started)
                    with place._delivering:
                        if not place._closed:
                            place._deliver(inspection)
                self._end_turn(place, failed=False)
            except Exception:
                # whatever an inspector breaks on, the other faces' inspections go on
                if not self._closing:
                    logger.exception("an inspection failed")
                self._end_turn(place, failed=True)
                self._pause()

    def _next_turn(self) -> Place | None:
        """Wait for the place whose turn it is; None when the lane is closed."""
        with self._condition:
            while not self._closing:
                now = time.monotonic()
                waiting = [place for place in self._places if place._ready and not place._running]
                due = [place for place in waiting if place._due_at <= now]
                if due:
                    place = min(due, key=lambda place: place._deadline)
                    place._ready, place._running, place._last_started = False, True, now
                    return place
                next_due = min((place._due_at for place in waiting), default=None)
                self._condition.wait(None if next_due is None else next_due - now)
            return None

    def _end_turn(self, place: Place, *, failed: bool) -> None:
        with self._condition:
            place._running = False
            place._failures = place._failures + 1 if failed else 0
            self._runs += 1
            self._failed += failed
            self._condition.notify()  # the place may have become ready meanwhile

    def _note_cost(self, seconds: float) -> None:
        with self._condition:
            # bounded, because the first one may have waited for models to be loaded
            self._cost_s += 0.1 * (min(seconds, 4 * self._cost_s) - self._cost_s)

    def _pause(self) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._closing, PAUSE_AFTER_FAILURE_S)

    def _cadence(self, now: float) -> float:
        faces = sum(now - place._last_seen < ACTIVE_WITHIN_S for place in self._places)
        return cadence(faces, self._cost_s / len(self._threads), self._interval_s)
