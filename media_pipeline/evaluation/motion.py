"""Heads that move as they are told: turned, tilted, scaled and shifted pictures of a still head, and where every point
of it went.

The truth is the rendering's own. Turning needs a shape, and two very different ones are used, so that no result hangs
on one: the relief of the head's own mesh, and a plain ellipsoid that knows nothing of any mesh.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from media_pipeline.evaluation.camera import relief
from media_pipeline.evaluation.optics import Floats
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.types import Image, Points

__all__ = ["Motion", "Shape", "move"]

Shape = Literal["mesh", "ellipsoid"]
STEPS = 8  # of the fixed point iteration that turns the map around: below a tenth of a pixel at 30 degrees
DEEPEST = 0.55  # of the face's width: from an ellipsoid's foremost point to its rim
WIDEST, TALLEST = 0.62, 0.85  # of the face's width: half axes of the ellipsoid's rim


@dataclass(frozen=True, slots=True)
class Motion:
    """yaw > 0 turns the head's front to the right of the picture, pitch > 0 upwards, roll clockwise, degrees; scale
    about the face's middle; shift px of the result, whose size is `size` (width, height)."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    size: tuple[int, int] = (1280, 720)


def move(subject: Subject, motion: Motion, shape: Shape) -> tuple[Image, Callable[[Points], Points]]:
    """The picture of the moved head, its middle in the picture's, and the function that takes points (N, 2) px of the
    head's picture to px of the result."""
    height, width = subject.rgb.shape[:2]
    depth = relief(subject, height, width) if shape == "mesh" else _ellipsoid(subject, height, width)
    middle = subject.points[[234, 454]].mean(axis=0).astype(np.float64)
    yaw, pitch, roll = np.radians((motion.yaw, motion.pitch, motion.roll))
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]]) * motion.scale
    target = np.array(motion.size) / 2 + motion.shift

    def turned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        here = cv2.remap(depth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        right, down = x - middle[0], y - middle[1]
        across = right * np.cos(yaw) + here * np.sin(yaw)
        towards = here * np.cos(yaw) - right * np.sin(yaw)
        return (
            (middle[0] + across).astype(np.float32),
            (middle[1] + down * np.cos(pitch) - towards * np.sin(pitch)).astype(np.float32),
        )

    def place(points: Points) -> Points:
        x, y = turned(points[:, :1].astype(np.float32), points[:, 1:].astype(np.float32))
        return np.asarray((np.concatenate([x, y], axis=1) - middle) @ turn.T + target, np.float32)

    columns, rows = np.meshgrid(np.arange(motion.size[0]), np.arange(motion.size[1]))
    wanted = (np.stack([columns, rows], axis=-1) - target) @ np.linalg.inv(turn).T + middle
    x, y = (wanted[..., n].astype(np.float32) for n in (0, 1))
    source_x, source_y = x.copy(), y.copy()
    for _ in range(STEPS):
        now_x, now_y = turned(source_x, source_y)
        source_x, source_y = source_x + (x - now_x), source_y + (y - now_y)
    picture = cv2.remap(subject.rgb, source_x, source_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picture, np.uint8), place


def _ellipsoid(subject: Subject, height: int, width: int) -> Floats:
    """(H, W) px towards the camera, 0 at the rim and beyond it."""
    face_px = float(np.linalg.norm(subject.points[234] - subject.points[454]))
    x, y = subject.points[[234, 454, 10, 152]].mean(axis=0)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    inside = 1 - ((columns - x) / (WIDEST * face_px)) ** 2 - ((rows - y) / (TALLEST * face_px)) ** 2
    return np.asarray(DEEPEST * face_px * np.sqrt(np.clip(inside, 0, None)), np.float32)
