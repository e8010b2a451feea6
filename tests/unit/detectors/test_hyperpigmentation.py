"""Brown patches with an edge are found; shade, redness and small spots are not."""

from dataclasses import replace

import numpy as np
import pytest

from media_pipeline.detectors.hyperpigmentation import Hyperpigmentation
from media_pipeline.types import AlignedFace, Condition, Detection, Issue, Quality, RegionName, Status
from tests.unit.detectors.planting import HAEMOGLOBIN, MELANIN, SHADOW, absorb, disc, plain

TONES = ["light", "tan", "dark"]


def _detect(face: AlignedFace) -> Detection:
    (detection,) = Hyperpigmentation().detect(face)
    assert detection.condition is Condition.HYPERPIGMENTATION
    return detection


def _measure(detection: Detection, name: str) -> float:
    return next(measure.value for measure in detection.measures if measure.name == name)


@pytest.mark.parametrize("tone", TONES)
def test_plain_skin_has_no_patches(face: AlignedFace, tone: str) -> None:
    detection = _detect(plain(face, tone))
    assert detection.findings == ()
    assert _measure(detection, "pigment_area") == 0


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(
    ("landmark", "region"), [(425, RegionName.LEFT_CHEEK), (205, RegionName.RIGHT_CHEEK), (151, RegionName.FOREHEAD)]
)
def test_a_patch_is_found_with_its_place_area_and_darkness(
    face: AlignedFace, tone: str, landmark: int, region: RegionName
) -> None:
    place = face.landmarks[landmark]
    detection = _detect(absorb(plain(face, tone), 0.3 * disc(face, place, 6, edge_mm=2), MELANIN))
    (finding,) = detection.findings
    assert finding.region is region
    assert np.hypot(*(np.array(finding.box.centre) - place)) < 3 * face.px_per_mm
    assert finding.measures[0].value == pytest.approx(np.pi * 36, rel=0.45)
    assert _measure(detection, f"pigment_area_{region}") > 2
    assert _measure(detection, f"pigment_darkness_{region}") == pytest.approx(30 * 0.39, rel=0.4)
    assert _measure(detection, "pigment_area") < 3


def test_shade_and_redness_are_not_pigment(face: AlignedFace) -> None:
    across = np.linspace(0, 0.4, face.size, dtype=np.float32)[None].repeat(face.size, axis=0)
    for amount, colour in ((across, SHADOW), (0.2 * disc(face, face.landmarks[425], 7, 2), HAEMOGLOBIN)):
        assert _detect(absorb(plain(face, "tan"), amount, colour)).findings == ()


def test_uneven_light_withholds_the_result(face: AlignedFace) -> None:
    lit = replace(plain(face, "tan"), quality=Quality(issues=(Issue.UNEVEN_LIGHT,)))
    assert _detect(lit).status is Status.WITHHELD
