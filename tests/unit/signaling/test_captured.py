"""What is captured is held as it came and read when its turn has come."""

import av
import numpy as np

from media_pipeline.best_frame import Snapshot
from media_pipeline.types import Quality
from signaling.captured import CapturedBurst, CapturedStill


def test_a_still_is_its_file() -> None:
    still = CapturedStill(b"12345", "digest")
    assert (still.size, still.read(), still.sha256) == (5, b"12345", "digest")


def test_a_burst_is_read_as_pixels_of_each_picture() -> None:
    snapshots = [
        Snapshot(
            av.VideoFrame.from_ndarray(np.full((16, 32, 3), level, np.uint8), format="rgb24").reformat(
                format="yuv420p"
            ),
            Quality(),
            10.0,
        )
        for level in (60, 160)
    ]
    burst = CapturedBurst(snapshots)
    assert burst.size == 2 * 16 * 32 * 3
    assert [round(float(one.mean()), -1) for one in burst.read()] == [60, 160]
    assert len({burst.sha256, CapturedBurst(snapshots[:1]).sha256, CapturedBurst(snapshots[1:]).sha256}) == 3
