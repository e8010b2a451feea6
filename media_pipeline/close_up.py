"""A second look at a picture that is too near for the face mesh: one with room around it.

The mesh was trained on whole heads. Where a face fills the picture and runs out of it, the mesh is nonsense or none;
with grey around the picture it is often right again. As nonsense does not go away by that, and moves with the width of
the margin, a mesh counts only when two margins of four give the same one. On crops of faces, and on cats, cups, bricks
and coins, meshes that two margins agree on within AGREEMENT were all in place; those that were not disagreed by 0.02 to
0.4 or came with one margin alone.
"""

from dataclasses import replace

import cv2
import numpy as np

from media_pipeline.face_mesh import FaceTracker
from media_pipeline.face_models import ModelPool
from media_pipeline.types import Box, Face, Frame

__all__ = ["face_beyond"]

MARGINS = (0.5, 0.75, 1.0, 1.25)  # of the picture's longer side, on every side
AGREEMENT = 0.015  # mean distance of the two meshes' points, share of the face's width
LEAST_INSIDE = 0.55  # of the points that must lie in the picture
MOST_ROLL = 20.0  # degrees: a face lying on its side is the ordinary look's to find
MOST_PX = 800  # of the picture's longer side that is looked at
GREY = (128, 128, 128)
RIGHT_SIDE, LEFT_SIDE = 234, 454  # landmarks in front of the ears


def face_beyond(frame: Frame, models: ModelPool | None = None) -> Face | None:
    """The one face of which the picture shows a part, with landmarks that may lie outside the frame; None where two
    looks do not agree on one."""
    height, width = frame.rgb.shape[:2]
    scale = min(1.0, MOST_PX / max(height, width))
    small = frame.rgb
    if scale < 1:
        wanted = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = np.asarray(cv2.resize(frame.rgb, wanted, interpolation=cv2.INTER_AREA), np.uint8)
    seen: list[Face] = []
    tracker = FaceTracker(static=True, models=models)
    try:
        for share in MARGINS:
            margin = round(share * max(small.shape[:2]))
            padded = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=GREY)
            faces = tracker.track(Frame(np.asarray(padded, np.uint8)))
            if len(faces) != 1 or abs(faces[0].pose.roll) > MOST_ROLL:
                continue
            face = _moved(faces[0], margin, scale)
            if _inside(face, width, height) >= LEAST_INSIDE and any(_agree(face, other) for other in seen):
                return face
            seen.append(face)
    finally:
        tracker.close()
    return None


def _moved(face: Face, margin: int, scale: float) -> Face:
    """From px of the padded small picture to those of the frame."""
    landmarks = ((face.landmarks - np.array([margin, margin, 0], np.float32)) / np.float32(scale)).astype(np.float32)
    return replace(face, box=Box.around(landmarks[:, :2]), landmarks=landmarks)


def _inside(face: Face, width: int, height: int) -> float:
    x, y = face.points[:, 0], face.points[:, 1]
    return float(((x >= 0) & (x < width) & (y >= 0) & (y < height)).mean())


def _agree(face: Face, other: Face) -> bool:
    apart = float(np.hypot(*(face.points - other.points).T).mean())
    return apart <= AGREEMENT * float(np.linalg.norm(face.landmarks[LEFT_SIDE] - face.landmarks[RIGHT_SIDE]))
