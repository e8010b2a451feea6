"""Scaly red patches are found; blush, single spots and brown patches are not."""

from dataclasses import replace

import numpy as np
import pytest

from media_pipeline.detectors.eczema import Eczema
from media_pipeline.types import AlignedFace, Condition, Detection, RegionName, Status
from tests.unit.detectors.planting import HAEMOGLOBIN, MELANIN, SHADOW, absorb, disc, mm, plain, scales

TONES = ["light", "tan", "dark"]
CHEEK, OTHER_CHEEK = 425, 205


def _patch(face: AlignedFace, tone: str, place: np.ndarray, redness: float = 0.15) -> AlignedFace:
    inside = disc(face, place, 9, edge_mm=2)
    red = absorb(plain(face, tone), redness * inside, HAEMOGLOBIN)
    return absorb(red, 0.04 * scales(face) * inside, SHADOW)


def _detect(face: AlignedFace) -> Detection:
    (detection,) = Eczema().detect(face)
    assert detection.condition is Condition.ECZEMA
    return detection


def _measure(detection: Detection, name: str) -> float:
    return next(measure.value for measure in detection.measures if measure.name == name)


@pytest.mark.parametrize("tone", TONES)
def test_plain_skin_has_no_patches(face: AlignedFace, tone: str) -> None:
    detection = _detect(plain(face, tone))
    assert detection.findings == () and detection.status is Status.OK
    assert _measure(detection, "patch_area") == 0


@pytest.mark.parametrize("tone", TONES)
def test_a_scaly_red_patch_is_found_with_its_area(face: AlignedFace, tone: str) -> None:
    place = face.landmarks[CHEEK]
    detection = _detect(_patch(face, tone, place))
    (finding,) = detection.findings
    assert finding.region is RegionName.LEFT_CHEEK and finding.kind == "scaly"
    assert finding.confidence > 0.7
    assert np.hypot(*(np.array(finding.box.centre) - place)) < 3 * face.px_per_mm
    assert finding.measures[0].value == pytest.approx(np.pi * 81, rel=0.3)
    assert 1 < _measure(detection, "patch_area") < 4
    assert _measure(detection, "patch_delta_a") > 2


def test_smooth_redness_of_both_cheeks_is_not_eczema(face: AlignedFace) -> None:
    both = disc(face, face.landmarks[CHEEK], 12, 12) + disc(face, face.landmarks[OTHER_CHEEK], 12, 12)
    assert _detect(absorb(plain(face, "light"), 0.12 * both, HAEMOGLOBIN)).findings == ()


def test_acne_lesions_do_not_become_eczema(face: AlignedFace) -> None:
    rng = np.random.default_rng(4)
    spots = np.zeros((face.size, face.size), np.float32)
    for _ in range(14):
        spots = np.maximum(spots, disc(face, face.landmarks[CHEEK] + mm(face, *rng.uniform(-14, 14, 2)), 1.8, 1.0))
    assert _detect(absorb(plain(face, "light"), 0.25 * spots, HAEMOGLOBIN)).findings == ()


def test_a_brown_patch_is_not_eczema(face: AlignedFace) -> None:
    assert _detect(absorb(plain(face, "tan"), 0.25 * disc(face, face.landmarks[CHEEK], 9), MELANIN)).findings == ()


def test_darker_skin_gets_a_note_that_redness_is_hard_to_see(face: AlignedFace) -> None:
    assert _detect(plain(face, "light")).reason is None
    assert "darker skin" in (_detect(plain(face, "dark")).reason or "")


def test_no_colour_withholds_the_result(face: AlignedFace) -> None:
    grey = plain(face, "tan").rgb.mean(axis=2, keepdims=True).astype(np.uint8).repeat(3, axis=2)
    assert _detect(replace(face, rgb=grey)).status is Status.WITHHELD
