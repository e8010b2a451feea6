"""Meshes that cannot be a face seen well enough, and one face found twice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Face

__all__ = ["implausibility", "without_doubles"]


def implausibility(landmarks: NDArray[np.float32], width: int, height: int) -> str | None:
    """Why these landmarks (478, 3), px of a width x height frame, are no face; None when they may be one."""
    if not np.isfinite(landmarks).all():
        return "the mesh has coordinates that are no numbers"
    return None


def without_doubles(faces: Sequence[Face]) -> tuple[Face, ...]:
    """The faces, largest first, each person once: of meshes that lie on each other the surest stays."""
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
