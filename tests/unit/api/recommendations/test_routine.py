"""What is used when."""

from collections.abc import Sequence

from api.recommendations.conflicts import Owned
from api.recommendations.engine import Advisor
from api.recommendations.person import Person, Picture
from api.recommendations.routine import Step, routine
from tests.unit.api.recommendations.samples import seen

SETTLED = Person(pregnancy="neither", eczema="none", allergies=())


def shelf(advisor: Advisor, *names: str) -> list[Owned]:
    return [Owned(name, name, advisor.reader.read(name, None)) for name in names]


def names(steps: Sequence[Step]) -> list[str]:
    return [step.use.owned.name for step in steps]


def test_steps_come_in_their_order_at_their_times(advisor: Advisor) -> None:
    owned = shelf(advisor, "Sunscreen", "Ceramide cream", "Retinol", "Syndet", "Vitamin C serum", "Mystery")
    times = routine(advisor.book, owned, advisor.advise(SETTLED, Picture(), {}, owned))
    assert names(times["morning"]) == ["Syndet", "Vitamin C serum", "Ceramide cream", "Sunscreen"]
    assert names(times["evening"]) == ["Syndet", "Retinol", "Ceramide cream"]


def test_conflicts_at_the_same_time_are_named_and_others_are_not(advisor: Advisor) -> None:
    owned = shelf(advisor, "Retinol", "Glycolic toner", "Benzoyl peroxide gel")
    times = routine(advisor.book, owned, advisor.advise(SETTLED, Picture(), {}, owned))
    evening = {step.use.owned.name: [clash.rule.id for clash in step.clashes] for step in times["evening"]}
    assert evening == {"Retinol": ["conflict-retinoid-acid"], "Glycolic toner": ["conflict-retinoid-acid"]}
    assert [step.clashes for step in times["morning"]] == [()]


def test_what_is_recommended_joins_where_it_conflicts_with_nothing(advisor: Advisor) -> None:
    owned = shelf(advisor, "Retinol")
    times = routine(advisor.book, owned, advisor.advise(SETTLED, seen("acne", 1), {}, owned))
    joined = {step.use.owned.name for steps in times.values() for step in steps if step.use.recommended}
    assert joined == {"azelaic_acid", "gentle_cleanser"}
    assert all(not step.clashes for steps in times.values() for step in steps)


def test_a_cleanser_with_an_acid_is_a_cleanser(advisor: Advisor) -> None:
    wash = Owned("w", "Wash", advisor.reader.read("Wash", ["aqua", "decyl glucoside", "salicylic acid"]))
    times = routine(advisor.book, [wash], advisor.advise(SETTLED, Picture(), {}, [wash]))
    assert [step.order.step for step in times["morning"]] == ["cleanse"]
