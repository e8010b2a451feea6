"""A client that sends what it is asked for: the `budget` message changes its rate, as a browser's setParameters does.

VP8's frames refer to those before them, so a clip cannot be thinned out; each rate is a clip of its own, encoded before
anything is measured, and a change begins with that clip's key frame.
"""

import math
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import av
from aiortc.mediastreams import MediaStreamError

from benchmarks.clips import Clip
from benchmarks.live_client import CLOCK_RATE, ClipTrack

__all__ = ["RATES", "ObedientTrack", "clips_by_rate"]

RATES = (30, 26, 23, 20, 17, 15, 13, 12, 11, 9, 7, 6, 5)  # frames a second
PERIOD_S = 3.0  # of the portrait's movement


def clips_by_rate(make: Callable[[int, int], Clip]) -> dict[int, Clip]:
    """A clip for each rate; make gets the number of frames and the rate."""
    return {rate: make(math.ceil(PERIOD_S * rate), rate) for rate in RATES}


class ObedientTrack(ClipTrack):
    """Plays the clip of the fastest rate that the budget allows; the movement goes on where it was."""

    def __init__(self, clips: Mapping[int, Clip]) -> None:
        self._clips = dict(sorted(clips.items()))
        self._rate = max(self._clips)
        super().__init__(self._clips[self._rate])
        self._next_at = 0.0
        self._first_at = 0.0
        self._place = 0

    @property
    def fps(self) -> int:
        """Frames a second at the moment."""
        return self._rate

    def obey(self, budget: Mapping[str, Any]) -> None:
        """Send no more frames than the `budget` message says."""
        allowed = [rate for rate in self._clips if rate <= budget["fps"]]
        rate = max(allowed, default=min(self._clips))
        if rate != self._rate:
            self._rate, self._clip, self._place = rate, self._clips[rate], 0

    async def recv(self) -> "av.Packet[Any]":
        """The next packet, when its time has come."""
        if self.readyState != "live":
            raise MediaStreamError
        now = time.monotonic()
        if not self._first_at:
            self._first_at = self._next_at = now
        await self._until(self._next_at)
        packet = av.Packet(self._clip.packets[self._place % len(self._clip.packets)])
        packet.pts = round((self._next_at - self._first_at) * CLOCK_RATE)
        packet.time_base = Fraction(1, CLOCK_RATE)
        self._place += 1
        self._next_at += 1 / self._rate
        self.sent_frames += 1
        return packet
