"""Skin tone per region as individual typology angle with its class, or a plain refusal.

ITA = atan((L* - 50) / b*) (Chardon 1991), from the means of L* and b* over the pixels within one standard deviation of
the region's mean in both, as Groh et al. did for Fitzpatrick17k (CVPR workshops 2021): that drops shine, shadow, hairs
and lesions. It is the tone of this picture: how bright the camera exposed it moves the angle, so angles compare within
one picture and one set-up, and say nothing certain about a phototype.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.colour import ita_class, ita_degrees, to_lab
from media_pipeline.light import ABNORMAL_LIGHT, light_of
from media_pipeline.types import AlignedFace, Region, RegionName, SkinTone

__all__ = ["measure"]

_LEAST_SKIN_MM2 = 30.0  # of bare skin that a region must show


def measure(face: AlignedFace) -> dict[RegionName, SkinTone]:
    """The tone of each of the face's regions. Without a value where a region is turned away or shows too little bare
    skin (reason "not visible"), and everywhere when the light is off (reason "abnormal light")."""
    if not light_of(face).normal:
        return {region.name: SkinTone(None, None, ABNORMAL_LIGHT) for region in face.regions}
    bare = [_bare(face, region) for region in face.regions]
    lab = to_lab(np.concatenate(bare)[None])[0]  # of nothing but the skin: a fifth of the square or less
    parts = np.split(lab, np.cumsum([len(pixels) for pixels in bare])[:-1])
    return {region.name: _tone(part, face.px_per_mm) for region, part in zip(face.regions, parts, strict=True)}


def _tone(lab: NDArray[np.float32], px_per_mm: float) -> SkinTone:
    if len(lab) < _LEAST_SKIN_MM2 * px_per_mm**2:
        return SkinTone(None, None, "not visible")
    lightness, b = np.ascontiguousarray(lab[:, 0]), np.ascontiguousarray(lab[:, 2])
    near = (np.abs(lightness - lightness.mean()) <= lightness.std()) & (np.abs(b - b.mean()) <= b.std())
    if not near.any():
        near = np.ones_like(near)
    ita = ita_degrees(float(lightness[near].mean()), float(b[near].mean()))
    return SkinTone(ita, ita_class(ita))


def _bare(face: AlignedFace, region: Region) -> NDArray[np.uint8]:
    """The region's pixels that are bare skin, (N, 3) RGB; none of a region turned away. Looks at the box around the
    region alone."""
    corners = np.rint(region.polygon * 16).astype(np.int32)
    left, top = np.clip(corners.min(axis=0) // 16 - 1, 0, face.size)
    right, bottom = np.clip(corners.max(axis=0) // 16 + 2, (left, top), face.size)
    inside = np.zeros((bottom - top, right - left), np.uint8)
    if region.visible and inside.size:
        cv2.fillPoly(inside, [corners - (16 * left, 16 * top)], 1, shift=4)
    box = (slice(top, bottom), slice(left, right))
    return face.rgb[box][(inside > 0) & face.skin[box]]
