from pathlib import Path

import numpy as np
import pytest

from media_pipeline.evaluation.optics import to_linear
from media_pipeline.evaluation.subjects import (
    FRONTAL,
    MOST_PX_PER_MM,
    TONES,
    Subject,
    bare_skin,
    cheek_ita,
    load_subjects,
    retoned,
    shrunk,
    smoothed,
)


@pytest.mark.parametrize("tone", TONES)
def test_a_head_is_brought_to_the_tone_and_keeps_its_features(head: Subject, tone: str) -> None:
    changed = retoned(head, TONES[tone])
    # this head is photographed so brightly and so red that it burns out before the lightest tone is reached
    assert cheek_ita(changed) == pytest.approx(TONES[tone], abs=8 if tone == "very light" else 1.5)
    skin = bare_skin(head)
    before, after = (one.rgb.mean(axis=2)[skin] for one in (head, changed))
    assert np.corrcoef(before, after)[0, 1] > 0.8, "light and shade of the face stay"
    corner = (slice(0, 60), slice(0, 60))  # background; exposure is one factor on its light, where nothing burns out
    kept = (head.rgb[corner] > 40) & (changed.rgb[corner] < 250)
    ratios = to_linear(changed.rgb)[corner][kept] / to_linear(head.rgb)[corner][kept]
    assert np.std(ratios) < 0.05 * np.mean(ratios), "the background changes in exposure alone"


def test_bare_skin_leaves_out_eyes_brows_and_lips(head: Subject) -> None:
    skin = bare_skin(head)
    for index in (159, 386, 105, 334, 13, 14):  # lids, brows, lips
        x, y = np.rint(head.points[index]).astype(int)
        assert not skin[y, x]
    for index in (50, 280, 205, 425):  # cheeks
        x, y = np.rint(head.points[index]).astype(int)
        assert skin[y, x]


def test_procedural_skin_loses_the_marks_and_keeps_the_shape(head: Subject) -> None:
    flat = smoothed(head, np.random.default_rng(1))
    skin = bare_skin(head)
    steps = [np.abs(np.diff(one.rgb.astype(int).mean(axis=2), axis=1))[skin[:, 1:]].mean() for one in (head, flat)]
    assert steps[1] < 0.75 * steps[0]
    assert flat.rgb[skin].mean() == pytest.approx(head.rgb[skin].mean(), rel=0.08)
    outside = ~bare_skin(head)
    assert (flat.rgb[outside] == head.rgb[outside]).mean() > 0.9


def test_a_large_head_is_brought_to_the_detail_that_is_looked_at(head: Subject) -> None:
    assert shrunk(head) is head, "one that is small enough stays as it is"
    large = Subject("large", np.repeat(np.repeat(head.rgb, 4, 0), 4, 1), head.landmarks * np.float32(4), False)
    small = shrunk(large)
    assert small.px_per_mm == pytest.approx(MOST_PX_PER_MM, rel=1e-3)
    assert small.rgb.shape[0] == pytest.approx(large.rgb.shape[0] * MOST_PX_PER_MM / large.px_per_mm, abs=1)


def test_without_the_real_inputs_there_is_the_package_portrait_alone() -> None:
    ((name, rgb, seen),) = load_subjects(None)
    assert (name, seen) == ("package portrait", False)
    assert rgb.shape == (600, 512, 3)


def test_with_them_there_are_the_frontal_clear_faces(shared_data: Path) -> None:
    names = [name for name, _, _ in load_subjects(shared_data)]
    assert names == ["package portrait", *FRONTAL]
