"""Whether a picture of a face is another than the last one that was inspected, or the same one sent again.

A camera that hangs, or a paused sender, goes on sending one picture. The encoder keeps refining it, so the decoded
pictures differ by a level or two; what gives them away is that nothing moves. A living face does: in half a second,
held as still as can be, by two tenths of a pixel and more. One picture sent as VP8 (1280x720, 500 kbit/s) moves by 0.06
px at most.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Box, Face, Frame

__all__ = ["Novelty"]

LEAST_MOVED = 0.08  # px of the frame
MOST_RECODED = 3.0  # mean difference in 8 bit steps that an encoder at work on one picture leaves
SAMPLED = 160  # px, longer side of the face as it is compared


class Novelty:
    """Remembers the last picture that was new."""

    def __init__(self) -> None:
        self._box: Box | None = None
        self._size = (0, 0)
        self._grey = np.zeros((0, 0), np.float32)

    def is_new(self, frame: Frame, face: Face) -> bool:
        """Whether the frame shows anything new since the last one that did."""
        size = (frame.width, frame.height)
        if self._box is not None and size == self._size:
            grey, scale = _sample(frame, self._box)
            if float(cv2.absdiff(grey, self._grey).mean()) < MOST_RECODED and _shift(self._grey, grey) < (
                LEAST_MOVED * scale
            ):
                return False
        self._size, self._box = size, face.box
        self._grey, _ = _sample(frame, face.box)
        return True


def _sample(frame: Frame, box: Box) -> tuple[NDArray[np.float32], float]:
    """The box in grey, and px of it per px of the frame."""
    left, top = (int(np.clip(value, 0, side - 2)) for value, side in ((box.x, frame.width), (box.y, frame.height)))
    right, bottom = max(left + 2, int(box.x + box.width)), max(top + 2, int(box.y + box.height))
    part = np.ascontiguousarray(frame.rgb[top:bottom, left:right])
    scale = min(1.0, SAMPLED / max(part.shape[:2]))
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return grey.astype(np.float32), scale


def _shift(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """How far the picture as a whole has moved, px: one step of Lucas and Kanade's registration (IJCAI 1981)."""
    across = cv2.Sobel(before, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(before, cv2.CV_32F, 0, 1, scale=1 / 8)
    gradients = np.stack([across.ravel(), down.ravel()], axis=1)
    normal = gradients.T @ gradients + np.eye(2, dtype=np.float32)
    shift = np.linalg.solve(normal, gradients.T @ (before - after).ravel())
    return float(np.hypot(*shift))
