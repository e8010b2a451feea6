"""What the local detectors have in common."""

import pytest

from media_pipeline.detectors.dark_spots import DarkSpots
from media_pipeline.detectors.eczema import Eczema
from media_pipeline.detectors.eyebags import Eyebags
from media_pipeline.detectors.hyperpigmentation import Hyperpigmentation
from media_pipeline.detectors.local import LocalDetector
from media_pipeline.detectors.rosacea import Rosacea
from media_pipeline.detectors.wrinkles import Wrinkles
from media_pipeline.types import Condition, Status

DETECTORS = {
    Condition.DARK_SPOTS: DarkSpots,
    Condition.ECZEMA: Eczema,
    Condition.EYEBAGS: Eyebags,
    Condition.HYPERPIGMENTATION: Hyperpigmentation,
    Condition.ROSACEA: Rosacea,
    Condition.WRINKLES: Wrinkles,
}


@pytest.mark.parametrize(("condition", "kind"), DETECTORS.items())
def test_each_says_who_it_is_and_what_it_looks_for(condition: Condition, kind: type[LocalDetector]) -> None:
    detector = kind()
    assert detector.conditions == (condition,)
    assert detector.info.name.startswith("local-")
    assert detector.info.backend == "opencv"


def test_what_cannot_be_judged_is_withheld_with_the_reason() -> None:
    (detection,) = Eczema().withheld("too dark")
    assert detection.condition is Condition.ECZEMA
    assert detection.status is Status.WITHHELD
    assert detection.reason == "too dark"
