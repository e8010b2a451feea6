"""What words mean."""

from storage.catalogue.meanings import meanings
from storage.catalogue.records import CATEGORIES
from storage.catalogue.text import words


def test_the_missions_synonyms_and_arabic_ones_mean_their_categories() -> None:
    known = meanings()
    for text, category in {
        "spots": "acne", "pimples": "acne", "حَبّ الشباب": "acne", "البثور": "acne", "bags": "eyebags",
        "circles": "eyebags", "dark circles": "eyebags", "هالات سوداء": "eyebags",
        "dark spots": "dark_spots", "التجاعيد": "wrinkles", "redness": "rosacea", "كلف": "hyperpigmentation",
    }.items():  # fmt: skip
        assert known.category[tuple(words(text))] == category


def test_every_category_can_be_asked_for_and_no_word_is_ignored_that_means_one() -> None:
    known = meanings()
    assert set(known.category.values()) == set(CATEGORIES)
    assert not known.ignored & {phrase[0] for phrase in known.category if len(phrase) == 1}


def test_phrases_are_completed_while_they_are_typed() -> None:
    known = meanings()
    assert known.completed(("dark", "circ")) == ("dark", "circles")
    assert known.completed(("sun", "s"))[0] == "sun"
    assert known.completed(("nile", "c")) == ("nile", "c")
