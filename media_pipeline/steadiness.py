"""How long a face has been held still in front of a camera that sees it well."""

from typing import Final

from media_pipeline.types import Face, Quality

__all__ = ["STEADY_S", "Steadiness"]

STEADY_S: Final = 0.8  # long enough to be meant, short enough to be held
MOST_DRIFT: Final = 0.03  # of the face's width, about 4 mm: a hand-held phone sways by less in this time
MOST_TURN: Final = 4.0  # degrees of yaw, pitch or roll
LONGEST_GAP_S: Final = 0.6  # without a frame for longer, nobody knows what the face did


class Steadiness:
    """Fed with every analysed frame. Steady: no issue of the camera gate, and within MOST_DRIFT and MOST_TURN of where
    the face was when it began to be steady, so that slow drifting counts as movement too."""

    def __init__(self) -> None:
        self._anchor: Face | None = None
        self._since = 0.0
        self._last_at = float("-inf")

    def update(self, face: Face | None, quality: Quality, at: float) -> float:
        """Seconds for which the face has been steady at `at` (s, monotonic), 0 when it is not."""
        gap = at - self._last_at
        self._last_at = at
        if face is None or not quality.ok:
            self._anchor = None
            return 0.0
        if self._anchor is None or not 0 <= gap <= LONGEST_GAP_S or _moved(self._anchor, face):
            self._anchor, self._since = face, at
        return at - self._since


def _moved(before: Face, now: Face) -> bool:
    (x0, y0), (x1, y1) = before.box.centre, now.box.centre
    width = before.box.width
    drift = max(abs(x1 - x0), abs(y1 - y0), abs(now.box.width - width)) / max(width, 1e-6)
    one, other = before.pose, now.pose
    turn = max(abs(other.yaw - one.yaw), abs(other.pitch - one.pitch), abs(other.roll - one.roll))
    return drift > MOST_DRIFT or turn > MOST_TURN
