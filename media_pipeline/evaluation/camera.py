"""What a camera makes of a head: another pose, another light, blur, noise, fewer pixels and JPEG, with the truth taken
along."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

from media_pipeline.evaluation.optics import Floats, to_linear, to_srgb
from media_pipeline.evaluation.planting import Planted
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.types import Image, Points

__all__ = ["PLAIN", "Shot", "Taken", "relief", "take"]


@dataclass(frozen=True, slots=True)
class Shot:
    """How a picture is taken. yaw, roll in degrees; exposure as a factor of light; side: how much brighter the left of
    the picture is than its right, as a factor; warmth: red over blue, as a factor; blur in mm of the face (sigma);
    noise in 8-bit steps (sigma); scale of the picture's sides; shift px; quality 1-100 of JPEG."""

    name: str = "plain"
    yaw: float = 0.0
    roll: float = 0.0
    exposure: float = 1.0
    side: float = 1.0
    warmth: float = 1.0
    blur_mm: float = 0.0
    noise: float = 1.0
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    quality: int = 92


PLAIN = Shot()


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """The picture as JPEG, and where in it everything is (px from its upper left corner)."""

    jpeg: bytes
    truth: tuple[Planted, ...]
    px_per_mm: float


def take(subject: Subject, rgb: Image, truth: Sequence[Planted], shot: Shot, rng: np.random.Generator) -> Taken:
    """Photograph the head that shows `rgb`."""
    height, width = rgb.shape[:2]
    picture, moved = rgb, [planted.outline for planted in truth]
    if shot.yaw:
        picture, moved = _turned(subject, picture, moved, shot.yaw)
    if shot.roll or any(shot.shift):
        centre = subject.points[[234, 454]].mean(axis=0)
        matrix = np.array(cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), shot.roll, 1.0))
        matrix[:, 2] += np.array(shot.shift)
        warped = cv2.warpAffine(
            picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        picture = np.asarray(warped, np.uint8)
        corner = matrix[:, 2] + 0.5 - matrix[:, :2].sum(axis=1) / 2  # of OpenCV's, which counts from pixels' middles
        moved = [(outline @ matrix[:, :2].T + corner).astype(np.float32) for outline in moved]
    linear = to_linear(picture) * _light(shot, height, width)
    if shot.blur_mm:
        linear = np.asarray(cv2.GaussianBlur(linear, (0, 0), shot.blur_mm * subject.px_per_mm), np.float32)
    if shot.scale != 1.0:
        size = (round(width * shot.scale), round(height * shot.scale))
        how = cv2.INTER_AREA if shot.scale < 1 else cv2.INTER_CUBIC
        linear = np.asarray(cv2.resize(linear, size, interpolation=how), np.float32)
        factor = np.array((size[0] / width, size[1] / height))
        moved = [(outline * factor).astype(np.float32) for outline in moved]
    seen = to_srgb(linear).astype(np.float32)
    seen += np.float32(shot.noise) * rng.standard_normal(seen.shape, dtype=np.float32)
    bgr = np.clip(np.rint(seen), 0, 255).astype(np.uint8)[:, :, ::-1]
    done, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, shot.quality])
    assert done
    planted = tuple(replace(was, outline=outline) for was, outline in zip(truth, moved, strict=True))
    return Taken(jpeg.tobytes(), planted, subject.px_per_mm * shot.scale)


def _light(shot: Shot, height: int, width: int) -> Floats:
    """(H, W, 3) factor on linear light: exposure, colour, a fall from left to right about the middle."""
    across = np.power(shot.side, np.linspace(0.5, -0.5, width, dtype=np.float32))[None, :, None]
    colour = np.array((shot.warmth**0.5, 1.0, shot.warmth**-0.5), np.float32)
    return np.broadcast_to(shot.exposure * across * colour, (height, width, 3)).astype(np.float32)


def _turned(subject: Subject, rgb: Image, outlines: list[Points], yaw: float) -> tuple[Image, list[Points]]:
    """The head turned by `yaw` degrees about its vertical axis, by the mesh's depth: x' = x cos + z sin. Around the
    face the depth runs out to that of its edge, so hair and background shear along."""
    height, width = rgb.shape[:2]
    depth = relief(subject, height, width)
    middle = float(subject.points[[234, 454], 0].mean())
    cos, sin = np.float32(np.cos(np.radians(yaw))), np.float32(np.sin(np.radians(yaw)))
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    source = middle + (xs - middle) / cos
    for _ in range(6):
        here = cv2.remap(depth, source, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        source = (middle + (xs - middle - here * sin) / cos).astype(np.float32)
    picture = cv2.remap(rgb, source, ys, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)
    moved = []
    for outline in outlines:
        x, y = (outline - np.float32(0.5)).astype(np.float32).T  # of pixels' middles
        here = cv2.remap(depth, x[:, None], y[:, None], cv2.INTER_LINEAR)[:, 0]
        turned = np.stack([middle + (x - middle) * cos + here * sin, y], axis=1)
        moved.append((turned + 0.5).astype(np.float32))
    return picture, moved


def relief(subject: Subject, height: int, width: int) -> Floats:
    """(H, W) px towards the camera, 0 at the face's edge, from the mesh; smooth, and 0 far away from the face."""
    step = 8
    edge = float(np.median(subject.landmarks[[234, 454], 2]))
    towards = edge - subject.landmarks[:468, 2]
    low, high = subject.points.min(axis=0), subject.points.max(axis=0)
    ring = (low + high) / 2 + (high - low) * 0.72 * np.stack(
        [np.cos(np.linspace(0, 2 * np.pi, 40)), np.sin(np.linspace(0, 2 * np.pi, 40))], axis=1
    )
    points = np.concatenate([subject.points[:468], ring.astype(np.float32)])
    values = np.concatenate([towards, np.zeros(len(ring), np.float32)])
    ys, xs = np.mgrid[0 : height + step : step, 0 : width + step : step]
    coarse = LinearNDInterpolator(points, values, fill_value=0.0)(xs, ys).astype(np.float32)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 1.5)
    whole = cv2.resize(coarse, (coarse.shape[1] * step, coarse.shape[0] * step), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[:height, :width], np.float32)
