import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_pipeline.evaluation.estimates import Estimate, bootstrap, mean_of, rank_correlation, ratio_of, share_of


def _known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


def test_wilson_gives_the_textbook_interval() -> None:
    estimate = _known(share_of(8, 10))
    assert (estimate.value, estimate.n) == (0.8, 10)
    assert (estimate.low, estimate.high) == pytest.approx((0.490, 0.943), abs=0.001)


def test_all_of_few_is_not_certain() -> None:
    estimate = _known(share_of(3, 3))
    assert estimate.value == estimate.high == 1.0
    assert estimate.low < 0.5


def test_nothing_has_no_estimate() -> None:
    assert share_of(0, 0) is None
    assert mean_of([]) is None
    assert ratio_of([]) is None
    assert ratio_of([(0, 0), (0, 0)]) is None
    assert rank_correlation([(1, 2), (2, 3)]) is None
    assert rank_correlation([(1, 5), (2, 5), (3, 5)]) is None


def test_a_ratio_weighs_pictures_by_what_is_in_them() -> None:
    assert _known(ratio_of([(1, 1), (1, 9)])).value == 0.2


def test_rank_correlation_knows_order_alone() -> None:
    assert _known(rank_correlation([(1, 1), (2, 10), (3, 1000)])).value == pytest.approx(1)
    assert _known(rank_correlation([(1, 3), (2, 2), (3, 1), (4, 0)])).value == pytest.approx(-1)


def test_ties_share_their_rank() -> None:
    # Spearman with mean ranks: ranks (1, 2.5, 2.5, 4) against (1, 2, 3, 4)
    assert _known(rank_correlation([(0, 0), (1, 1), (1, 2), (2, 3)])).value == pytest.approx(0.9487, abs=1e-4)


def test_intervals_are_the_same_every_time_and_narrow_with_more() -> None:
    few, many = [0.0, 1.0] * 5, [0.0, 1.0] * 200
    assert mean_of(few) == mean_of(few)
    wide, narrow = _known(mean_of(few)), _known(mean_of(many))
    assert narrow.high - narrow.low < 0.3 * (wide.high - wide.low)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_the_value_lies_in_its_interval(values: list[float]) -> None:
    estimate = _known(bootstrap(np.array(values), lambda rows: np.median(rows, axis=1)))
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.n == len(values)
