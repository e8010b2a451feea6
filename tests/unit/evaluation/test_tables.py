from media_pipeline.evaluation.estimates import Estimate
from media_pipeline.evaluation.tables import condition_name, correlation, interval, plain, table
from media_pipeline.types import Condition


def test_a_table_is_markdown_with_a_head() -> None:
    assert table(["a", "b"], [["1", "2"], ["3", "-"]]) == "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | - |\n"


def test_values_come_with_their_interval_and_what_is_missing_is_a_dash() -> None:
    known = Estimate(0.5, 0.25, 0.75, 8)
    assert interval(known) == "0.50 (0.25-0.75)" and interval(known, 1) == "0.5 (0.2-0.8)"
    assert plain(known) == "0.50"
    assert interval(None) == plain(None) == "-"


def test_two_pairs_are_too_few_for_a_correlation() -> None:
    assert correlation([(1, 1), (2, 2)]) == "too few"
    assert correlation([(float(n), float(n)) for n in range(8)]).endswith("n = 8")


def test_conditions_are_named_in_words() -> None:
    assert condition_name(Condition.DARK_SPOTS) == "dark spots"
