"""What lesions are drawn on: tiles of clear faces, their skin found by the face mesh, and procedural skin of any tone.

A canvas is linear light at a known number of px per millimetre, so that a lesion's size follows the width of the face.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.training.optics import MELANIN, OXYGENATED, Array, lab, to_linear

__all__ = ["Canvas", "FacePicture", "cut_face", "load_face", "noise_map", "procedural_skin", "save_face"]

FACE_WIDTH_MM = 140.0  # between the cheekbones
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
HOLES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),  # right eye
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),  # left eye
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),  # right brow
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),  # left brow
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146),  # lips
    (98, 97, 2, 326, 327, 294, 278, 331, 294, 370, 94, 141, 64, 48, 102),  # nostrils
)


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """linear (S, S, 3) float32 light, skin (S, S) float32 0-1 where lesions may sit, tone 0 light - 1 dark skin."""

    linear: Array
    skin: Array
    px_per_mm: float
    tone: float


@dataclass(frozen=True, slots=True, eq=False)
class FacePicture:
    """A clear face: rgb (H, W, 3), its bare skin (H, W) uint8 0 or 255, and its scale. grey pictures get no lesions."""

    rgb: NDArray[np.uint8]
    skin: NDArray[np.uint8]
    px_per_mm: float
    grey: bool
    centre: tuple[float, float]


def save_face(face: FacePicture, path: Path) -> None:
    """Write what load_face found to an `.npz` file, for machines without the mesh."""
    rest = {"skin": face.skin, "px_per_mm": face.px_per_mm, "grey": face.grey, "centre": face.centre}
    np.savez_compressed(path, rgb=face.rgb, **rest)  # type: ignore[arg-type]


def load_face(path: Path) -> FacePicture | None:
    """Read a picture and find its face and bare skin, or read what save_face wrote. None where the mesh finds no face.
    Raises ValueError for a file that is no picture."""
    if path.suffix == ".npz":
        saved = np.load(path)
        x, y = saved["centre"].tolist()
        return FacePicture(saved["rgb"], saved["skin"], float(saved["px_per_mm"]), bool(saved["grey"]), (x, y))
    import mediapipe as mp

    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError(f"{path} is not a picture")
    rgb = np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)
    height, width = rgb.shape[:2]
    with mp.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True) as mesh:
        found = mesh.process(rgb).multi_face_landmarks
    if not found:
        return None
    points = np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32)
    face_width = float(np.linalg.norm(points[234] - points[454]))
    skin = np.zeros((height, width), np.uint8)
    cv2.fillPoly(skin, [points[list(OVAL)].astype(np.int32)], 255)
    for hole in HOLES:
        hull = cv2.convexHull(points[list(hole)].astype(np.int32))
        cv2.fillPoly(skin, [np.asarray(hull)], 0)
    grown = max(3, int(face_width * 0.012)) | 1
    skin = np.asarray(cv2.erode(skin, np.ones((grown, grown), np.uint8)), np.uint8)
    colours = lab(to_linear(rgb))
    median = np.median(colours[skin > 0], axis=0)
    near = np.abs(colours - median) < np.array([26, 13, 15])  # hair, teeth and deep shadow are no place for a lesion
    skin = np.asarray(cv2.medianBlur((skin * near.all(axis=2)).astype(np.uint8), 7), np.uint8)
    centre = points.mean(axis=0)
    grey = bool(np.abs(colours[..., 1:]).mean() < 1.5)
    return FacePicture(rgb, skin, face_width / FACE_WIDTH_MM, grey, (float(centre[0]), float(centre[1])))


def cut_face(rng: np.random.Generator, face: FacePicture, size: int, px_per_mm: float) -> Canvas:
    """A tile of a face at that scale: turned, mirrored, with its tone shifted by melanin and blood."""
    scale = px_per_mm / face.px_per_mm * math.exp(rng.normal(0, 0.04))
    angle = rng.normal(0, 12)
    half_face = FACE_WIDTH_MM * face.px_per_mm / 2
    cx = face.centre[0] + rng.uniform(-0.9, 0.9) * half_face
    cy = face.centre[1] + rng.uniform(-1.1, 1.1) * half_face
    matrix = cv2.getRotationMatrix2D((cx, cy), angle, scale)
    matrix = matrix + np.array([[0, 0, size / 2 - cx], [0, 0, size / 2 - cy]])
    source = face.rgb
    if scale < 0.75:  # no aliasing when made smaller
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.35 / scale), np.uint8)
    rgb = cv2.warpAffine(source, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    skin = cv2.warpAffine(face.skin, matrix, (size, size), flags=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        rgb, skin = rgb[:, ::-1], skin[:, ::-1]
    linear = to_linear(np.ascontiguousarray(rgb, dtype=np.uint8))
    mask = np.asarray(np.ascontiguousarray(skin) / np.float32(255), np.float32)
    tone = 0.3
    if mask.any() and not face.grey:
        melanin = rng.uniform(-0.12, 0.55) if rng.random() < 0.7 else 0.0
        blood = rng.normal(0.0, 0.05)
        near = np.exp(
            -(((lab(linear)[..., 1:] - np.median(lab(linear)[mask > 0.5], axis=0)[1:]) / 16) ** 2).sum(axis=2)
        )
        area = cv2.GaussianBlur(np.maximum(mask, near.astype(np.float32)), (0, 0), 3)
        density = area[..., None] * (melanin * MELANIN + blood * OXYGENATED)
        linear = np.clip(linear * np.exp(-2.3026 * density), 0, 1).astype(np.float32)
        lightness = float(np.median(lab(linear)[mask > 0.5][:, 0]))
        tone = float(np.clip((75 - lightness) / 50, 0, 1))
    if face.grey:
        mask = np.zeros_like(mask)
    return Canvas(linear, mask, px_per_mm, tone)


def procedural_skin(rng: np.random.Generator, size: int, px_per_mm: float, background: NDArray[np.uint8]) -> Canvas:
    """Skin made of melanin, blood, relief and light, of any tone, with an outline against a background at times."""
    tone = float(rng.random())
    melanin = 0.04 + 0.95 * tone**1.3 + 0.10 * tone * noise_map(rng, size, rng.uniform(2, 12) * px_per_mm)
    melanin = melanin + rng.uniform(0.002, 0.014) * noise_map(rng, size, rng.uniform(0.3, 0.9) * px_per_mm)
    blood = rng.uniform(0.06, 0.20) + rng.uniform(0.005, 0.05) * noise_map(rng, size, rng.uniform(3, 18) * px_per_mm)
    blood = blood + rng.uniform(0.002, 0.02) * noise_map(rng, size, rng.uniform(0.4, 1.2) * px_per_mm)
    dermis = np.array([0.86, 0.74, 0.66], np.float32)
    density = np.clip(melanin, 0, None)[..., None] * MELANIN + np.clip(blood, 0, None)[..., None] * OXYGENATED
    linear = dermis * np.exp(-2.3026 * density)
    # A curved face under a lamp: shading that changes slowly, and a fine relief.
    shade = 1 + rng.uniform(0.05, 0.35) * noise_map(rng, size, rng.uniform(15, 50) * px_per_mm) * 0.6
    fine = rng.uniform(0.0, 0.035) * noise_map(rng, size, rng.uniform(0.25, 0.5) * px_per_mm)
    linear = linear * np.clip(shade + fine, 0.25, 1.7)[..., None]
    mask = np.ones((size, size), np.float32)
    if rng.random() < 0.35:
        outline = noise_map(rng, size, 60 * px_per_mm * rng.uniform(0.4, 1.0)) + rng.uniform(0.2, 1.2)
        mask = np.clip(outline * 20, 0, 1).astype(np.float32)
        y, x = (int(rng.integers(0, max(1, s - size))) for s in background.shape[:2])
        behind = to_linear(np.ascontiguousarray(background[y : y + size, x : x + size]))
        behind = np.asarray(cv2.resize(behind, (size, size)), np.float32)
        if rng.random() < 0.6:
            behind = np.asarray(cv2.GaussianBlur(behind, (0, 0), rng.uniform(2, 15)), np.float32)
        linear = linear * mask[..., None] + behind * (1 - mask[..., None])
    mask = np.asarray(cv2.erode(mask, np.ones((5, 5), np.uint8)), np.float32)
    return Canvas(np.asarray(np.clip(linear, 0, 1), np.float32), mask, px_per_mm, tone)


def noise_map(rng: np.random.Generator, size: int, grain: float) -> Array:
    """Smooth noise of mean 0 and deviation 1 whose spots are about `grain` px wide, (size, size) float32."""
    small = max(3, min(size, round(size / max(grain, 1.0)) + 2))
    noise = rng.normal(0, 1, (small, small)).astype(np.float32)
    grown = np.asarray(cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)
    spread: Array = (grown - grown.mean()) / (grown.std() + 1e-6)
    return spread
