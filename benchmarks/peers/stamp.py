"""A number drawn into each picture of a clip, so that every server can say which frame its answer is about.

The neighbours' frames lose their RTP timestamps inside aiortc; a stamp survives decoding, loss and skipping alike.
`servers/workload.py` reads it.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from benchmarks.peers.servers.workload import BLOCK, CHECK_BITS, NUMBER_BITS, check_of
from media_pipeline.types import Image

__all__ = ["BLOCK", "CHECK_BITS", "LARGEST", "NUMBER_BITS", "stamped"]

LARGEST = 2**NUMBER_BITS - 1


def stamped(pictures: Iterable[Image]) -> Iterator[Image]:
    """The pictures, numbered from 0 in their upper left corner: ten bits of number, six of its CRC-32, white for one.
    Raises ValueError beyond LARGEST."""
    for number, picture in enumerate(pictures):
        if number > LARGEST:
            raise ValueError(f"a stamp holds at most {LARGEST}")
        bits = np.array([int(bit) for bit in f"{number << CHECK_BITS | check_of(number):016b}"], np.uint8)
        drawn = picture.copy()
        drawn[:BLOCK, : BLOCK * bits.size] = np.repeat(bits * 255, BLOCK)[None, :, None]
        yield drawn
