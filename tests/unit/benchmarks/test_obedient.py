"""The obedient client's track: it sends the clip of the rate it is asked for, from its key frame on, in real time."""

import asyncio
from collections.abc import Iterable

import numpy as np

from benchmarks.clips import Clip, encode
from benchmarks.live_client import CLOCK_RATE
from benchmarks.obedient import RATES, ObedientTrack, clips_by_rate
from media_pipeline.pacing import LEAST_FPS
from media_pipeline.video_decoder import is_keyframe


def clips(rates: Iterable[int]) -> dict[int, Clip]:
    picture = np.full((32, 32, 3), 90, np.uint8)
    return {rate: encode([picture] * 3, fps=rate) for rate in rates}


async def test_it_sends_at_the_rate_it_is_asked_for_and_begins_each_with_a_key_frame() -> None:
    track = ObedientTrack(clips((30, 20, 10)))
    first = [await track.recv() for _ in range(3)]
    track.obey({"fps": 12})
    assert track.fps == 10
    then = [await track.recv() for _ in range(3)]
    assert is_keyframe("VP8", bytes(first[0]))
    assert is_keyframe("VP8", bytes(then[0]))
    assert not is_keyframe("VP8", bytes(then[1]))
    stamps = [packet.pts or 0 for packet in (*first, *then)]
    assert np.diff(stamps).tolist() == [CLOCK_RATE // 30] * 3 + [CLOCK_RATE // 10] * 2


async def test_it_plays_in_real_time_and_takes_the_slowest_clip_where_none_is_slow_enough() -> None:
    track = ObedientTrack(clips((30, 20)))
    track.obey({"fps": 1})
    assert track.fps == 20
    loop = asyncio.get_running_loop()
    await track.recv()
    started = loop.time()
    for _ in range(4):
        await track.recv()
    assert loop.time() - started > 0.19
    track.obey({"fps": 60})
    assert track.fps == 30


def test_there_is_a_clip_near_every_rate_that_can_be_asked_for() -> None:
    asked: list[tuple[int, int]] = []

    def make(frames: int, rate: int) -> Clip:
        asked.append((frames, rate))
        return Clip([b""], "VP8", rate, 32, 32)

    made = clips_by_rate(make)
    assert tuple(made) == RATES
    assert min(RATES) <= LEAST_FPS
    assert all(frames >= 3 * rate for frames, rate in asked)
