"""Brown spots are counted where they are; red ones, lines and moles are not counted."""

from dataclasses import replace

import numpy as np
import pytest

from media_pipeline.detectors.dark_spots import DarkSpots
from media_pipeline.types import AlignedFace, Condition, Detection, Status
from tests.unit.detectors.planting import HAEMOGLOBIN, MELANIN, SHADOW, absorb, disc, line, mm, plain

TONES = ["light", "tan", "dark"]
STEPS_MM = [(-10, 0), (0, 0), (10, 0), (-5, 8), (6, -8)]


def _spots(face: AlignedFace, landmark: int = 425) -> list[np.ndarray]:
    return [face.landmarks[landmark] + mm(face, x, y) for x, y in STEPS_MM]


def _planted(face: AlignedFace, tone: str, radius_mm: float, amount: float) -> AlignedFace:
    amounts = [disc(face, place, radius_mm, 0.6) for place in _spots(face)]
    return absorb(plain(face, tone), amount * np.asarray(np.max(amounts, axis=0), np.float32), MELANIN)


def _detect(face: AlignedFace) -> Detection:
    (detection,) = DarkSpots().detect(face)
    assert detection.condition is Condition.DARK_SPOTS
    return detection


def _measure(detection: Detection, name: str) -> float:
    return next(measure.value for measure in detection.measures if measure.name == name)


@pytest.mark.parametrize("tone", TONES)
def test_plain_skin_has_no_spots(face: AlignedFace, tone: str) -> None:
    detection = _detect(plain(face, tone))
    assert detection.findings == () and _measure(detection, "spots") == 0


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("radius_mm", [1.2, 2.5])
def test_spots_are_counted_located_and_sized(face: AlignedFace, tone: str, radius_mm: float) -> None:
    detection = _detect(_planted(face, tone, radius_mm, 0.25))
    assert _measure(detection, "spots") == len(STEPS_MM)
    centres = np.array([finding.box.centre for finding in detection.findings])
    for place in _spots(face):
        assert np.hypot(*(centres - place).T).min() < 1.2 * face.px_per_mm
    diameters = [finding.measures[0].value for finding in detection.findings]
    assert np.median(diameters) == pytest.approx(2 * radius_mm, abs=1.0)
    assert _measure(detection, "spot_area") > 0


def test_red_spots_lines_and_grey_spots_are_none(face: AlignedFace) -> None:
    spots = np.asarray(np.max([disc(face, place, 1.5, 0.6) for place in _spots(face)], axis=0), np.float32)
    place = face.landmarks[425]
    fold = line(face, place + mm(face, -10, -6), place + mm(face, 10, 6), 2.0)
    for amount, colour in ((0.25 * spots, HAEMOGLOBIN), (0.15 * fold, MELANIN), (0.15 * spots, SHADOW)):
        assert _measure(_detect(absorb(plain(face, "light"), amount, colour)), "spots") == 0


def test_a_lone_dark_lesion_is_shown_but_never_counted(face: AlignedFace) -> None:
    mole = absorb(plain(face, "light"), 0.7 * disc(face, face.landmarks[205], 2.0, 0.6), MELANIN)
    detection = _detect(mole)
    assert [finding.kind for finding in detection.findings] == ["mole"]
    assert _measure(detection, "spots") == _measure(detection, "spot_area") == 0
    assert _measure(detection, "moles") == 1


def test_a_small_face_is_withheld(face: AlignedFace) -> None:
    assert _detect(replace(plain(face, "tan"), source_px_per_mm=0.5)).status is Status.WITHHELD
