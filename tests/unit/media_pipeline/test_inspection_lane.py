"""The inspection lane: whose findings are oldest goes first, none is inspected more often than it should, none is
starved, and a broken inspector harms nobody for long."""

import math
import threading
import time
from collections.abc import Callable
from typing import cast

import numpy as np
import pytest

from media_pipeline import inspection_lane
from media_pipeline.inspection import Inspection, InspectionRequest
from media_pipeline.inspection_lane import (
    INSPECT_WITHIN_S,
    LONGEST_CADENCE_S,
    SHARE,
    InspectionLane,
    cadence,
)
from media_pipeline.types import Box, Condition, Face, Frame, Pose, Quality

BARE = np.ones((2, 2), np.bool_)
NOBODY = Face(Box(0, 0, 1, 1), np.zeros((478, 3), np.float32), Pose(0, 0, 0), 1.0)


class Inspector:
    """Says when it was asked about whom (by the frame's id), and takes as long as the test wants."""

    def __init__(self, cost_s: float = 0.0, *, gate: threading.Event | None = None) -> None:
        self.asked: list[tuple[int, float]] = []
        self.warmed = self.closed = 0
        self.fail_times = 0
        self._cost_s = cost_s
        self._gate = gate

    def inspect_whole(self, request: InspectionRequest) -> Inspection:
        self.asked.append((request.frame.id, time.monotonic()))
        if self._gate is not None:
            assert self._gate.wait(10)
        if self.fail_times:
            self.fail_times -= 1
            raise RuntimeError("broken")
        time.sleep(self._cost_s)
        return Inspection(request.face, request.frame.received_at, {}, {}, frozenset(), BARE, np.eye(3)[:2])

    def warm(self) -> None:
        self.warmed += 1

    def close(self) -> None:
        self.closed += 1


class LiveFace:
    """A face that always has a good frame to offer."""

    def __init__(self, lane: InspectionLane, number: int, *, again: int = 0) -> None:
        """again: how often it is ready again after an inspection."""
        self.inspected = threading.Semaphore(0)
        self.times: list[float] = []
        self._number = number
        self._again = again
        self.place = lane.add(self._take, self._deliver)

    def _take(self) -> InspectionRequest | None:
        return InspectionRequest(Frame(np.zeros((2, 2, 3), np.uint8), self._number), NOBODY, Quality())

    def _deliver(self, inspection: Inspection) -> None:
        self.times.append(time.monotonic())
        if len(self.times) <= self._again:
            self.place.ready()
        self.inspected.release()

    def wait(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.inspected.acquire(timeout=20)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_new_face_is_inspected_at_once_and_then_at_the_interval() -> None:
    with InspectionLane([Inspector()], [Condition.ACNE], interval_s=0.2) as lane:
        started = time.monotonic()
        face = LiveFace(lane, 1, again=2)
        face.place.ready()
        face.wait(3)
        assert lane.conditions == [Condition.ACNE]
        assert lane.statistics.runs >= 2
    assert face.times[0] - started < 0.2
    gaps = np.diff(face.times)
    assert (gaps > 0.15).all()


def test_saying_ready_many_times_inspects_once() -> None:
    gate = threading.Event()
    inspector = Inspector(gate=gate)
    with InspectionLane([inspector], interval_s=0.01) as lane:
        busy, face = LiveFace(lane, 1), LiveFace(lane, 2)
        busy.place.ready()
        wait_until(lambda: len(inspector.asked) == 1)
        for _ in range(5):
            face.place.ready()
        gate.set()
        face.wait()
        busy.wait()
        wait_until(lambda: lane.statistics.runs == 2)
    assert [who for who, _ in inspector.asked] == [1, 2]


def test_whose_findings_are_oldest_goes_first() -> None:
    gate = threading.Event()
    gate.set()
    inspector = Inspector(gate=gate)
    with InspectionLane([inspector], interval_s=0.01) as lane:
        faces = {number: LiveFace(lane, number) for number in (1, 2, 3)}
        for number in (2, 3, 1):  # known in this order, so 2 is the oldest
            faces[number].place.ready()
            faces[number].wait()
        time.sleep(0.02)  # all may be inspected again
        gate.clear()
        blocker = LiveFace(lane, 9)
        blocker.place.ready()
        wait_until(lambda: len(inspector.asked) == 4)
        for number in (1, 3, 2):
            faces[number].place.ready()
        time.sleep(0.02)
        gate.set()
        for face in faces.values():
            face.wait()
    assert [who for who, _ in inspector.asked[4:]] == [2, 3, 1]


def test_a_face_of_which_nothing_is_known_goes_before_one_that_was_just_inspected() -> None:
    gate = threading.Event()
    gate.set()
    inspector = Inspector(gate=gate)
    with InspectionLane([inspector], interval_s=0.01) as lane:
        known, blocker = LiveFace(lane, 1), LiveFace(lane, 9)
        known.place.ready()
        known.wait()
        gate.clear()
        blocker.place.ready()
        wait_until(lambda: len(inspector.asked) == 2)
        known.place.ready()
        new = LiveFace(lane, 2)
        new.place.ready()
        time.sleep(0.02)
        gate.set()
        new.wait()
        known.wait()
    assert [who for who, _ in inspector.asked[2:]] == [2, 1]


def test_somebody_else_in_the_same_session_need_not_wait_for_the_next_turn() -> None:
    with InspectionLane([Inspector()], interval_s=30.0) as lane:
        face = LiveFace(lane, 1)
        face.place.ready()
        face.wait()
        face.place.begin_anew()
        face.place.ready()
        face.wait()


def test_many_faces_get_even_shares_and_are_all_inspected_in_time() -> None:
    inspector = Inspector(cost_s=0.004)
    with InspectionLane([inspector], interval_s=0.01) as lane:
        faces = [LiveFace(lane, number, again=1000) for number in range(6)]
        for face in faces:
            face.place.ready()
        for face in faces:
            face.wait(3)
        statistics = lane.statistics
    counts = [len(face.times) for face in faces]
    assert max(counts) - min(counts) <= 2  # they go on while the last ones are waited for
    assert statistics.slack_s > 0
    assert not any(face.place.late for face in faces)


def test_inspections_keep_to_their_share_of_a_core_but_never_to_a_missed_deadline() -> None:
    assert cadence(1, 0.07, 0.5) == 0.5
    assert cadence(8, 0.07, 0.5) == pytest.approx(8 * 0.07 / SHARE)
    assert cadence(100, 0.07, 0.5) == LONGEST_CADENCE_S < INSPECT_WITHIN_S
    assert cadence(100, 0.07, 10.0) == 10.0  # what the operator set


def test_a_face_that_waits_too_long_is_late() -> None:
    gate = threading.Event()
    gate.set()
    with InspectionLane([Inspector(gate=gate)], interval_s=0.01) as lane:
        first, busy, face = LiveFace(lane, 0), LiveFace(lane, 1), LiveFace(lane, 2)
        first.place.ready()
        first.wait()
        wait_until(lambda: lane.statistics.runs == 1)
        gate.clear()
        busy.place.ready()
        face.place.ready()
        assert not face.place.late
        wait_until(lambda: face.place.late)
        assert lane.statistics.slack_s < 0
        assert lane.statistics.waiting == 1
        gate.set()
        face.wait()
        assert not face.place.late


def test_while_the_first_inspection_loads_its_models_nothing_counts_as_late() -> None:
    gate = threading.Event()
    with InspectionLane([Inspector(gate=gate)], interval_s=0.01) as lane:
        busy, face = LiveFace(lane, 1), LiveFace(lane, 2)
        busy.place.ready()
        face.place.ready()
        wait_until(lambda: lane.statistics.waiting == 1)
        assert lane.statistics.slack_s == math.inf
        gate.set()
        face.wait()


def test_a_failed_inspection_is_said_and_the_next_one_is_made(caplog: pytest.LogCaptureFixture) -> None:
    inspector = Inspector()
    inspector.fail_times = 1
    with InspectionLane([inspector], interval_s=0.01) as lane:
        face = LiveFace(lane, 1)
        face.place.ready()
        wait_until(lambda: lane.statistics.failed == 1)
        face.place.ready()
        face.wait()
    assert "an inspection failed" in caplog.text


def test_a_face_whose_inspections_always_fail_waits_longer_and_the_others_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspection_lane, "PAUSE_AFTER_FAILURE_S", 0.01)
    bad, good = (cast(InspectionRequest, number) for number in ("bad", "good"))
    asked: list[InspectionRequest] = []

    class Breaking:
        def inspect_whole(self, request: InspectionRequest) -> Inspection:
            asked.append(request)
            if request is bad:
                raise ValueError("on this face")
            return cast(Inspection, None)

        def warm(self) -> None: ...

        def close(self) -> None: ...

    with InspectionLane([Breaking()], interval_s=0.01) as lane:
        places = [lane.add(lambda: bad, lambda one: None), lane.add(lambda: good, lambda one: None)]
        lane._cost_s = 0.001
        deadline = time.monotonic() + 20
        while asked.count(good) < 20:
            assert time.monotonic() < deadline
            for place in places:
                place.ready()
            time.sleep(0.005)
        assert asked.count(bad) < 5  # after 1, 2, 4 s


def test_a_face_without_a_frame_any_more_costs_nothing() -> None:
    inspector = Inspector()
    with InspectionLane([inspector], interval_s=0.01) as lane:
        place = lane.add(lambda: None, lambda inspection: None)
        place.ready()
        wait_until(lambda: lane.statistics.runs == 1)
    assert inspector.asked == []


def test_a_closed_place_gets_nothing_though_it_is_being_inspected() -> None:
    gate = threading.Event()
    inspector = Inspector(gate=gate)
    with InspectionLane([inspector], interval_s=0.01) as lane:
        face = LiveFace(lane, 1)
        face.place.ready()
        wait_until(lambda: len(inspector.asked) == 1)
        face.place.close()
        gate.set()
        wait_until(lambda: lane.statistics.runs == 1)
        face.place.ready()
        assert lane.statistics.waiting == 0
    assert face.times == []


def test_several_inspectors_work_side_by_side() -> None:
    gate = threading.Event()
    inspectors = [Inspector(gate=gate), Inspector(gate=gate)]
    with InspectionLane(inspectors, interval_s=0.01) as lane:
        faces = [LiveFace(lane, number) for number in (1, 2)]
        for face in faces:
            face.place.ready()
        wait_until(lambda: all(one.asked for one in inspectors))
        gate.set()
        for face in faces:
            face.wait()


def test_the_lane_warms_and_closes_its_inspectors_and_leaves_no_thread() -> None:
    before = threading.active_count()
    inspectors = [Inspector(), Inspector()]
    lane = InspectionLane(inspectors)
    lane.warm()
    assert threading.active_count() == before + 2
    lane.close()
    assert threading.active_count() == before
    assert [(one.warmed, one.closed) for one in inspectors] == [(1, 1), (1, 1)]
    with pytest.raises(RuntimeError, match="closed"):
        lane.add(lambda: None, lambda inspection: None)


def test_a_lane_without_inspectors_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        InspectionLane([])
