"""What clients are asked for: all that is of use while the server keeps up, then fewer frames, then smaller ones."""

import threading
import time

from media_pipeline.inspection import Inspector
from media_pipeline.inspection_lane import InspectionLane
from media_pipeline.pacing import BEHIND_WAIT_S, FULL_FPS, LEAST_FPS
from media_pipeline.scheduler import Scheduler
from signaling import budget as module
from signaling.budget import Budget, BudgetDesk, budget_for


def test_at_the_full_rate_everything_useful_is_asked_for_and_nothing_held_back() -> None:
    assert budget_for(FULL_FPS) == Budget(1280, 720, 30, 2500, 0.0)


def test_fewer_frames_are_asked_for_before_smaller_ones() -> None:
    assert budget_for(22.5) == Budget(1280, 720, 23, 1875, 22.5)
    assert (budget_for(16.9).width, budget_for(16.9).fps) == (960, 17)
    assert (budget_for(LEAST_FPS).width, budget_for(LEAST_FPS).fps) == (640, 5)


def test_less_is_asked_for_at_every_lower_rate() -> None:
    budgets = [budget_for(fps / 2) for fps in range(60, 9, -1)]
    for more, less in zip(budgets, budgets[1:], strict=False):
        assert less.width <= more.width
        assert less.fps <= more.fps
        assert less.kbps <= more.kbps
        assert less.kbps >= 500
        assert less.pace_fps <= less.fps


def test_frames_that_wait_for_a_worker_lower_the_budget_and_the_load_is_looked_at_once_a_second() -> None:
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        release.wait(10)

    with Scheduler() as scheduler, InspectionLane([Inspector()]) as lane:
        desk = BudgetDesk(scheduler, lane)
        now = time.monotonic()
        assert desk.at(now) == budget_for(FULL_FPS)
        scheduler.add(hold).ready()
        assert held.wait(10)
        ran = threading.Event()
        scheduler.add(ran.set).ready()
        time.sleep(BEHIND_WAIT_S + 0.05)  # a frame waits, behind one that takes long
        release.set()
        assert ran.wait(10)
        assert desk.at(now + module.PERIOD_S / 2) == budget_for(FULL_FPS)
        assert desk.at(now + module.PERIOD_S).fps < FULL_FPS


def test_frames_that_come_faster_than_they_are_analysed_lower_the_budget() -> None:
    with Scheduler() as scheduler, InspectionLane([Inspector()]) as lane:
        desk = BudgetDesk(scheduler, lane)
        now = time.monotonic()
        assert desk.at(now) == budget_for(FULL_FPS)
        release, ran = threading.Event(), threading.Event()
        scheduler.add(lambda: None if release.wait(10) else None).ready()
        slot = scheduler.add(ran.set)
        for _ in range(5):
            slot.ready()
        release.set()
        assert ran.wait(10)
        assert desk.at(now + module.PERIOD_S).fps < FULL_FPS
