"""Dark circles and bags planted under the eyes are found, told apart and typed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from media_pipeline.detectors.eyebags import Eyebags
from media_pipeline.types import AlignedFace, Condition, Detection, Issue, Quality, RegionName, Status
from tests.unit.detectors.planting import HAEMOGLOBIN, MELANIN, SHADOW, Floats, absorb, plain

LID = {"left": (362, 382, 381, 380, 374, 373, 390, 249, 263), "right": (133, 155, 154, 153, 145, 144, 163, 7, 33)}
TONES = ["light", "tan", "dark"]


def _below(face: AlignedFace, side: str, first_mm: float, last_mm: float, soft_mm: float = 1.5) -> Floats:
    """1 in the crescent between two distances below the lower lid."""
    lid = face.landmarks[list(LID[side])]
    upper, lower = lid + [0, first_mm * face.px_per_mm], lid + [0, last_mm * face.px_per_mm]
    canvas = np.zeros((face.size, face.size), np.float32)
    cv2.fillPoly(canvas, [np.round(np.concatenate([upper, lower[::-1]])).astype(np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), soft_mm * face.px_per_mm), np.float32)


def _detect(face: AlignedFace) -> Detection:
    (detection,) = Eyebags().detect(face)
    assert detection.condition is Condition.EYEBAGS
    return detection


def _measure(detection: Detection, name: str) -> float:
    return next(measure.value for measure in detection.measures if measure.name == name)


@pytest.mark.parametrize("tone", TONES)
def test_plain_skin_has_neither(face: AlignedFace, tone: str) -> None:
    detection = _detect(plain(face, tone))
    assert detection.status is Status.OK and detection.findings == ()
    assert _measure(detection, "dark_circle_delta_e") == 0
    assert _measure(detection, "puffiness") < 1


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(("pigment", "kind"), [(MELANIN, "pigment"), (HAEMOGLOBIN, "vascular")])
def test_a_dark_circle_is_found_under_its_eye_with_its_kind(
    face: AlignedFace, tone: str, pigment: tuple[float, float, float], kind: str
) -> None:
    circle = _below(face, "left", 0, 12)
    detection = _detect(absorb(plain(face, tone), 0.45 * circle, pigment))
    (finding,) = detection.findings
    assert finding.region is RegionName.UNDER_LEFT_EYE and finding.kind == kind
    assert finding.outline is not None
    inside = np.zeros((face.size, face.size), np.uint8)
    cv2.fillPoly(inside, [np.round(finding.outline).astype(np.int32)], 1)
    assert circle[inside > 0].mean() > 0.6
    assert _measure(detection, "dark_circle_delta_e_left") > 4 > _measure(detection, "dark_circle_delta_e_right")
    assert _measure(detection, "dark_circle_delta_e") == _measure(detection, "dark_circle_delta_e_left")


def test_a_shadow_is_typed_as_one_and_a_darker_one_measures_more(face: AlignedFace) -> None:
    faint, dark = (
        _detect(absorb(plain(face, "light"), amount * _below(face, "right", 0, 12), SHADOW)) for amount in (0.2, 0.35)
    )
    assert dark.findings[0].kind == "shadow"
    assert _measure(dark, "dark_circle_delta_l") > _measure(faint, "dark_circle_delta_l") + 3
    assert dark.findings[0].confidence > 0.8


@pytest.mark.parametrize("tone", TONES)
def test_a_bag_is_puffiness_and_no_dark_circle(face: AlignedFace, tone: str) -> None:
    relief = 0.3 * _below(face, "left", 12, 15, 1.0) - 0.04 * _below(face, "left", 6, 11)
    detection = _detect(absorb(plain(face, tone), relief, SHADOW))
    assert [finding.kind for finding in detection.findings] == ["puffiness"]
    assert _measure(detection, "puffiness_left") > 3 > _measure(detection, "puffiness_right")


def test_light_from_one_side_withholds_the_result(face: AlignedFace) -> None:
    shaded = (np.arange(face.size) < face.landmarks[168, 0]).astype(np.float32)[None].repeat(face.size, axis=0)
    lit = absorb(plain(face, "tan"), 0.45 * shaded, SHADOW)
    assert _detect(lit).status is Status.WITHHELD
    gated = replace(plain(face, "tan"), quality=Quality(issues=(Issue.UNEVEN_LIGHT,)))
    assert "one side" in (_detect(gated).reason or "")


def test_covered_eyes_are_withheld_and_one_covered_eye_is_left_out(face: AlignedFace) -> None:
    skin = plain(face, "tan")
    seen = skin.skin.copy()
    seen[:, : round(float(face.landmarks[168, 0]))] = False
    half = _detect(replace(skin, skin=seen))
    assert {measure.name for measure in half.measures if measure.name.endswith(("_left", "_right"))} == {
        "dark_circle_delta_e_left",
        "puffiness_left",
    }
    top = skin.skin.copy()
    top[: round(float(face.landmarks[195, 1] + 15 * face.px_per_mm))] = False
    assert _detect(replace(skin, skin=top)).status is Status.WITHHELD
