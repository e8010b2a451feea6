"""From what a detector measured to a grade on a named scale.

What each condition's Detection.measures must hold (name, unit); acne's are counted here from its findings:

acne                inflammatory_lesions (count), worse_half_lesions (count), gags_face (points of 32)
wrinkles            wrinkle_density (mm/cm2: sum of length x depth over the skin looked at; depth 0-1)
eyebags             dark_circle_delta_e (dE*, the worse eye against its cheek), puffiness (dL*, the worse eye)
eczema              patch_area (% of the visible skin of the face), patch_delta_a (da* of patches over the rest)
rosacea             central_delta_a (da*, central face over lateral face)
hyperpigmentation   pigment_area (% of the visible skin); where seen, for REGION in forehead, left_cheek, right_cheek,
                    chin: pigment_area_REGION (%) and pigment_darkness_REGION (MI over the face's own skin)
dark_spots          spots (count), spot_area (% of the visible skin)

Scores also need patch_burden, pigment_burden and spot_burden (%), in which what is too faint to be shown weighs a
little (`scores`).

Every scale is an estimate from pixels and says so in its name; none has been validated against readers. "cut-offs ours"
marks bins that no publication gives for a camera.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from media_pipeline.errors import DetectorError
from media_pipeline.types import Condition, Finding, Measure, Points, RegionName, Severity

__all__ = ["SCALES", "Scale", "acne_measures", "grade", "mmasi_like"]

# The face's midline, top to bottom, by FaceMesh landmark: hairline, between the brows, nose tip, philtrum, chin.
MIDLINE = (10, 9, 168, 4, 164, 152)

# GAGS (Doshi 1997): each place's factor times the grade of its worst lesion. Chest and back are not in the picture.
GAGS_PLACES: Mapping[RegionName, str] = MappingProxyType(
    {
        RegionName.FOREHEAD: "forehead",
        RegionName.GLABELLA: "forehead",
        RegionName.LEFT_CHEEK: "left cheek",
        RegionName.UNDER_LEFT_EYE: "left cheek",
        RegionName.RIGHT_CHEEK: "right cheek",
        RegionName.UNDER_RIGHT_EYE: "right cheek",
        RegionName.NOSE: "nose",
        RegionName.CHIN: "chin",
        RegionName.PERIORAL: "chin",
    }
)
GAGS_FACTORS: Mapping[str, int] = MappingProxyType(
    {"forehead": 2, "left cheek": 2, "right cheek": 2, "nose": 1, "chin": 1}
)
GAGS_GRADES: Mapping[str, int] = MappingProxyType({"comedone": 1, "papule": 2, "pustule": 3, "nodule": 4})
UNTYPED_LESION = "papule"  # what a lesion counts as when its detector does not tell kinds

# MASI and mMASI: the weight of each place; its area in sixths as in EASI; darkness 0-4.
MASI_WEIGHTS: Mapping[RegionName, float] = MappingProxyType(
    {
        RegionName.FOREHEAD: 0.3,
        RegionName.LEFT_CHEEK: 0.3,
        RegionName.RIGHT_CHEEK: 0.3,
        RegionName.CHIN: 0.1,
    }
)
AREA_SCORE_PERCENT = (1.0, 10.0, 30.0, 50.0, 70.0, 90.0)  # lower ends of the area scores 1-6 (EASI, MASI)
DARKNESS_MI = (2.0, 5.0, 9.0, 14.0)  # lower ends of darkness 1-4, in melanin index over the face's own skin: ours


@dataclass(frozen=True, slots=True)
class Scale:
    """cuts: for each measure the lower ends of the grades from 1 on; labels: a word for each grade from 0 on; name:
    what it is an estimate of, with its version."""

    cuts: Mapping[str, tuple[float, ...]]
    labels: tuple[str, ...]
    name: str


def acne_measures(findings: Sequence[Finding], landmarks: Points) -> tuple[Measure, ...]:
    """What Hayashi and GAGS count. Comedones are not inflammatory, marks are no lesions, and a lesion without a kind
    counts as a papule. landmarks (478, 2) in the px of the findings."""
    findings = [finding for finding in findings if finding.kind != "mark"]
    inflammatory = [finding for finding in findings if finding.kind != "comedone"]
    midline = landmarks[list(MIDLINE)]
    midline = midline[np.argsort(midline[:, 1])]
    left = sum(
        finding.box.centre[0] > float(np.interp(finding.box.centre[1], midline[:, 1], midline[:, 0]))
        for finding in inflammatory
    )
    worst: dict[str, int] = {}
    for finding in findings:
        place = GAGS_PLACES[finding.region]
        grade_here = GAGS_GRADES.get(finding.kind or UNTYPED_LESION, GAGS_GRADES[UNTYPED_LESION])
        worst[place] = max(worst.get(place, 0), grade_here)
    gags = sum(GAGS_FACTORS[place] * value for place, value in worst.items())
    return (
        Measure("inflammatory_lesions", float(len(inflammatory)), "count"),
        Measure("worse_half_lesions", float(max(left, len(inflammatory) - left)), "count"),
        Measure("gags_face", float(gags), "points of 32"),
    )


def mmasi_like(measures: Mapping[str, float]) -> float:
    """Sum of weight x area score (0-6) x darkness (0-4) over the four places, 0-24, as mMASI adds up; a place that the
    picture does not show counts nothing."""
    total = 0.0
    for region, weight in MASI_WEIGHTS.items():
        area = _bin(measures.get(f"pigment_area_{region}", 0.0), AREA_SCORE_PERCENT)
        darkness = _bin(measures.get(f"pigment_darkness_{region}", 0.0), DARKNESS_MI)
        total += weight * area * darkness
    return total


def grade(condition: Condition, measures: Sequence[Measure]) -> Severity:
    """The severity of one condition: the worst grade of its scale's measures. Raises DetectorError where one of them is
    missing."""
    scale = SCALES[condition]
    values = {measure.name: measure.value for measure in measures}
    values.setdefault("mmasi_like", mmasi_like(values))
    step = 0
    for name, cuts in scale.cuts.items():
        if name not in values:
            raise DetectorError(f"the {condition} detector did not measure {name}")
        step = max(step, _bin(values[name], cuts))
    return Severity(step, scale.labels[step], scale.name)


def _bin(value: float, cuts: Sequence[float]) -> int:
    """How many of the ascending cuts value has reached."""
    return sum(value >= cut for cut in cuts)


SCALES: Mapping[Condition, Scale] = MappingProxyType(
    {
        # Hayashi 2008: papules and pustules on one half of the face, 0-5 mild, 6-20, 21-50, 51 and more. Grade 0 is
        # ours: Hayashi grades patients who have acne.
        Condition.ACNE: Scale(
            {"worse_half_lesions": (1, 6, 21, 51)},
            ("clear", "mild", "moderate", "severe", "very severe"),
            "Hayashi, worse half of the face, estimate v1",
        ),
        # Lemperle 2001 grades by a reader's comparison with photographs, 0-5, and uses these words but the first.
        Condition.WRINKLES: Scale(
            {"wrinkle_density": (0.03, 0.10, 0.22, 0.40, 0.70)},
            ("hardly any", "just perceptible", "shallow", "moderately deep", "deep", "very deep"),
            "Lemperle-like, whole face, estimate v1 (cut-offs ours)",
        ),
        # POH (PMC8460477) 0-4 by eye; bins of the instrument's dE* that PMC7898348 finds linear in the visual grade.
        # Puffiness has no published scale; it is binned beside, and the worse of the two is told.
        Condition.EYEBAGS: Scale(
            {"dark_circle_delta_e": (3.0, 6.0, 10.0, 15.0), "puffiness": (3.0, 5.0, 7.5, 10.0)},
            ("none", "faint", "mild", "moderate", "severe"),
            "POH-like, dE*, with puffiness, estimate v1 (cut-offs ours)",
        ),
        # The published area bins, on the part of the face that is seen; the four signs are not read.
        Condition.ECZEMA: Scale(
            {"patch_area": AREA_SCORE_PERCENT},
            (
                "none",
                "1-9 % of the face",
                "10-29 % of the face",
                "30-49 % of the face",
                "50-69 % of the face",
                "70-89 % of the face",
                "90-100 % of the face",
            ),
            "area score of the face 0-6, estimate v1",
        ),
        # CEA 0-4 is a reader's scale; these are its words.
        Condition.ROSACEA: Scale(
            {"central_delta_a": (2.0, 4.0, 7.0, 11.0)},
            ("clear", "almost clear", "mild", "moderate", "severe"),
            "CEA-like, da*, estimate v1 (cut-offs ours)",
        ),
        # mMASI's areas, weights and products, 0-24; its own readers' strata are not used.
        Condition.HYPERPIGMENTATION: Scale(
            {"mmasi_like": (0.3, 2.0, 6.0, 12.0)},
            ("none", "slight", "mild", "marked", "very marked"),
            "mMASI-like 0-24, estimate v1 (cut-offs ours)",
        ),
        # No published scale counts spots on a face.
        Condition.DARK_SPOTS: Scale(
            {"spots": (1, 4, 11, 26)},
            ("none", "few", "some", "many", "very many"),
            "count of spots v1 (no published scale)",
        ),
    }
)
