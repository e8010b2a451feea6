"""Redness of the centre is measured against the rest of the face."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from media_pipeline.detectors.rosacea import Rosacea
from media_pipeline.types import AlignedFace, Condition, Detection, RegionName, Status
from tests.unit.detectors.planting import HAEMOGLOBIN, SHADOW, Floats, absorb, disc, plain

TONES = ["light", "tan", "dark"]


def _centre(face: AlignedFace) -> Floats:
    """1 on nose and inner cheeks."""
    places = [(4, 16.0), (195, 14.0), (36, 15.0), (266, 15.0)]
    return np.asarray(np.max([disc(face, face.landmarks[p], r, 6) for p, r in places], axis=0), np.float32)


def _detect(face: AlignedFace) -> Detection:
    (detection,) = Rosacea().detect(face)
    assert detection.condition is Condition.ROSACEA
    return detection


def _measure(detection: Detection, name: str) -> float:
    return next(measure.value for measure in detection.measures if measure.name == name)


@pytest.mark.parametrize("tone", TONES)
def test_plain_skin_has_none(face: AlignedFace, tone: str) -> None:
    detection = _detect(plain(face, tone))
    assert detection.findings == ()
    assert _measure(detection, "central_delta_a") < 0.5


@pytest.mark.parametrize("tone", TONES)
def test_a_red_centre_is_found_on_nose_and_cheeks(face: AlignedFace, tone: str) -> None:
    centre = _centre(face)
    detection = _detect(absorb(plain(face, tone), 0.2 * centre, HAEMOGLOBIN))
    assert {finding.region for finding in detection.findings} & {RegionName.NOSE, RegionName.LEFT_CHEEK}
    assert _measure(detection, "central_delta_a") > 2
    drawn = np.zeros((face.size, face.size), np.uint8)
    for finding in detection.findings:
        assert finding.outline is not None
        cv2.fillPoly(drawn, [np.round(finding.outline).astype(np.int32)], 1)
    cheek = next(region for region in face.regions if region.name is RegionName.LEFT_CHEEK)
    inside = np.zeros_like(drawn)
    cv2.fillPoly(inside, [np.round(cheek.polygon).astype(np.int32)], 1)
    planted, found = (centre > 0.5) & (inside > 0), (drawn > 0) & (inside > 0)
    assert (planted & found).sum() > 0.6 * (planted | found).sum()
    assert _measure(detection, "erythema_area") > 10


def test_more_redness_measures_more(face: AlignedFace) -> None:
    values = [
        _measure(_detect(absorb(plain(face, "light"), amount * _centre(face), HAEMOGLOBIN)), "central_delta_a")
        for amount in (0.05, 0.1, 0.2)
    ]
    assert values == sorted(values) and values[-1] > 2 * values[0]


def test_a_red_face_all_over_has_no_red_centre(face: AlignedFace) -> None:
    everywhere = np.full((face.size, face.size), 0.2, np.float32)
    assert _detect(absorb(plain(face, "light"), everywhere, HAEMOGLOBIN)).findings == ()


def test_one_red_cheek_alone_draws_no_cheek(face: AlignedFace) -> None:
    one = disc(face, face.landmarks[266], 14, 6)
    findings = _detect(absorb(plain(face, "light"), 0.25 * one, HAEMOGLOBIN)).findings
    assert RegionName.LEFT_CHEEK not in {finding.region for finding in findings}


def test_light_from_one_side_makes_no_redness(face: AlignedFace) -> None:
    across = np.linspace(0, 0.25, face.size, dtype=np.float32)[None].repeat(face.size, axis=0)
    assert _measure(_detect(absorb(plain(face, "tan"), across, SHADOW)), "central_delta_a") < 0.7


def test_a_face_without_its_centre_is_withheld(face: AlignedFace) -> None:
    hidden = {RegionName.NOSE, RegionName.CHIN, RegionName.GLABELLA}
    regions = tuple(replace(region, visible=region.name not in hidden) for region in face.regions)
    assert _detect(replace(plain(face, "tan"), regions=regions)).status is Status.WITHHELD
