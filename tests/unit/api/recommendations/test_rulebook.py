"""The rules as values."""

import pytest
from pydantic import ValidationError

from api.recommendations.rulebook import Case, Rulebook, Words
from media_pipeline.types import Condition


def test_a_group_stands_for_its_members(book: Rulebook) -> None:
    assert book.members["retinoids"] == {
        "retinol",
        "adapalene",
        "tretinoin",
        "tazarotene",
        "trifarotene",
        "isotretinoin",
    }
    assert book.actives_of(("retinoids", "caffeine")) == book.members["retinoids"] | {"caffeine"}
    assert book.actives_of(("nothing",)) == frozenset()


def test_every_condition_has_a_trial_and_nothing_else_has(book: Rulebook) -> None:
    assert all(1 <= book.trial(condition.value).weeks <= 52 for condition in Condition)
    assert book.trial("acne").weeks == 8
    with pytest.raises(KeyError):
        book.trial("freckles")


def test_words_come_in_both_languages_and_arabic_is_arabic(book: Rulebook) -> None:
    words = Words(en="Wait.", ar="انتظر.")
    assert (words.in_("en"), words.in_("ar")) == ("Wait.", "انتظر.")
    with pytest.raises(ValidationError):
        Words(en="Wait.", ar="Wait.")


def test_no_rule_gives_an_all_clear_or_speaks_of_a_diagnosis(book: Rulebook) -> None:
    for rule in book.rules:
        words = getattr(rule, "words", None)
        said = words.en.casefold() if words is not None else ""
        assert not any(word in said for word in ("safe", "healthy skin", "cure", "diagnos", "nothing to worry")), (
            rule.id
        )


def test_a_case_must_ask_for_something() -> None:
    for wrong in ({}, {"grades": (1, 2)}, {"condition": "acne"}, {"condition": "acne", "grades": (0, 9)}):
        with pytest.raises(ValidationError):
            Case.model_validate(wrong)


def test_the_first_order_rule_of_an_active_counts(book: Rulebook) -> None:
    order = book.order_of("adapalene")
    assert order is not None and (order.step, order.times) == ("treat", ("evening",))
    assert book.order_of("fragrance") is None
