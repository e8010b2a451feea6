"""Which blocks hold for whom, and what they refuse."""

import pytest

from api.recommendations.blocks import Blocks, blocks_for
from api.recommendations.engine import Advisor
from api.recommendations.person import Judged, Person, Picture


def held(advisor: Advisor, person: Person, picture: Picture | None = None) -> Blocks:
    return blocks_for(advisor.book, advisor.reader, person, picture or Picture())


@pytest.mark.parametrize("pregnancy", ["pregnant", "trying", "breastfeeding"])
def test_a_retinoid_is_refused_and_so_is_what_may_hold_one(advisor: Advisor, pregnancy: str) -> None:
    blocks = held(advisor, Person(pregnancy=pregnancy, eczema="none", allergies=()))  # type: ignore[arg-type]
    (refusal,) = blocks.refusals(advisor.reader.read("Night cream", ["aqua", "retinyl palmitate", "glycerin"]))
    assert refusal.what == {"retinol"} and not refusal.unknown
    assert all(one.unknown for one in blocks.refusals(advisor.reader.read("Night cream", None)))
    assert blocks.refusals(advisor.reader.read("Night cream", ["aqua", "petrolatum", "glycerin"])) == ()


def test_an_open_question_of_pregnancy_blocks_and_one_of_eczema_asks(advisor: Advisor) -> None:
    blocks = held(advisor, Person())
    assert {one.rule.id for one in blocks.held} == {"block-retinoids-pregnancy", "block-retinoids-breastfeeding"}
    assert {one.because for one in blocks.held} == {"unanswered"}
    assert blocks.questions == ("pregnancy", "eczema", "allergies")
    unknown = advisor.reader.read("Night cream", None)
    assert blocks.refusals(unknown) == () and len(blocks.to_check(unknown)) == 2
    assert blocks.to_check(advisor.reader.read("Cream", ["aqua", "petrolatum", "glycerin"])) == ()


def test_patches_in_the_picture_block_whatever_the_answer(advisor: Advisor) -> None:
    person = Person(pregnancy="neither", eczema="none", allergies=())
    assert held(advisor, person).held == ()
    (found,) = held(advisor, person, Picture({"eczema": Judged(1)})).held
    assert (found.rule.id, found.because) == ("block-irritants-eczema", "answer")


def test_an_allergy_refuses_what_holds_it_and_what_may(advisor: Advisor) -> None:
    blocks = held(advisor, Person(pregnancy="neither", eczema="none", allergies=("lanolin",)))
    reader = advisor.reader
    assert [one.what for one in blocks.refusals(reader.read("Balm", ["aqua", "lanolin alcohol", "wax"]))] == [
        {"lanolin"}
    ]
    assert [one.unknown for one in blocks.refusals(reader.read("Balm", None))] == [True]
    assert blocks.refusals(reader.read("Balm", ["aqua", "petrolatum", "wax"])) == ()
