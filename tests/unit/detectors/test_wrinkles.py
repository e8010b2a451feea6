"""Lines planted on plain skin of every tone are found, placed and measured; what is no line is not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from media_pipeline.detectors.wrinkles import Wrinkles
from media_pipeline.types import AlignedFace, Condition, Detection, Issue, Quality, RegionName, Status
from tests.unit.detectors.planting import SHADOW, absorb, disc, line, mm, plain

TONES = ["light", "tan", "dark"]


def _detect(face: AlignedFace) -> Detection:
    (detection,) = Wrinkles().detect(face)
    assert detection.condition is Condition.WRINKLES
    return detection


def _measure(detection: Detection, name: str) -> float:
    return next(measure.value for measure in detection.measures if measure.name == name)


@pytest.mark.parametrize("tone", TONES)
def test_plain_skin_has_no_lines(face: AlignedFace, tone: str) -> None:
    detection = _detect(plain(face, tone))
    assert detection.findings == ()
    assert _measure(detection, "wrinkle_density") == 0


@pytest.mark.parametrize("tone", TONES)
def test_a_forehead_line_is_found_with_its_place_length_and_depth(face: AlignedFace, tone: str) -> None:
    middle = face.landmarks[151]
    start, end = middle + mm(face, -15, 0), middle + mm(face, 15, 0)
    detection = _detect(absorb(plain(face, tone), 0.08 * line(face, start, end), SHADOW))
    (finding,) = detection.findings
    assert finding.region is RegionName.FOREHEAD and finding.kind == "forehead_line"
    assert finding.outline is not None
    assert np.abs(finding.outline[:, 1] - middle[1]).max() < 1.5 * face.px_per_mm
    assert finding.measures[0].value == pytest.approx(30, abs=4)
    assert finding.measures[1].value == pytest.approx(15, abs=6)
    assert finding.confidence > 0.5
    assert _measure(detection, "wrinkle_density_forehead") > _measure(detection, "wrinkle_density") > 0


def test_deeper_lines_are_surer_and_weigh_more(face: AlignedFace) -> None:
    middle = face.landmarks[151]
    stroke = line(face, middle + mm(face, -15, 0), middle + mm(face, 15, 0))
    shallow, deep = (_detect(absorb(plain(face, "tan"), depth * stroke, SHADOW)) for depth in (0.06, 0.12))
    assert deep.findings[0].confidence > shallow.findings[0].confidence
    assert _measure(deep, "deepest") > _measure(shallow, "deepest")


def test_each_place_expects_its_own_direction(face: AlignedFace) -> None:
    between, forehead = face.landmarks[9], face.landmarks[151]
    frown = absorb(plain(face, "tan"), 0.1 * line(face, between, between + mm(face, 0, 9)), SHADOW)
    assert [finding.kind for finding in _detect(frown).findings] == ["frown_line"]
    upright = line(face, forehead + mm(face, 0, -6), forehead + mm(face, 0, 6))
    assert _detect(absorb(plain(face, "tan"), 0.1 * upright, SHADOW)).findings == ()


@pytest.mark.parametrize(("corner", "outward", "region"), [(263, 1, "under_left_eye"), (33, -1, "under_right_eye")])
def test_crows_feet_run_outward_from_the_eye(face: AlignedFace, corner: int, outward: int, region: str) -> None:
    eye = face.landmarks[corner]
    ray = line(face, eye + mm(face, 6 * outward, 1), eye + mm(face, 19 * outward, 5))
    (finding,) = _detect(absorb(plain(face, "tan"), 0.1 * ray, SHADOW)).findings
    assert finding.kind == "crows_feet" and finding.region == region


def test_short_lines_spots_and_the_edge_of_a_shadow_are_no_wrinkles(face: AlignedFace) -> None:
    middle = face.landmarks[151]
    short = line(face, middle, middle + mm(face, 2, 0))
    half = (np.arange(face.size)[:, None] > middle[1]).astype(np.float32).repeat(face.size, axis=1)
    for amount in (0.12 * short, 0.12 * disc(face, middle, 2.5), 0.15 * half):
        assert _detect(absorb(plain(face, "tan"), amount, SHADOW)).findings == ()


def test_rays_that_nearly_meet_at_the_eye_are_found_one_by_one(face: AlignedFace) -> None:
    eye, amount = face.landmarks[263], np.zeros((face.size, face.size), np.float32)
    for angle in np.radians([-24.0, -8.0, 8.0, 24.0]):
        ends = (eye + mm(face, reach * np.cos(angle), reach * np.sin(angle)) for reach in (7.0, 15.0))
        amount = np.maximum(amount, line(face, *ends))
    detection = _detect(absorb(plain(face, "tan"), 0.15 * amount, SHADOW))
    assert [finding.kind for finding in detection.findings] == ["crows_feet"] * 4


@pytest.mark.parametrize("tone", TONES)
def test_grain_makes_no_lines_however_strong_it_is_and_a_deep_line_shows_in_it(face: AlignedFace, tone: str) -> None:
    rng, grain = np.random.default_rng(4), np.zeros((face.size, face.size), np.float32)
    for size_mm in (0.25, 0.6):
        raw = rng.standard_normal(grain.shape).astype(np.float32)
        noise = np.asarray(cv2.GaussianBlur(raw, (0, 0), size_mm * face.px_per_mm), np.float32)
        grain += np.float32(0.018) * noise / noise.std()
    rough = absorb(plain(face, tone), grain, SHADOW)
    assert _detect(rough).findings == ()
    middle = face.landmarks[151]
    furrow = line(face, middle + mm(face, -18, 0), middle + mm(face, 18, 0))
    (finding,) = _detect(absorb(rough, 0.2 * furrow, SHADOW)).findings
    assert finding.kind == "forehead_line" and finding.measures[0].value > 20


def test_rough_skin_raises_the_bar(face: AlignedFace) -> None:
    rng = np.random.default_rng(3)
    texture = rng.normal(0, 0.05, (face.size, face.size)).astype(np.float32)
    assert len(_detect(absorb(plain(face, "tan"), texture, SHADOW)).findings) <= 2


def test_a_small_face_gives_coarse_lines_only_and_a_tiny_or_blurred_one_none(face: AlignedFace) -> None:
    skin = plain(face, "tan")
    coarse = _detect(replace(skin, source_px_per_mm=1.0))
    assert coarse.status is Status.OK and "coarse" in (coarse.reason or "")
    assert _detect(replace(skin, source_px_per_mm=0.4)).status is Status.WITHHELD
    blurred = replace(skin, quality=Quality(issues=(Issue.BLURRED,)))
    assert "blurred" in (_detect(blurred).reason or "")
    assert _detect(replace(skin, skin=np.zeros_like(skin.skin))).status is Status.WITHHELD


def test_the_map_is_as_large_as_the_face_and_between_0_and_1(face: AlignedFace) -> None:
    response = _detect(plain(face, "tan")).response
    assert response is not None and response.shape == (face.size, face.size) and response.dtype == np.float32
    assert 0 <= response.min() <= response.max() <= 1
