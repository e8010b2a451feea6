"""A face turned upright and scaled to a square: what every detector looks at."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.mesh_topology import BROWS, EYES, FACE_OVAL, LIPS, NOSTRILS
from media_pipeline.regions import polygons_at, regions_in, regions_of
from media_pipeline.types import AlignedFace, Face, Frame, Mask, Points, Quality, Region
from media_pipeline.warp import cut_square, inside_picture

__all__ = ["FACE_WIDTH_MM", "align", "face_width_px"]

FACE_WIDTH_MM = 140.0  # between the cheekbones, assumed for everyone: adults differ by some 5 % either way
_RIGHT_SIDE, _LEFT_SIDE = 234, 454  # landmarks in front of the ears, at the cheekbones' height
_TOP, _CHIN = 10, 152  # landmarks: upper end of the mesh on the forehead, and the chin

# Where the face sits in the square, as shares of its side. The mesh ends a little below the hairline, so there is room
# above.
_TOP_AT, _CHIN_AT = 0.17, 0.93
_EDGE_MM = 1.5  # skin this close to eyes, brows, lips and nostrils is left out: lashes, hairs, lip borders


def align(
    frame: Frame, face: Face, quality: Quality, *, size: int = 640, segmentation: Mask | None = None
) -> AlignedFace:
    """The face upright in a square of size px: forehead and chin inside it, eyes level, the pose's yaw and pitch as
    they are.

    segmentation (frame.height, frame.width) is True where there may be skin (a person without hair, say); without it
    the mesh alone decides. What lies outside the frame is never skin. Raises ValueError for a segmentation of another
    shape.
    """
    if segmentation is not None and segmentation.shape != frame.rgb.shape[:2]:
        raise ValueError(f"segmentation must be {frame.rgb.shape[:2]}, not {segmentation.shape}")
    to_frame, scale = _to_frame(face, size)
    landmarks = _into_square(face.points, to_frame)
    source_px_per_mm = face_width_px(face) / FACE_WIDTH_MM
    px_per_mm = source_px_per_mm / scale
    regions = tuple(
        Region(region.name, polygon, region.visible)
        for region, polygon in zip(
            regions_in(regions_of(face), frame.width, frame.height), polygons_at(landmarks), strict=True
        )
    )
    skin = _bare_skin(landmarks, regions, size, px_per_mm)
    skin &= inside_picture(to_frame, size, frame.width, frame.height)
    if segmentation is not None:
        skin &= _cut_mask(segmentation, to_frame, size)
    return AlignedFace(
        rgb=cut_square(frame.rgb, to_frame, size, fine=True),
        landmarks=landmarks,
        regions=regions,
        skin=skin,
        to_frame=to_frame,
        px_per_mm=px_per_mm,
        source_px_per_mm=source_px_per_mm,
        pose=face.pose,
        quality=quality,
    )


def face_width_px(face: Face) -> float:
    """Width between the cheekbones, px of the frame, as it would be seen from the front: measured in three dimensions,
    so a turned head is as wide as a straight one."""
    return float(np.linalg.norm(face.landmarks[_LEFT_SIDE] - face.landmarks[_RIGHT_SIDE]))


def _to_frame(face: Face, size: int) -> tuple[NDArray[np.float64], float]:
    """The similarity (2, 3) from the square's px to the frame's, and frame px per px of the square."""
    oval = face.points[FACE_OVAL].astype(np.float64)
    across = (face.points[263] + face.points[362] - face.points[33] - face.points[133]).astype(np.float64)
    angle = math.atan2(across[1], across[0])
    cos, sin = math.cos(angle), math.sin(angle)
    upright = oval @ np.array([[cos, -sin], [sin, cos]])  # turned back by the angle
    (left, top), (right, bottom) = upright.min(axis=0), upright.max(axis=0)
    scale = max((bottom - top) / ((_CHIN_AT - _TOP_AT) * size), (right - left) / (0.9 * size))
    # the square's own origin, in the upright picture: the oval centred sideways, its top at _TOP_AT
    x, y = (left + right) / 2 - scale * size / 2, top - _TOP_AT * scale * size
    if (bottom - top) < (_CHIN_AT - _TOP_AT) * size * scale:
        y = (top + bottom) / 2 - (_TOP_AT + _CHIN_AT) / 2 * scale * size
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn * scale, turn @ (x, y)]), float(scale)


def _into_square(points: Points, to_frame: NDArray[np.float64]) -> Points:
    inverse = cv2.invertAffineTransform(to_frame)
    return (points @ inverse[:, :2].T + inverse[:, 2]).astype(np.float32)


def _bare_skin(landmarks: Points, regions: Sequence[Region], size: int, px_per_mm: float) -> Mask:
    """The face's oval and its regions (a turned head shows some beyond the oval) without eyes, brows, lips and
    nostrils, and _EDGE_MM around those."""
    skin = np.zeros((size, size), np.uint8)
    _fill(skin, landmarks[FACE_OVAL], 1)
    for region in regions:
        if region.visible:
            _fill(skin, region.polygon, 1)
    features = np.zeros((size, size), np.uint8)
    for outline in (*EYES, *BROWS, *NOSTRILS, LIPS):
        _fill(features, landmarks[outline], 1)
    radius = max(1, round(_EDGE_MM * px_per_mm))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    skin[cv2.dilate(features, kernel) > 0] = 0
    return skin.astype(np.bool_)


def _fill(mask: NDArray[np.uint8], polygon: Points, value: int) -> None:
    # corners of pixels to centres, in sixteenths of a pixel
    cv2.fillPoly(mask, [np.rint((polygon - 0.5) * 16).astype(np.int32)], value, shift=4)


def _cut_mask(mask: Mask, to_frame: NDArray[np.float64], size: int) -> Mask:
    pixels = to_frame.copy()
    pixels[:, 2] += pixels[:, :2].sum(axis=1) / 2 - 0.5
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), pixels, (size, size), flags=flags) > 0, np.bool_)
