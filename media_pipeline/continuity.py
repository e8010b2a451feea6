"""Whether the face in this frame is the one of the frame before, so that nothing of one person sticks to another.

No face is recognised here: nothing is kept but the last frame's face, and who was gone for a while is taken for
somebody new. A face is the same when it is where it can have moved to since and looks alike: in the pattern of light
and dark at the mesh's points, in the mesh's shape, and in its colour. Taken together (`_difference`; 1 is the limit,
more for a head that turns fast), on five clips and 34 still faces in like poses:

| pair | beyond the limit |
|---|---|
| a face and itself, the next frame at 30, 5 and 2.5 frames a second | 0 of 459, 1 of 74, 1 of 36 pairs |
| two people on portraits | 190 of 190 |
| two of 15 generated faces, alike in light, pose and place | 97 % of 105 |

Its mirror image is told from a face by the differences between left and right: they correlate at 0.78 and more from
frame to frame, and at -0.49 and less with the mirror image's. What leaves a doubt counts as somebody new: what was
known is then found again in a second or two.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from media_pipeline.mesh_topology import LEFT_POINTS, RIGHT_POINTS
from media_pipeline.quality import BYSTANDER
from media_pipeline.types import Face, Frame, Pose

__all__ = ["Continuity"]

FORGET_AFTER_S = 0.5  # seen to be away for longer, whoever comes next is taken for somebody else
FORGET_UNSEEN_S = 1.5  # likewise, when there was no frame to see it on: a busy server, a camera that hangs
MOST_MOVED = 1.0  # of the face's width between two frames: the fastest heads of the clips reach 0.6 in half a second
MOST_SCALED = 1.6  # times as large, or as small
UNLIKE_PATTERN = 0.3  # 1 - correlation of two patterns, alone at the limit
UNLIKE_SHAPE = 0.06  # Procrustes distance of two meshes, alone at the limit
UNLIKE_COLOUR = 0.2  # natural logarithm of the ratio of two faces' colours, in the worst channel, alone at the limit
TURN_ALLOWANCE = 0.04  # of the limit, for each degree that the head has turned meanwhile
FASTEST_TURN = 200.0  # degrees a second that are allowed for
MOST_TURNED = 40.0  # degrees that are allowed for in all
LEAST_SAME_SIDE = 0.0  # correlation of the left-right differences
LEAST_SIDES = 0.15  # of the pattern's size: fainter left-right differences are noise
SAME_SHAPE = 0.02  # by how much a picture's proportions may differ: scaling rounds to whole pixels


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    at: float
    shape: float  # width over height of the frame
    middle: NDArray[np.float64]  # of the face, in widths of the frame
    width: float  # of the face, in widths of the frame
    pose: Pose
    colour: NDArray[np.float32]  # natural logarithm of the mean colour, RGB in 8 bit steps
    pattern: NDArray[np.float32]  # (468,) mean 0, length 1
    sides: NDArray[np.float32]  # its left-right differences
    mesh: NDArray[np.float32]  # (468, 3) centred, of size 1


class Continuity:
    """Follows one face of a session through its frames."""

    def __init__(self) -> None:
        self._last: _Seen | None = None
        self._away_since: float | None = None
        self._number = 0

    @property
    def number(self) -> int:
        """Which face of the session is followed, counted from 1; 0 before the first."""
        return self._number

    def excuse(self, seconds: float) -> None:
        """Nobody could be seen for so long before the next frame, and that was not the face's doing."""
        if self._last is not None:
            self._last = replace(self._last, at=self._last.at + seconds)
        if self._away_since is not None:
            self._away_since += seconds

    def follow(self, frame: Frame, faces: Sequence[Face]) -> tuple[Face, ...]:
        """The faces with the followed one first. number has changed when it is another than before. Time is when the
        frames were received."""
        now = frame.received_at
        if not faces:
            self._away_since = now if self._away_since is None else self._away_since
            return ()
        last, away_since = self._last, self._away_since
        self._away_since = None
        if last is not None and now - last.at > FORGET_UNSEEN_S:
            last = None
        if away_since is not None and now - away_since > FORGET_AFTER_S:
            last = None
        largest = max(face.box.width for face in faces)
        for face in faces if last is not None else ():
            if last is not None and face.box.width >= BYSTANDER * largest and _near(last, frame, face):
                seen = _seen(frame, face, now)
                if _alike(last, seen):
                    self._last = seen
                    return (face, *(other for other in faces if other is not face))
        self._last = _seen(frame, faces[0], now)
        self._number += 1
        return tuple(faces)


def _near(last: _Seen, frame: Frame, face: Face) -> bool:
    if abs(frame.width / frame.height - last.shape) > SAME_SHAPE * last.shape:
        return False  # another camera, or the same one held differently
    width = face.box.width / frame.width
    if not last.width / MOST_SCALED <= width <= last.width * MOST_SCALED:
        return False
    return float(np.linalg.norm(_middle(frame, face) - last.middle)) <= MOST_MOVED * max(width, last.width)


def _alike(last: _Seen, seen: _Seen) -> bool:
    turned = max(abs(a - b) for a, b in ((last.pose.yaw, seen.pose.yaw), (last.pose.pitch, seen.pose.pitch)))
    allowed = min(turned, MOST_TURNED, FASTEST_TURN * (seen.at - last.at))
    return _difference(last, seen) <= 1 + TURN_ALLOWANCE * allowed and not _mirrored(last, seen)


def _difference(last: _Seen, seen: _Seen) -> float:
    pattern = 1 - float(last.pattern @ seen.pattern)
    u, stretch, vt = np.linalg.svd(seen.mesh.T @ last.mesh)
    if np.linalg.det(u @ vt) < 0:
        stretch[2] = -stretch[2]
    shape = max(0.0, 1 - float(stretch.sum()) ** 2)  # squared; Gower 1975
    colour = float(np.abs(last.colour - seen.colour).max())
    return (pattern / UNLIKE_PATTERN) ** 2 + shape / UNLIKE_SHAPE**2 + (colour / UNLIKE_COLOUR) ** 2


def _mirrored(last: _Seen, seen: _Seen) -> bool:
    sizes = [float(np.linalg.norm(one.sides)) for one in (last, seen)]
    if min(sizes) < LEAST_SIDES:
        return False
    return float(last.sides @ seen.sides) < LEAST_SAME_SIDE * sizes[0] * sizes[1]


def _seen(frame: Frame, face: Face, now: float) -> _Seen:
    landmarks = face.landmarks[:468]
    columns, rows = landmarks[:, :2].astype(np.intp).T
    inside = np.clip(rows, 0, frame.height - 1), np.clip(columns, 0, frame.width - 1)
    colours = frame.rgb[inside].astype(np.float32)
    pattern = _unit(colours[:, 1] - colours[:, 1].mean())  # green carries most of the light
    return _Seen(
        now,
        frame.width / frame.height,
        _middle(frame, face),
        face.box.width / frame.width,
        face.pose,
        np.log(colours.mean(axis=0) + 4),  # of dark skin in dim light a step is much
        pattern,
        pattern[RIGHT_POINTS] - pattern[LEFT_POINTS],
        _unit(landmarks - landmarks.mean(axis=0)),
    )


def _middle(frame: Frame, face: Face) -> NDArray[np.float64]:
    return np.array(face.box.centre) / frame.width


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-6), np.float32)
