import numpy as np
import pytest

from media_pipeline.evaluation.optics import to_linear
from media_pipeline.evaluation.planting import PLANTERS, plant
from media_pipeline.evaluation.subjects import TONES, Subject, bare_skin, retoned
from media_pipeline.types import Condition


def test_every_condition_can_be_planted() -> None:
    assert set(PLANTERS) == set(Condition)


@pytest.mark.parametrize("condition", Condition)
def test_the_picture_changes_where_the_truth_says_and_hardly_elsewhere(head: Subject, condition: Condition) -> None:
    drawn, truth = plant(head, condition, 3, np.random.default_rng(5))
    assert truth
    assert {planted.condition for planted in truth} == {condition}
    change = np.abs(drawn.astype(int) - head.rgb.astype(int)).sum(axis=2)
    inside = np.zeros(change.shape, bool)
    reach = 3 if condition is Condition.WRINKLES else 1
    for planted in truth:
        x, y = np.rint(planted.outline).astype(int).T
        assert (x >= 0).all()
        assert (y < change.shape[0]).all()
        low_x, high_x, low_y, high_y = x.min() - reach, x.max() + reach + 1, y.min() - reach, y.max() + reach + 1
        assert change[low_y:high_y, low_x:high_x].max() > 8, "something can be seen"
        inside[low_y:high_y, low_x:high_x] = True
    assert change[inside].mean() > 5 * change[~inside].mean()


def test_a_spot_is_where_and_as_large_as_the_truth_says_to_half_a_pixel(head: Subject) -> None:
    """Counted from the picture's corner, as findings are; a truth in pixels' middles would be half a pixel off, an edge
    through them a pixel too small."""
    rng = np.random.default_rng(11)
    drawn, truth = plant(head, Condition.DARK_SPOTS, 3, rng)
    lost = np.log10(to_linear(head.rgb) + 0.01).mean(axis=2) - np.log10(to_linear(drawn) + 0.01).mean(axis=2)
    offsets, ratios = [], []
    for planted in truth:
        low, high = planted.outline.min(axis=0), planted.outline.max(axis=0)
        (x0, y0), (x1, y1) = np.floor(low - 3).astype(int), np.ceil(high + 3).astype(int)
        window = lost[y0:y1, x0:x1]
        ys, xs = np.mgrid[y0:y1, x0:x1] + 0.5
        weight = np.clip(window, 0, None) / window.sum().clip(1e-6)
        offsets.append(((xs * weight).sum(), (ys * weight).sum()) - (low + high) / 2)
        area = (window > 0.5 * np.quantile(window, 0.97)).sum()
        ratios.append(float((high - low).prod() * np.pi / 4 / max(1, area)))
    assert len(truth) > 10
    assert np.abs(np.mean(offsets, axis=0)).max() < 0.25
    assert 0.85 < np.median(ratios) < 1.15


@pytest.mark.parametrize("condition", Condition)
def test_the_same_seed_plants_the_same_and_another_another(head: Subject, condition: Condition) -> None:
    first, truth = plant(head, condition, 2, np.random.default_rng(7))
    again, truth_again = plant(head, condition, 2, np.random.default_rng(7))
    other, _ = plant(head, condition, 2, np.random.default_rng(8))
    np.testing.assert_array_equal(first, again)
    assert [one.outline.tolist() for one in truth] == [one.outline.tolist() for one in truth_again]
    assert (first != other).any()


@pytest.mark.parametrize("condition", Condition)
def test_more_severe_is_more_to_see(head: Subject, condition: Condition) -> None:
    totals = []
    for severity in (1, 2, 3):
        changes = [
            np.abs(plant(head, condition, severity, np.random.default_rng(seed))[0].astype(int) - head.rgb).sum()
            for seed in range(2)
        ]
        totals.append(np.mean(changes))
    assert totals[0] < totals[1] < totals[2]


def test_lesions_redden_and_spots_brown(head: Subject) -> None:
    for condition, sign in ((Condition.ROSACEA, 1), (Condition.HYPERPIGMENTATION, -1)):
        drawn, truth = plant(head, condition, 3, np.random.default_rng(5))
        x, y = np.rint(truth[0].outline.mean(axis=0)).astype(int)
        window = (slice(y - 4, y + 5), slice(x - 4, x + 5))
        before, after = to_linear(head.rgb)[window].mean(axis=(0, 1)), to_linear(drawn)[window].mean(axis=(0, 1))
        lost = -np.log10(after / before)
        assert lost.min() > 0
        ratio = lost[0] / lost[1]  # of red to green: little for blood, two thirds for melanin
        assert ratio < 0.3 if sign > 0 else ratio > 0.5


def test_things_lie_on_bare_skin_in_every_tone(head: Subject) -> None:
    for tone in ("very light", "dark"):
        toned = retoned(head, TONES[tone])
        skin = bare_skin(toned)
        for condition in (Condition.ACNE, Condition.DARK_SPOTS):
            _, truth = plant(toned, condition, 3, np.random.default_rng(2))
            assert len(truth) > 10
            for planted in truth:
                x, y = np.rint(planted.outline.mean(axis=0)).astype(int)
                assert skin[y, x]
