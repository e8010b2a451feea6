"""Meshes that cannot be a face seen well enough, and one face found twice.

The mesh model answers with a face whatever it is shown: a cat, a colour chart, a face upside down, a cheek that fills
the picture. Its own presence score is near 1 for many of those. What gives them away is that they are not the same in a
mirror: a real face and its mirror image get meshes that mirror each other. Measured as mirror_disagreement(), share of
the face's size:

| picture | disagreement |
|---|---|
| 35 portraits and generated faces, upright or on their side | 0.4 to 1.3 % |
| the same at 15 % of the light, as a JPEG of quality 8, with strong noise | 0.5 to 1.4 % |
| the same blurred by 1/180 of the picture's side, or scaled to 90 px | to 2.2 %, one 3.5 % |
| the same upside down (the mesh stands the wrong way round) | 1.4 to 10 % |
| a cat, a man from behind his ear, a colour chart, a coin, half of a face | 2.2 to 13 % |
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from media_pipeline.mesh_topology import LEFT_POINTS, RIGHT_POINTS
from media_pipeline.types import Face

__all__ = [
    "MOST_DISAGREEMENT",
    "MOST_LEFT_OVER",
    "SUSPICIOUS_DISAGREEMENT",
    "implausibility",
    "left_over_tilt",
    "mirror_disagreement",
    "without_doubles",
]

MOST_DISAGREEMENT = 0.024  # share of the face's size; see the table above
SUSPICIOUS_DISAGREEMENT = 0.012  # from here on it is worth asking whether the face stands the other way up

MOST_LEFT_OVER = 20.0  # degrees of tilt beside whole quarter turns: pictures lie on their side by 90 degrees, not by 70

_LEAST_WIDTH = 16.0  # px between the cheekbones: below, the mesh is a guess
_LEAST_INSIDE = 0.6  # share of the landmarks that must lie in the picture
# Height (forehead to chin) over width (between the cheekbones), in three dimensions: 1.07 to 1.34 on 35 faces; pictures
# stretched to 1.4 times their width or height reach 0.86 and 1.54, an open mouth about 1.5.
_ASPECT = (0.95, 1.6)
_TOP, _CHIN, _RIGHT_SIDE, _LEFT_SIDE = 10, 152, 234, 454


def implausibility(landmarks: NDArray[np.float32], width: int, height: int) -> str | None:
    """Why these landmarks (478, 3), px of a width x height frame, are no face; None when they may be one."""
    if not np.isfinite(landmarks).all():
        return "the mesh has coordinates that are no numbers"
    across = float(np.linalg.norm(landmarks[_LEFT_SIDE] - landmarks[_RIGHT_SIDE]))
    if across < _LEAST_WIDTH:
        return "the face is too small to be meshed"
    x, y = landmarks[:, 0], landmarks[:, 1]
    inside = float(((x >= 0) & (x < width) & (y >= 0) & (y < height)).mean())
    if inside < _LEAST_INSIDE:
        return "most of the face lies outside the picture"
    aspect = float(np.linalg.norm(landmarks[_TOP] - landmarks[_CHIN])) / across
    if not _ASPECT[0] <= aspect <= _ASPECT[1]:
        return "the mesh has not the proportions of a face"
    return None


def left_over_tilt(roll: float) -> float:
    """Degrees of tilt that no quarter turn of the picture explains; 0 up to 45, where heads tilt by themselves. What is
    found beyond MOST_LEFT_OVER is somebody lying, or a mesh that took something else for a face: once, with high
    confidence, the side of a head seen from three quarters."""
    quarter_turns = round(roll / 90)
    return abs(roll - 90 * quarter_turns) if quarter_turns else 0.0


def mirror_disagreement(unit: NDArray[np.float32], mirrored: NDArray[np.float32]) -> float:
    """How far the mesh of a crop and that of its mirror image are from mirroring each other: the mean distance of a
    point to its mirrored partner as a share of the face's size. unit and mirrored are (478, 3) in 0-1 of the crop; an
    empty mesh of the mirror image (no face found there) is infinitely far."""
    if not len(mirrored) or not len(unit):
        return float("inf")
    partner = mirrored[:, :2] * (-1, 1) + (1, 0)
    right = np.hypot(*(unit[RIGHT_POINTS, :2] - partner[LEFT_POINTS]).T)
    left = np.hypot(*(unit[LEFT_POINTS, :2] - partner[RIGHT_POINTS]).T)
    size = float(np.ptp(unit[:, :2], axis=0).max())
    return float(right.mean() + left.mean()) / 2 / max(size, 1e-6)


def without_doubles(faces: Sequence[Face]) -> tuple[Face, ...]:
    """The faces, largest first, each person once: of meshes whose centres lie within half a face of each other the
    surest stays."""
    if len(faces) < 2:
        return tuple(faces)
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.confidence):
        x, y = face.box.centre
        for other in kept:
            other_x, other_y = other.box.centre
            reach = 0.5 * max(face.box.width, face.box.height, other.box.width, other.box.height)
            if np.hypot(x - other_x, y - other_y) < reach:
                break
        else:
            kept.append(face)
    return tuple(sorted(kept, key=lambda face: -face.box.width * face.box.height))
