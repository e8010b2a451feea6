"""Eczema-like patches: red areas of skin with an edge and a scaly surface, unlike the diffuse redness of both cheeks.

Candidates are patches where the haemoglobin part of skin's colour exceeds that of the skin around by any of several
steps, at least 7 mm across so that no single acne lesion makes one, off the nose and the glabella. Signs then decide
together (a linear evidence; weights and offsets of our own, set on the official portraits, the clear faces and planted
patches): how far redness falls across the rim, in the mean and on its weaker sides, how rough the patch is against the
rest of this face (scale), and how much redder than the mirrored place, because blush, sun and rosacea come on both
sides. Of candidates that lie on each other the most evident stays.

Findings: kind scaly or smooth; measures area (mm2), redness (hundredths of optical density over the skin around),
texture (roughness over that of this face's own skin). Finding.confidence is the logistic of the evidence: 0.5 where the
signs balance.

Detection.measures, for severity and score: patch_area (% of the visible skin; EASI's area score is binned from it),
patch_burden (% of it, each patch counted by its evidence, also those that are too faint to be shown),
patch_delta_a (da* of the patches over the rest of the skin), patch_texture, patches (count). reason may carry a note on
darker skin while status is ok.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from media_pipeline.detectors.light import light_of
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.maps import FaceMaps, Floats, Mask, blur
from media_pipeline.detectors.patches import Patch, patches_in, rim_steps, visible_area
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

STEPS = (2.5, 4.0, 6.0)  # hundredths of optical density over the skin around: where candidates are cut out
CALM = 3.0  # below it skin is this face's own, for its texture
FEWEST_SECTORS = 5  # of eight in which a patch's rim is seen
OVERLAP = 0.2  # of a candidate that may lie on a more evident one
HAEMOGLOBIN_ROW = 2  # of FaceMaps.pigments
WEIGHED = (-1.5, 1.5)  # evidence from which a patch counts at all, and wholly: no score may hang on a threshold
NARROWEST_MM = 7.0
SMALLEST_MM2 = 100.0
SCALY = 1.3  # times the roughness of the rest
MIDLINE = (168, 6, 197, 195, 5, 4, 1, 19, 94, 2)  # FaceMesh, down the nose
ELSEWHERE = (RegionName.NOSE, RegionName.GLABELLA)
REDDEST = 15.0  # of the map that is shown


@dataclass(frozen=True, slots=True)
class _Candidate:
    """patch, the evidence that it is one (0: just), redness in hundredths of optical density, texture over the rest."""

    patch: Patch
    evidence: float
    redness: float
    texture: float

    @property
    def weight(self) -> float:
        """How much it counts in patch_burden, 0-1: a half where it just deserves to be shown."""
        return float(np.clip((self.evidence - WEIGHED[0]) / (WEIGHED[1] - WEIGHED[0]), 0, 1))


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
        weighed = _patches(maps, excess, looked_at)
        found = [one for one in weighed if one.evidence >= 0]
        findings = tuple(
            Finding(
                id=f"eczema-{number}",
                condition=Condition.ECZEMA,
                region=one.patch.region,
                box=Box.around(one.patch.outline),
                confidence=round(float(1 / (1 + np.exp(-one.evidence))), 3),
                measures=(
                    Measure("area", round(one.patch.area), "mm2"),
                    Measure("redness", round(one.redness, 1), "OD/100"),
                    Measure("texture", round(one.texture, 2), "times the rest"),
                ),
                outline=one.patch.outline,
                kind="scaly" if one.texture >= SCALY else "smooth",
            )
            for number, one in enumerate(found, 1)
        )
        return (
            Detection(
                Condition.ECZEMA,
                findings,
                _measures(maps, weighed, found),
                response=_response(maps, excess, looked_at, face.size),
                reason=light.redness_note,
            ),
        )


def _patches(maps: FaceMaps, excess: Floats, looked_at: Mask) -> list[_Candidate]:
    """What may be a patch, surest first, down to what only weighs a little."""
    usual = _usual_texture(maps)
    mirrored, mirror_seen = _mirrored(maps)
    colours = blur(maps.pigments, maps.mm(1.0))
    judged: list[_Candidate] = []
    for step in STEPS:
        for patch in patches_in(maps, looked_at & (excess > step), SMALLEST_MM2, NARROWEST_MM):
            rim = rim_steps(patch, colours, looked_at, maps.coarse_px_per_mm)
            if len(rim) < FEWEST_SECTORS:
                continue
            redness = float(patch.of(excess).mean())
            texture = float(np.median(patch.of(maps.texture))) / usual
            seen = float(patch.of(mirror_seen).mean()) > 0.4
            one_sided = 1 - float(patch.of(mirrored).mean()) / redness if seen else 0.5
            evidence = _evidence(rim[:, HAEMOGLOBIN_ROW], texture, one_sided)
            if evidence > WEIGHED[0]:
                judged.append(_Candidate(patch, evidence, redness, texture))
    taken = np.zeros_like(maps.skin)
    kept = []
    for one in sorted(judged, key=lambda candidate: -candidate.evidence):
        here = taken[one.patch.window]
        if (here & one.patch.mask).sum() <= OVERLAP * one.patch.mask.sum():
            here |= one.patch.mask
            kept.append(one)
    return kept


def _looked_at(maps: FaceMaps) -> Mask:
    everywhere = np.zeros_like(maps.skin)
    for name in RegionName:
        if name not in ELSEWHERE:
            everywhere |= maps.region(name)
    return everywhere


def _usual_texture(maps: FaceMaps) -> float:
    calm = maps.texture[maps.skin & (maps.redness_excess < CALM)]
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


def _evidence(falls: Floats, texture: float, one_sided: float) -> float:
    """0 where the signs balance. falls: of redness across the rim, by sector."""
    return float(
        np.clip((falls.mean() - 4.5) / 1.5, -2, 2.5)
        + np.clip((np.percentile(falls, 25) - 2.0) / 1.5, -2, 1.5)
        + 1.5 * np.clip((texture - SCALY) / 0.5, -1, 1.5)
        + 2.0 * np.clip((one_sided - 0.55) / 0.3, -1.5, 1)
        - 1.5
    )


def _measures(maps: FaceMaps, weighed: list[_Candidate], found: list[_Candidate]) -> tuple[Measure, ...]:
    area = sum(one.patch.area for one in found)
    percent = 100 / max(1.0, visible_area(maps))
    delta_a, texture = 0.0, 0.0
    if found:
        inside = np.zeros_like(maps.skin)
        for one in found:
            inside[one.patch.window] |= one.patch.mask
        redder = maps.lab[..., 1]
        delta_a = float(np.median(redder[inside]) - np.median(redder[maps.skin & ~inside]))
        texture = sum(one.patch.area * one.texture for one in found) / area
    return (
        Measure("patch_area", min(100.0, percent * area), "%"),
        Measure("patch_burden", min(100.0, percent * sum(one.weight * one.patch.area for one in weighed)), "%"),
        Measure("patch_delta_a", delta_a, "da*"),
        Measure("patch_texture", texture, "times the rest"),
        Measure("patches", len(found), "count"),
    )


def _response(maps: FaceMaps, excess: Floats, mask: Mask, size: int) -> Floats:
    shown = np.where(mask, np.clip(excess / np.float32(REDDEST), 0, 1), np.float32(0))
    return np.asarray(cv2.resize(shown, (size, size)), np.float32)
