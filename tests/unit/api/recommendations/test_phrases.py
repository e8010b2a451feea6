"""The words around the rules' own."""

from string import Formatter

import pytest

from api.recommendations.phrases import PHRASES, phrase
from api.recommendations.rulebook import Rulebook


def parts(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_both_languages_take_the_same_parts(name: str) -> None:
    words = PHRASES[name]
    assert parts(words.en) == parts(words.ar)


def test_a_phrase_needs_its_parts() -> None:
    assert phrase("conflict", "en", name="Gel", why="Why.") == "With Gel: Why."
    with pytest.raises(KeyError):
        phrase("conflict", "en", name="Gel")
    with pytest.raises(KeyError):
        phrase("nothing of that name", "en")


def test_no_phrase_gives_an_all_clear(book: Rulebook) -> None:
    said = [words.en.casefold() for words in PHRASES.values()]
    assert not any(word in text for text in said for word in ("safe", "healthy", "cured", "all clear"))
