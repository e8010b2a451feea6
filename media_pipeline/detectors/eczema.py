"""Eczema-like patches: red areas of skin with an edge and a scaly surface, unlike the diffuse redness of both cheeks.

Candidates are patches of haemoglobin's colour on smoothly shaded skin, outline and step of colour fitted to the picture
(`patch_search`), off the nose and the glabella. Signs then decide together (a linear evidence; weights and offsets of
our own, fitted to planted patches on three heads and to faces without any, then rounded): how far redness falls across
the rim, in the mean and on its weaker sides, how rough the patch is against the rest of this face (scale), and how much
redder than the mirrored place, because blush, sun and rosacea come on both sides. The step must be blood's colour, red
against green. Of candidates that lie on each other the surest stays, of sure ones the largest.

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
from media_pipeline.detectors.maps import HAEMOGLOBIN, FaceMaps, Floats, Mask, blur
from media_pipeline.detectors.patch_search import search_patches, whole_patch
from media_pipeline.detectors.patches import Patch, visible_area
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

CALM = 3.0  # below it skin is this face's own, for its texture
FEWEST_SECTORS = 4  # of eight in which a patch's rim is seen
SURE = 2.0  # evidence; a logistic of 0.88
OVERLAP = 0.2  # of a candidate that may lie on one that stays
LEAST_RED = 0.5  # green minus red of the step as a share of green: melanin 0.3, haemoglobin 0.85 and more
MOST_TEXTURE = 2.0  # rougher tells no more
WEIGHED = (-1.5, 1.5)  # evidence from which a patch counts at all, and wholly: no score may hang on a threshold
NARROWEST_MM = 5.0
SMALLEST_MM2 = 100.0
SCALY = 1.3  # times the roughness of the rest
MIDLINE = (168, 6, 197, 195, 5, 4, 1, 19, 94, 2)  # FaceMesh, down the nose
FOLDS = ((129, 203, 206, 216), (358, 423, 426, 436))  # from the wing of the nose to beside the mouth
FOLD_MM = 1.5  # to either side, where a smile presses the blood out and in
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
    def rank(self) -> float:
        """Which of two that lie on each other stays: the surer one, and of sure ones the larger."""
        return min(self.evidence, SURE) + float(np.log(self.patch.area))

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
    fitted, weights = search_patches(maps, HAEMOGLOBIN, looked_at)
    judged: list[_Candidate] = []
    for one in fitted:
        if len(one.steps) < FEWEST_SECTORS or one.redness < LEAST_RED:
            continue
        falls = one.steps @ weights
        if _evidence(falls, MOST_TEXTURE, 1.0) <= WEIGHED[0]:
            continue
        patch = whole_patch(maps, one, SMALLEST_MM2, NARROWEST_MM)
        if patch is None:
            continue
        texture = float(np.median(patch.of(maps.texture))) / usual
        seen = float(patch.of(mirror_seen).mean()) > 0.4
        over = max(0.5, float(patch.of(excess).mean()))
        one_sided = 1 - float(patch.of(mirrored).mean()) / over if seen else 0.5
        evidence = _evidence(falls, texture, one_sided)
        if evidence > WEIGHED[0]:
            judged.append(_Candidate(patch, evidence, float(one.step @ weights), texture))
    taken = np.zeros_like(maps.skin)
    kept = []
    for candidate in sorted(judged, key=lambda one: -one.rank):
        here = taken[candidate.patch.window]
        if (here & candidate.patch.mask).sum() <= OVERLAP * candidate.patch.mask.sum():
            here |= candidate.patch.mask
            kept.append(candidate)
    return kept


def _looked_at(maps: FaceMaps) -> Mask:
    everywhere = np.zeros(maps.skin.shape, np.uint8)
    for name in RegionName:
        if name not in ELSEWHERE:
            everywhere |= maps.region(name).view(np.uint8)
    for fold in FOLDS:
        line = np.round(maps.landmarks[list(fold)] * np.float32(maps.scale)).astype(np.int32)
        cv2.polylines(everywhere, [line], False, 0, thickness=max(1, round(2 * maps.mm(FOLD_MM))))
    return everywhere > 0


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
        0.5 * np.clip(falls.mean(), 0, 6)
        + 1.1 * np.clip(np.percentile(falls, 25), -1, 5)
        + 1.8 * np.clip((texture - SCALY) / 0.5, -1, 1.5)
        + 0.8 * np.clip((one_sided - 0.55) / 0.3, -1.5, 1)
        - 5.8
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
