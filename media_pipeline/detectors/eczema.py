"""Eczema-like patches: red areas of skin with an edge and a scaly surface, unlike the diffuse redness of both cheeks.

Candidates are patches where the haemoglobin part of skin's colour exceeds that of the skin around, at least 7 mm across
so that no single acne lesion makes one, off the nose and the glabella. Four signs then decide together (a linear
evidence; weights and offsets of our own, set on the official portraits, the clear faces, acne pictures and planted
patches): how red, how rough against the rest of this face (scale), how steep the edge, and how much redder than the
mirrored place, because blush, sun and rosacea come on both sides.

Findings: kind scaly or smooth; measures area (mm2), redness (hundredths of optical density over the skin around),
texture (roughness over that of this face's own skin). Finding.confidence is the logistic of the evidence: 0.5 where the
signs balance; planted patches of moderate redness reach 0.9, blush on clear faces 0.02.

Detection.measures, for severity and score: patch_area (% of the visible skin; EASI's area score is binned from it),
patch_delta_a (da* of the patches over the rest of the skin), patch_texture, patches (count). reason may carry a note on
darker skin while status is ok.
"""

import cv2
import numpy as np

from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, blur
from media_pipeline.detectors.patches import Patch, edge_slope, patches_in, visible_area
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    Finding,
    Measure,
    RegionName,
)

__all__ = ["Eczema"]

REDNESS = 6.0  # hundredths of optical density over the skin around
NARROWEST_MM = 7.0
SMALLEST_MM2 = 100.0
SCALY = 1.3  # times the roughness of the rest
MIDLINE = (168, 6, 197, 195, 5, 4, 1, 19, 94, 2)  # FaceMesh, down the nose
ELSEWHERE = (RegionName.NOSE, RegionName.GLABELLA)
LEAST_CONFIDENCE = 0.5
REDDEST = 15.0  # of the map that is shown


class Eczema(LocalDetector):
    """Finds red, scaly patches."""

    name = "local-patches"
    condition = Condition.ECZEMA

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        maps = self._maps.of(face)
        light = light_of(maps)
        if light.problem:
            return self.withheld(light.problem)
        excess = maps.redness_excess
        looked_at = _looked_at(maps)
        usual = _usual_texture(maps)
        mirrored, mirror_seen = _mirrored(maps)
        found = []
        for patch in patches_in(maps, looked_at & (excess > REDNESS), SMALLEST_MM2, NARROWEST_MM):
            redness = float(patch.of(excess).mean())
            texture = float(np.median(patch.of(maps.texture))) / usual
            edge = edge_slope(patch, maps.redness, maps.coarse_px_per_mm)
            seen = float(patch.of(mirror_seen).mean()) > 0.4
            one_sided = 1 - float(patch.of(mirrored).mean()) / redness if seen else 0.5
            confidence = _confidence(redness, texture, edge, one_sided)
            if confidence >= LEAST_CONFIDENCE:
                found.append((patch, redness, texture, confidence))
        findings = tuple(
            Finding(
                id=f"eczema-{number}",
                condition=Condition.ECZEMA,
                region=patch.region,
                box=Box.around(patch.outline),
                confidence=round(confidence, 3),
                measures=(
                    Measure("area", round(patch.area), "mm2"),
                    Measure("redness", round(redness, 1), "OD/100"),
                    Measure("texture", round(texture, 2), "times the rest"),
                ),
                outline=patch.outline,
                kind="scaly" if texture >= SCALY else "smooth",
            )
            for number, (patch, redness, texture, confidence) in enumerate(found, 1)
        )
        return (
            Detection(
                Condition.ECZEMA,
                findings,
                _measures(maps, [(patch, texture) for patch, _, texture, _ in found]),
                response=_response(maps, excess, looked_at, face.size),
                reason=light.redness_note,
            ),
        )


def _looked_at(maps: FaceMaps) -> Mask:
    everywhere = np.zeros_like(maps.skin)
    for name in RegionName:
        if name not in ELSEWHERE:
            everywhere |= maps.region(name)
    return everywhere


def _usual_texture(maps: FaceMaps) -> float:
    calm = maps.texture[maps.skin & (maps.redness_excess < REDNESS / 2)]
    return max(1e-4, float(np.median(calm))) if len(calm) else 1e-4


def _mirrored(maps: FaceMaps) -> tuple[Floats, Floats]:
    """The redness excess of the face's other side over 3 mm, and how much of it is seen there."""
    axis = float(maps.landmarks[list(MIDLINE), 0].mean()) * maps.scale
    flip = np.array([[-1, 0, 2 * axis], [0, 1, 0]], np.float32)
    side = (maps.coarse_size, maps.coarse_size)
    seen = blur(maps.skin.astype(np.float32), maps.mm(3.0))
    excess = blur(np.where(maps.skin, maps.redness_excess, np.float32(0)), maps.mm(3.0))
    seen = np.asarray(cv2.warpAffine(seen, flip, side), np.float32)
    excess = np.asarray(cv2.warpAffine(excess, flip, side), np.float32)
    return np.asarray(excess / np.maximum(seen, np.float32(0.05)), np.float32), seen


def _confidence(redness: float, texture: float, edge: float, one_sided: float) -> float:
    evidence = (
        (redness - 9.0) / 3.0
        + 1.5 * np.clip((texture - SCALY) / 0.5, -1, 1.5)
        + 2.0 * np.clip((one_sided - 0.55) / 0.3, -1.5, 1)
        + np.clip((edge - 2.0) / 0.7, -1.5, 1)
        - 1.0
    )
    return float(1 / (1 + np.exp(-evidence)))


def _measures(maps: FaceMaps, found: list[tuple[Patch, float]]) -> tuple[Measure, ...]:
    area = sum(patch.area for patch, _ in found)
    delta_a, texture = 0.0, 0.0
    if found:
        inside = np.zeros_like(maps.skin)
        for patch, _ in found:
            inside[patch.window] |= patch.mask
        redder = maps.lab[..., 1]
        delta_a = float(np.median(redder[inside]) - np.median(redder[maps.skin & ~inside]))
        texture = sum(patch.area * rough for patch, rough in found) / area
    return (
        Measure("patch_area", min(100.0, 100 * area / max(1.0, visible_area(maps))), "%"),
        Measure("patch_delta_a", delta_a, "da*"),
        Measure("patch_texture", texture, "times the rest"),
        Measure("patches", len(found), "count"),
    )


def _response(maps: FaceMaps, excess: Floats, mask: Mask, size: int) -> Floats:
    shown = np.where(mask, np.clip(excess / np.float32(REDDEST), 0, 1), np.float32(0))
    return np.asarray(cv2.resize(shown, (size, size)), np.float32)
