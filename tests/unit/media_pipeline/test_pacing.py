"""The rate for all sessions: lowered quickly while the server is behind, raised slowly, and more slowly each time that
was too early; late inspections lower it only to where they could be in time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.pacing import FULL_FPS, INSPECTED_FPS, LEAST_FPS, Load, Pacer

CALM = Load(0.001, math.inf)
FRAMES_WAIT = Load(0.3, math.inf)
INSPECTIONS_LATE = Load(0.001, -1.0)
JUST_SO = Load(0.1, 0.2)  # neither behind nor ahead


def after(pacer: Pacer, load: Load, start: int, seconds: int) -> float:
    """The rate when that load has lasted for so many seconds, looked at every second."""
    for second in range(start, start + seconds):
        pacer.update(float(second), load)
    return pacer.fps


def test_a_server_that_keeps_up_asks_for_the_full_rate() -> None:
    pacer = Pacer()
    assert after(pacer, CALM, 0, 100) == FULL_FPS


def test_frames_that_wait_lower_the_rate_in_seconds_and_not_below_what_an_overlay_needs() -> None:
    pacer = Pacer()
    assert after(pacer, FRAMES_WAIT, 0, 1) < FULL_FPS
    assert after(pacer, FRAMES_WAIT, 1, 3) == INSPECTED_FPS
    assert after(pacer, FRAMES_WAIT, 4, 3) == INSPECTED_FPS  # a crowd that came at once is given the time to settle
    assert after(pacer, FRAMES_WAIT, 7, 20) == LEAST_FPS


def test_late_inspections_lower_the_rate_only_to_where_they_would_be_in_time() -> None:
    pacer = Pacer()
    assert after(pacer, INSPECTIONS_LATE, 0, 30) == INSPECTED_FPS
    assert after(pacer, FRAMES_WAIT, 30, 30) == LEAST_FPS
    assert after(pacer, INSPECTIONS_LATE, 60, 60) == INSPECTED_FPS  # nor do they keep it lower, once no frame waits


def test_between_behind_and_ahead_nothing_changes() -> None:
    pacer = Pacer()
    low = after(pacer, FRAMES_WAIT, 0, 3)
    assert after(pacer, JUST_SO, 3, 100) == low


def test_the_rate_comes_back_step_by_step_when_the_load_is_gone() -> None:
    pacer = Pacer()
    low = after(pacer, FRAMES_WAIT, 0, 3)
    assert after(pacer, CALM, 3, 4) == low  # not at once
    assert low < after(pacer, CALM, 7, 4) < FULL_FPS
    assert after(pacer, CALM, 11, 60) == FULL_FPS


def test_no_more_is_asked_for_than_a_little_above_what_is_reached() -> None:
    overrun = Load(0.1, 1.0, sessions=10, reached_fps=16.0, merged=0.4)
    assert after(Pacer(), overrun, 0, 5) == pytest.approx(1.1 * 16)
    assert after(Pacer(), Load(0.1, 1.0, sessions=10, reached_fps=15.0, merged=0.0), 0, 5) == FULL_FPS  # slow cameras
    crowded = Load(0.1, 1.0, sessions=16, reached_fps=7.0, merged=0.4)
    assert after(Pacer(), crowded, 0, 20) == INSPECTED_FPS  # only frames that wait too long lower it further


def test_what_those_who_are_gone_have_had_is_the_others_at_once() -> None:
    pacer = Pacer()
    for second in range(60):
        pacer.update(float(second), Load(1.0, math.inf, sessions=12))
    assert pacer.fps == LEAST_FPS
    assert pacer.update(60.0, Load(0.0, math.inf, sessions=6)) == 2 * LEAST_FPS
    assert pacer.update(61.0, Load(0.0, math.inf, sessions=1)) == FULL_FPS
    assert pacer.update(62.0, Load(0.0, math.inf, sessions=12)) == FULL_FPS  # who comes is not yet known to be too many
    assert pacer.update(63.0, Load(0.0, math.inf, sessions=0)) == FULL_FPS


def test_a_raise_that_was_too_early_is_not_tried_again_so_soon() -> None:
    pacer = Pacer()
    after(pacer, FRAMES_WAIT, 0, 3)
    waits = []
    second = 3
    for _ in range(4):
        low, started = pacer.fps, second
        while pacer.fps == low:
            pacer.update(float(second), CALM)
            second += 1
        waits.append(second - started)
        pacer.update(float(second), FRAMES_WAIT)
        second += 1
    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]


@given(
    st.lists(
        st.builds(
            Load,
            st.floats(0, 2),
            st.one_of(st.just(math.inf), st.floats(-10, 3)),
            reached_fps=st.one_of(st.just(math.inf), st.floats(0, 60)),
            merged=st.floats(0, 1),
        ),
        min_size=1,
        max_size=200,
    )
)
def test_whatever_the_load_the_rate_stays_within_its_bounds(loads: list[Load]) -> None:
    pacer = Pacer()
    for second, load in enumerate(loads):
        before = pacer.fps
        after_ = pacer.update(float(second), load)
        assert LEAST_FPS <= after_ <= FULL_FPS
        assert after_ == pytest.approx(before) or 0.6 < after_ / before < 1.3
