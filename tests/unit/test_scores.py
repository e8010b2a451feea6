"""Scores are recomputed exactly from their receipts, fall with the burden, and carry their noise."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.errors import DetectorError
from media_pipeline.scores import FORMULAS, Receipt, receipt_for
from media_pipeline.types import Condition, Measure


def measures(condition: Condition, share: float) -> tuple[Measure, ...]:
    """Every measure of the formula at `share` of its reference."""
    return tuple(Measure(rule.measure, share * rule.reference, "unit") for rule in FORMULAS[condition].terms)


def test_every_condition_has_a_formula_whose_weights_add_up() -> None:
    assert set(FORMULAS) == set(Condition)
    for formula in FORMULAS.values():
        assert sum(rule.weight for rule in formula.terms) == pytest.approx(1)
        assert all(rule.reference > 0 and rule.noise > 0 for rule in formula.terms)


@given(condition=st.sampled_from(Condition), share=st.floats(0, 3))
def test_a_receipt_recomputes_its_score_exactly_even_by_way_of_json(condition: Condition, share: float) -> None:
    receipt = receipt_for(condition, measures(condition, share))
    again = Receipt.from_dict(json.loads(json.dumps(receipt.to_dict())))
    assert again == receipt
    assert again.score() == receipt.score()


def test_a_score_can_be_recomputed_by_hand_from_what_the_receipt_says() -> None:
    receipt = receipt_for(Condition.ACNE, [Measure("inflammatory_lesions", 9.0, "count")]).to_dict()
    (term,) = receipt["terms"]
    assert receipt["formula"] == "acne/1"
    score = Receipt.from_dict(receipt).score()
    assert score.value == 100 * (1 - (term["value"] / term["reference"]) ** receipt["gamma"]) == pytest.approx(70)
    assert score.formula == receipt["formula"]


@pytest.mark.parametrize("condition", list(Condition))
def test_nothing_found_is_a_hundred_and_the_reference_burden_is_nought(condition: Condition) -> None:
    clear = receipt_for(condition, measures(condition, 0)).score()
    assert clear.value == clear.high == 100 and clear.low < 100
    assert receipt_for(condition, measures(condition, 1)).score().value == pytest.approx(0)
    assert receipt_for(condition, measures(condition, 5)).score().low == 0


@given(condition=st.sampled_from(Condition), one=st.floats(0, 1), other=st.floats(0, 1))
def test_more_burden_never_scores_higher(condition: Condition, one: float, other: float) -> None:
    less, more = sorted((one, other))
    scores = [receipt_for(condition, measures(condition, share)).score() for share in (less, more)]
    assert scores[0].value >= scores[1].value


@given(condition=st.sampled_from(Condition), share=st.floats(0.05, 0.7))
def test_the_interval_holds_the_score_inside_it(condition: Condition, share: float) -> None:
    score = receipt_for(condition, measures(condition, share)).score()
    assert score.low < score.value < score.high


def test_a_negative_measure_is_no_burden() -> None:
    assert receipt_for(Condition.ROSACEA, [Measure("central_delta_a", -3.0, "da*")]).score().value == 100


def test_a_missing_measure_is_the_detectors_error() -> None:
    with pytest.raises(DetectorError, match="did not measure wrinkle_density"):
        receipt_for(Condition.WRINKLES, [])
