"""Looking again and again at a planted head is judged look by look and as a whole."""

import pytest

from media_pipeline.detectors.yolo import YoloAcneDetector
from media_pipeline.evaluation.fused import Head, gains, watch
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.inspection import Inspector
from media_pipeline.types import Condition

ACNE = Condition.ACNE
LOOKS = 6


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector([YoloAcneDetector(threads=1)])


def test_what_is_missed_now_and_then_is_found_by_all_looks_together(head: Subject, inspector: Inspector) -> None:
    gain = gains([Head(head.name)], {head.name: head}, inspector, looks=LOOKS, conditions=[ACNE])[ACNE]
    assert gain.recall is not None and gain.changes is not None
    assert gain.recall[1] > gain.recall[0] > 0.2
    assert gain.changes[1] <= 0.5
    assert gain.false is None  # nothing is known of what this head's own skin shows


def test_every_look_is_another_picture_of_the_same_head(head: Subject, inspector: Inspector) -> None:
    looks = watch(Head(head.name), {head.name: head}, inspector, ACNE, 3, [ACNE])
    assert len(looks) == 3
    assert len({look.truth[0].outline.tobytes() for look in looks}) == 3
    assert all(set(look.single) == set(look.fused) == {ACNE} for look in looks)
