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
from media_pipeline.types import AlignedFace, Mask, Region, RegionName, SkinTone

__all__ = ["measure"]

_LEAST_SKIN_MM2 = 30.0  # of bare skin that a region must show


def measure(face: AlignedFace) -> dict[RegionName, SkinTone]:
    """The tone of each of the face's regions. Without a value where a region is turned away or shows too little bare
    skin (reason "not visible"), and everywhere when the light is off (reason "abnormal light")."""
    if not light_of(face).normal:
        return {region.name: SkinTone(None, None, ABNORMAL_LIGHT) for region in face.regions}
    lab = to_lab(face.rgb)
    return {region.name: _tone(face, region, lab) for region in face.regions}


def _tone(face: AlignedFace, region: Region, lab: NDArray[np.float32]) -> SkinTone:
    bare = lab[_bare(face, region)] if region.visible else lab[:0, 0]
    if len(bare) < _LEAST_SKIN_MM2 * face.px_per_mm**2:
        return SkinTone(None, None, "not visible")
    lightness, b = bare[:, 0], bare[:, 2]
    near = (np.abs(lightness - lightness.mean()) <= lightness.std()) & (np.abs(b - b.mean()) <= b.std())
    if not near.any():
        near = np.ones_like(near)
    ita = ita_degrees(float(lightness[near].mean()), float(b[near].mean()))
    return SkinTone(ita, ita_class(ita))


def _bare(face: AlignedFace, region: Region) -> Mask:
    inside = np.zeros((face.size, face.size), np.uint8)
    cv2.fillPoly(inside, [np.rint(region.polygon * 16).astype(np.int32)], 1, shift=4)
    return (inside > 0) & face.skin
