"""Keeps the sharpest good frames of the last second of one live face, for a capture to be made of.

A few pictures, as the decoder gave them (YUV 4:2:0, referenced, not copied): 1.4 MB each at 1280x720, 3.1 MB at
1920x1080, and the whole picture even where the analysis looks at a smaller one. The second is cut into slots, and each
keeps its best: the first of what is chosen is never worse than the best of the last three quarters of a second.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from av.video.frame import VideoFrame

from media_pipeline.types import Face, Image, Issue, Quality

__all__ = ["NOT_WORTH_INSPECTING", "BestFrames", "Snapshot", "digest"]

WINDOW_S: Final = 1.0
LONGEST_WAIT_S: Final = 3.0  # since the newest frame: an overloaded server may see one in two seconds
SLOTS: Final = 4  # pictures kept at most: 12.4 MB at 1920x1080
LEAST_APART_S: Final = 0.1  # pictures nearer to each other show the same: a slot's last and the next one's first
JUMP: Final = 0.5  # of the face's width from one frame to the next: that is somebody else
# what makes looking at the skin pointless; other issues are left to each condition to judge
NOT_WORTH_INSPECTING: Final = frozenset(
    {Issue.NO_FACE, Issue.SEVERAL_FACES, Issue.TOO_DARK, Issue.TOO_BRIGHT, Issue.BLURRED}
)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One decoded picture with what the camera gate said of it; seen_at: s, monotonic, when it had been
    analysed: under load that is when the server knows it, however long it waited."""

    picture: VideoFrame
    quality: Quality
    seen_at: float

    @property
    def rank(self) -> tuple[bool, float]:
        """How good it is: without any issue first, then by sharpness."""
        return self.quality.ok, self.quality.measures.get("sharpness", 0.0)

    def rgb(self) -> Image:
        """(H, W, 3) uint8 in the video's own size. Takes some milliseconds: not on the event loop."""
        return np.ascontiguousarray(self.picture.to_ndarray(format="rgb24"), dtype=np.uint8)


class BestFrames:
    """offer() and forget() on one worker thread at a time; burst() from any thread."""

    def __init__(self) -> None:
        self._kept: tuple[Snapshot, ...] = ()  # oldest first; swapped whole
        self._last_face: Face | None = None
        self._issues: tuple[Issue, ...] = (Issue.NO_FACE,)
        self._newest_at = float("-inf")

    def offer(self, picture: VideoFrame, face: Face | None, quality: Quality, seen_at: float) -> None:
        """The next analysed frame. Without exactly one face, or with another one than before, what was kept goes."""
        self._issues = quality.issues
        self._newest_at = seen_at
        last, self._last_face = self._last_face, face
        if face is None or Issue.SEVERAL_FACES in quality.issues or (last is not None and _is_another(last, face)):
            self._kept = ()
        if face is None or NOT_WORTH_INSPECTING.intersection(quality.issues):
            return
        new = Snapshot(picture, quality, seen_at)
        kept = [one for one in self._kept if 0 <= seen_at - one.seen_at < WINDOW_S]
        if kept and _slot(kept[-1]) == _slot(new):
            if new.rank >= kept[-1].rank:
                kept[-1] = new
        else:
            kept.append(new)
        self._kept = tuple(kept[-SLOTS:])

    def burst(self, now: float) -> tuple[Snapshot, ...]:
        """The best of the last second that was seen, and others of it no worse than that in what the gate says, the
        sharpest first, each at another moment. Empty where nothing good was seen in it, or nothing for long."""
        newest_at = self._newest_at
        if now - newest_at > LONGEST_WAIT_S:
            return ()
        fresh = [one for one in self._kept if newest_at - one.seen_at <= WINDOW_S]
        chosen: list[Snapshot] = []
        for one in sorted(fresh, key=lambda one: one.rank, reverse=True):
            as_good = not chosen or one.quality.ok == chosen[0].quality.ok
            if as_good and all(abs(one.seen_at - other.seen_at) >= LEAST_APART_S for other in chosen):
                chosen.append(one)
        return tuple(chosen)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What the camera gate said of the newest frame, the one most worth telling first."""
        return self._issues

    def forget(self) -> None:
        """Keep nothing."""
        self._kept = ()
        self._last_face = None
        self._issues = (Issue.NO_FACE,)


def digest(snapshots: Iterable[Snapshot]) -> str:
    """SHA-256 of the pictures as they were decoded, hexadecimal: 1 ms for each at 1280x720."""
    sum_of_all = hashlib.sha256()
    for snapshot in snapshots:
        for plane in snapshot.picture.planes:
            sum_of_all.update(plane)
    return sum_of_all.hexdigest()


def _slot(snapshot: Snapshot) -> int:
    return int(snapshot.seen_at * SLOTS / WINDOW_S)


def _is_another(last: Face, face: Face) -> bool:
    (x0, y0), (x1, y1) = last.box.centre, face.box.centre
    return max(abs(x1 - x0), abs(y1 - y0)) > JUMP * last.box.width
