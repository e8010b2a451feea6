"""What the engine says, in words."""

import pytest

from api.recommendations.engine import Advisor
from api.recommendations.person import Person
from api.recommendations.rulebook import Language
from api.recommendations.wording import Wording, product_answer
from tests.unit.api.recommendations.samples import candidate, product, seen


@pytest.mark.parametrize("language", ["en", "ar"])
def test_everything_has_words_in_both_languages(advisor: Advisor, language: Language) -> None:
    wording = Wording(advisor.book, language)
    some = [candidate(advisor.reader, product(1, "Gel", None)), candidate(advisor.reader, product(2, "Retinol", None))]
    advice = advisor.advise(Person(allergies=None), seen("acne", 1), {"acne": some})
    for one in wording.recommendations(advice)["acne"]:
        assert one.text.endswith(".") and one.lang == language and one.dir == ("rtl" if language == "ar" else "ltr")
    assert {one.name for one in wording.questions(advice.blocks.questions)} == {"pregnancy", "eczema", "allergies"}
    for blocked in wording.blocked(advice.blocks):
        assert blocked.text and blocked.actives and blocked.rule.sources


def test_allergies_are_named_in_words_or_as_they_were_written(advisor: Advisor) -> None:
    blocks = advisor.advise(Person(pregnancy="neither", allergies=("nuts", "<b>x")), seen("acne", 1), {}).blocks
    (blocked,) = Wording(advisor.book, "ar").blocked(blocks)
    assert blocked.because == "allergy" and "المكسرات" in blocked.text and "\u2068<b>x\u2069" in blocked.text


def test_unknown_is_called_unknown_and_never_safe(advisor: Advisor) -> None:
    some = [candidate(advisor.reader, product(1, "Gel", None))]
    settled = Person(pregnancy="neither", eczema="none", allergies=())
    items = Wording(advisor.book, "en").recommendations(advisor.advise(settled, seen("acne", 1), {"acne": some}))[
        "acne"
    ]
    (gel,) = [one for one in items if one.product is not None]
    assert gel.ingredients == "unknown" and gel.text.startswith("Gel: ingredients unknown.")
    assert "safe" not in gel.model_dump_json()


def test_a_product_is_answered_as_the_shop_wrote_it() -> None:
    made = product_answer(product(7, "Gel", None, in_stock=False))
    assert (made.id, made.name, made.in_stock, made.image_url) == (f"{7:032x}", "Gel", False, None)
