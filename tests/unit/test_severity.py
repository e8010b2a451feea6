"""Grades follow the published cut-offs, and say what they are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.errors import DetectorError
from media_pipeline.scores import FORMULAS
from media_pipeline.severity import SCALES, acne_measures, grade, mmasi_like
from media_pipeline.types import Box, Condition, Finding, Measure, RegionName


def lesion(x: float, y: float = 300, region: RegionName = RegionName.LEFT_CHEEK, kind: str | None = None) -> Finding:
    return Finding(f"{x}-{y}", Condition.ACNE, region, Box(x - 3, y - 3, 6, 6), 0.8, kind=kind)


@pytest.fixture
def landmarks() -> NDArray[np.float32]:
    """A face whose midline runs down the middle of 640 px."""
    points = np.full((478, 2), 320, np.float32)
    for y, landmark in zip((100, 200, 240, 340, 380, 520), (10, 9, 168, 4, 164, 152), strict=True):
        points[landmark] = (320, y)
    return points


def values(findings: list[Finding], landmarks: NDArray[np.float32]) -> dict[str, float]:
    return {measure.name: measure.value for measure in acne_measures(findings, landmarks)}


def test_hayashi_counts_the_worse_half_and_leaves_comedones_out(landmarks: NDArray[np.float32]) -> None:
    findings = [lesion(400 + n) for n in range(4)] + [lesion(200)] + [lesion(420, kind="comedone") for _ in range(9)]
    assert values(findings, landmarks)["worse_half_lesions"] == 4
    assert values(findings, landmarks)["inflammatory_lesions"] == 5


def test_marks_that_lesions_left_behind_count_for_no_grade(landmarks: NDArray[np.float32]) -> None:
    findings = [lesion(400 + n, kind="mark") for n in range(9)] + [lesion(200, region=RegionName.NOSE, kind="comedone")]
    assert values(findings, landmarks) == {"inflammatory_lesions": 0, "worse_half_lesions": 0, "gags_face": 1}


def test_the_halves_part_at_the_noses_ridge_not_at_the_pictures_middle(landmarks: NDArray[np.float32]) -> None:
    landmarks[4] = (420, 340)  # a turned face
    assert values([lesion(400, 340), lesion(100, 340), lesion(330, 510)], landmarks)["worse_half_lesions"] == 2


def test_gags_takes_each_places_worst_lesion_and_its_factor(landmarks: NDArray[np.float32]) -> None:
    findings = [
        lesion(200, region=RegionName.FOREHEAD, kind="comedone"),
        lesion(210, region=RegionName.GLABELLA, kind="pustule"),  # the forehead's worst: 2 x 3
        lesion(400, region=RegionName.LEFT_CHEEK),  # no kind, as a papule: 2 x 2
        lesion(400, region=RegionName.PERIORAL, kind="nodule"),  # the chin: 1 x 4
    ]
    assert values(findings, landmarks)["gags_face"] == 14
    worst = [lesion(300, region=region, kind="nodule") for region in RegionName]
    assert values(worst, landmarks)["gags_face"] == 32


@pytest.mark.parametrize(
    ("lesions", "expected", "label"),
    [(0, 0, "clear"), (1, 1, "mild"), (5, 1, "mild"), (6, 2, "moderate"), (20, 2, "moderate"), (21, 3, "severe"),
     (50, 3, "severe"), (51, 4, "very severe")],
)  # fmt: skip
def test_hayashis_cut_offs(lesions: int, expected: int, label: str) -> None:
    severity = grade(Condition.ACNE, [Measure("worse_half_lesions", lesions, "count")])
    assert (severity.grade, severity.label) == (expected, label)
    assert "Hayashi" in severity.scale and "estimate" in severity.scale


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(0, 0), (0.9, 0), (1, 1), (9.9, 1), (10, 2), (30, 3), (50, 4), (70, 5), (90, 6), (100, 6)],
)
def test_the_published_area_bins(percent: float, expected: int) -> None:
    assert grade(Condition.ECZEMA, [Measure("patch_area", percent, "%")]).grade == expected


def test_the_index_that_is_not_computed_is_never_named() -> None:
    for scale in SCALES.values():
        assert "EASI" not in scale.name and not any("EASI" in label for label in scale.labels)


def test_mmasi_adds_up_as_published() -> None:
    regions = ("forehead", "left_cheek", "right_cheek", "chin")
    everything = {f"pigment_area_{r}": 100.0 for r in regions} | {f"pigment_darkness_{r}": 50.0 for r in regions}
    assert mmasi_like(everything) == pytest.approx(24)
    assert mmasi_like({"pigment_area_chin": 12.0, "pigment_darkness_chin": 6.0}) == pytest.approx(0.1 * 2 * 2)
    assert mmasi_like({}) == 0


def test_every_condition_has_a_word_for_every_grade_and_ascending_cuts() -> None:
    assert set(SCALES) == set(Condition)
    for scale in SCALES.values():
        for cuts in scale.cuts.values():
            assert len(scale.labels) == len(cuts) + 1
            assert list(cuts) == sorted(cuts)


@pytest.mark.parametrize("condition", [c for c in Condition if c is not Condition.HYPERPIGMENTATION])
def test_a_missing_measure_is_the_detectors_error(condition: Condition) -> None:
    with pytest.raises(DetectorError, match="did not measure"):
        grade(condition, [Measure("something else", 1.0, "mm")])


def test_formula_and_scale_rest_on_measures_of_the_contract() -> None:
    for condition in (Condition.WRINKLES, Condition.EYEBAGS, Condition.ROSACEA):
        assert {rule.measure for rule in FORMULAS[condition].terms} == set(SCALES[condition].cuts)
    for condition in (
        Condition.ECZEMA,
        Condition.HYPERPIGMENTATION,
        Condition.DARK_SPOTS,
    ):  # weighed for the score alone
        (term,) = FORMULAS[condition].terms
        assert term.measure.endswith("_burden")


def test_eye_bags_are_as_bad_as_the_worse_of_circle_and_puffiness() -> None:
    circle, puffy = Measure("dark_circle_delta_e", 7.0, "dE*"), Measure("puffiness", 8.0, "dL*")
    assert grade(Condition.EYEBAGS, [circle, Measure("puffiness", 0.0, "dL*")]).label == "mild"
    assert grade(Condition.EYEBAGS, [circle, puffy]).label == "moderate"
