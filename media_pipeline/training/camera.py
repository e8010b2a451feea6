"""From light to a picture as phones and webcams give it: colour of the light, exposure, resolution, blur, noise,
sharpening, smoothing and JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.training.canvases import noise_map
from media_pipeline.training.optics import Array, to_srgb

__all__ = ["Shot", "choose_shot", "take"]


@dataclass(frozen=True, slots=True)
class Shot:
    """How one picture is taken: gains of R, G, B; gamma; sigma of the blur in px; factor by which detail is
    lost; deviation of the noise (0-1); strength of the sharpening; whether skin is smoothed; JPEG quality."""

    gains: tuple[float, float, float]
    gamma: float
    blur: float
    shrink: float
    noise: float
    sharpen: float
    smooth: bool
    quality: int


def choose_shot(rng: np.random.Generator) -> Shot:
    cast = rng.normal(0, 0.09, 3)
    if rng.random() < 0.15:  # coloured rooms: blue, green, orange
        cast = cast + rng.normal(0, 0.22, 3)
    elif rng.random() < 0.15:  # and pink
        cast = cast + rng.uniform(0.3, 1.0) * np.array([0.25, -0.2, 0.0])
    gains = np.exp(cast - cast.mean() + rng.normal(-0.05, 0.22))
    return Shot(
        gains=(float(gains[0]), float(gains[1]), float(gains[2])),
        gamma=float(np.exp(rng.normal(0, 0.14))),
        blur=float(rng.choice([0.0, rng.uniform(0.2, 0.8), rng.uniform(0.8, 3.0)], p=[0.25, 0.4, 0.35])),
        shrink=float(rng.choice([1.0, rng.uniform(1.0, 3.4)], p=[0.5, 0.5])),
        noise=float(rng.choice([0.0, rng.uniform(0.003, 0.03)], p=[0.35, 0.65])),
        sharpen=float(rng.choice([0.0, rng.uniform(0.3, 1.4)], p=[0.7, 0.3])),
        smooth=bool(rng.random() < 0.15),
        quality=int(rng.integers(38, 98)),
    )


def take(rng: np.random.Generator, linear: Array, shot: Shot) -> NDArray[np.uint8]:
    """The picture of a scene: linear (S, S, 3) to sRGB uint8."""
    size = linear.shape[0]
    light = 1 + rng.uniform(0, 0.18) * noise_map(rng, size, size * 0.8)
    picture = linear * np.array(shot.gains, np.float32) * np.clip(light, 0.4, 1.6)[..., None]
    if shot.blur > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), shot.blur), np.float32)
    encoded = to_srgb(np.asarray(picture, np.float32)) ** shot.gamma
    if shot.shrink > 1:
        small = max(32, round(size / shot.shrink))
        encoded = np.asarray(cv2.resize(encoded, (small, small), interpolation=cv2.INTER_AREA), np.float32)
    if shot.noise > 0:
        grain = rng.normal(0, shot.noise, encoded.shape).astype(np.float32)
        if rng.random() < 0.5:
            grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.7), np.float32) * 1.6
        encoded = encoded + grain
    if shot.smooth:
        encoded = np.asarray(cv2.bilateralFilter(np.asarray(encoded, np.float32), 5, 0.06, 2.5), np.float32)
    if shot.sharpen > 0:
        encoded = encoded + shot.sharpen * (encoded - cv2.GaussianBlur(encoded, (0, 0), 1.2))
    rgb = np.clip(encoded * 255 + 0.5, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, shot.quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    rgb = np.asarray(decoded[..., ::-1], np.uint8)
    if shot.shrink > 1:
        rgb = np.asarray(cv2.resize(rgb, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)
    return np.ascontiguousarray(rgb)
