"""What should not be used together."""

import pytest

from api.recommendations.conflicts import Owned, between, clashes_of, clashes_within
from api.recommendations.engine import Advisor


@pytest.mark.parametrize(
    ("one", "other", "rules"),
    [
        ("retinol", "glycolic_acid", ["conflict-retinoid-acid"]),
        ("glycolic_acid", "retinol", ["conflict-retinoid-acid"]),
        ("retinol", "adapalene", ["conflict-two-retinoids"]),
        ("benzoyl_peroxide", "vitamin_c", ["conflict-vitamin-c-benzoyl-peroxide"]),
        ("niacinamide", "retinol", []),
    ],
)
def test_rules_count_in_both_directions(advisor: Advisor, one: str, other: str, rules: list[str]) -> None:
    assert [rule.id for rule in between(advisor.book, frozenset({one}), frozenset({other}))] == rules


def owned(advisor: Advisor, name: str) -> Owned:
    return Owned(name, name, advisor.reader.read(name, None))


def test_a_shelf_names_each_pair_once(advisor: Advisor) -> None:
    shelf = [owned(advisor, name) for name in ("Retinol", "Plain cream", "Glycolic toner", "Retinal")]
    found = [(one.rule.id, one.first and one.first.id, one.second.id) for one in clashes_within(advisor.book, shelf)]
    assert found == [
        ("conflict-retinoid-acid", "Retinol", "Glycolic toner"),
        ("conflict-two-retinoids", "Retinol", "Retinal"),
        ("conflict-retinoid-acid", "Glycolic toner", "Retinal"),
    ]


def test_something_new_is_held_against_every_item(advisor: Advisor) -> None:
    shelf = [owned(advisor, "Retinol"), owned(advisor, "Plain cream")]
    (clash,) = clashes_of(advisor.book, frozenset({"benzoyl_peroxide"}), shelf)
    assert (clash.first, clash.second.id, clash.rule.advice) == (None, "Retinol", "apart")
    assert clashes_of(advisor.book, frozenset(), shelf) == ()
