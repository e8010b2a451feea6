"""The sharpest good frame of the last second is there to be captured, of one person alone, in a few pictures."""

from itertools import pairwise

import av
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.best_frame import LEAST_APART_S, LONGEST_WAIT_S, SLOTS, WINDOW_S, BestFrames, Snapshot, digest
from media_pipeline.types import Box, Face, Issue, Pose, Quality

PICTURE = av.VideoFrame(32, 16, "yuv420p")


def face(x: float = 100.0) -> Face:
    return Face(Box(x, 100, 80, 100), np.zeros((478, 3), np.float32), Pose(0, 0, 0), 0.9)


def quality(sharpness: float = 0.5, *issues: Issue) -> Quality:
    return Quality(issues, {"sharpness": sharpness})


@given(st.lists(st.tuples(st.floats(0.001, 0.4), st.floats(0, 1)), min_size=1, max_size=80), st.floats(0, 5))
def test_what_is_chosen_is_no_worse_than_the_last_three_quarters_of_a_second_and_not_stale(
    frames: list[tuple[float, float]], wait: float
) -> None:
    best, at, seen = BestFrames(), 1000.0, []
    for gap, sharpness in frames:
        at += gap
        seen.append((at, sharpness))
        best.offer(PICTURE, face(), quality(sharpness), at)
        assert len(best._kept) <= SLOTS
    burst = best.burst(at + wait)
    assert (burst == ()) == (at + wait - at > LONGEST_WAIT_S)
    if burst:
        assert burst[0].rank[1] >= max(sharpness for moment, sharpness in seen if at - moment < WINDOW_S * 0.74)
        assert all(at - one.seen_at <= WINDOW_S for one in burst)
        assert [one.rank for one in burst] == sorted((one.rank for one in burst), reverse=True)
        moments = sorted(one.seen_at for one in burst)
        assert all(later - sooner >= LEAST_APART_S for sooner, later in pairwise(moments))


def test_a_frame_without_issues_goes_before_a_sharper_one_with_some() -> None:
    best = BestFrames()
    best.offer(PICTURE, face(), quality(0.4), 10.0)
    best.offer(PICTURE, face(), quality(0.9, Issue.UNEVEN_LIGHT), 10.1)
    best.offer(PICTURE, face(), quality(0.3), 10.6)
    assert [one.seen_at for one in best.burst(10.6)] == [10.0, 10.6]


def test_what_no_detector_can_work_with_is_not_kept() -> None:
    best = BestFrames()
    best.offer(PICTURE, face(), quality(0.1, Issue.BLURRED), 10.0)
    assert best.burst(10.0) == ()
    assert best.issues == (Issue.BLURRED,)


def test_nobody_else_is_captured_than_who_is_there_now() -> None:
    for who, seen in ((None, quality(0.5, Issue.NO_FACE)), (face(), quality(0.5, Issue.SEVERAL_FACES))):
        best = BestFrames()
        best.offer(PICTURE, face(), quality(0.9), 10.0)
        best.offer(PICTURE, who, seen, 10.1)
        assert best.burst(10.1) == ()
    best = BestFrames()
    best.offer(PICTURE, face(100), quality(0.9), 10.0)
    best.offer(PICTURE, face(160), quality(0.5), 10.1)  # three quarters of a face beside: not a movement
    assert [one.seen_at for one in best.burst(10.1)] == [10.1]


def test_forgetting_keeps_nothing() -> None:
    best = BestFrames()
    best.offer(PICTURE, face(), quality(), 10.0)
    best.forget()
    assert best.burst(10.0) == ()
    assert best.issues == (Issue.NO_FACE,)


def test_a_snapshot_is_the_whole_decoded_picture() -> None:
    red = np.zeros((1080, 1920, 3), np.uint8)
    red[:, :, 0] = 200
    best = BestFrames()
    best.offer(av.VideoFrame.from_ndarray(red, format="rgb24").reformat(format="yuv420p"), face(), quality(), 10.0)
    (chosen,) = best.burst(10.0)
    assert chosen.rgb().shape == (1080, 1920, 3)
    assert np.abs(chosen.rgb().astype(int) - red).max() <= 4
    other = Snapshot(av.VideoFrame.from_ndarray(red + 9, format="rgb24").reformat(format="yuv420p"), quality(), 10.0)
    assert digest([chosen]) == digest([chosen]) != digest([other])
    assert digest([chosen, other]) != digest([chosen])
