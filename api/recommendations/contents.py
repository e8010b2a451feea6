"""What a product contains: the actives and allergens that its listed ingredients, or at least its name, tell of.

Names are compared word by word in the catalogue's one spelling, without case, accents or punctuation. An ingredient
holds an active when the active's name is a run of whole words in it ("Retinol" in "Encapsulated Retinol (0.3%)").
That finds rather too much than too little: what is found may be blocked.
"""

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from api.recommendations.rulebook import Rulebook
from storage.catalogue.text import words

__all__ = ["Contents", "Reader", "words_of"]

MOST_INGREDIENTS: Final = 300  # of one product; the longest lists in shops have about a hundred
MOST_WORDS: Final = 24  # of one ingredient that are looked at
DENIED: Final = frozenset({"free"})  # "fragrance-free", in a name
FEWEST_LISTED: Final = 3  # a shorter list is taken for a shop's highlights, not for all there is in a product

_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")

_Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """actives: by their names in the rule file, as far as they are known. listed: the whole list of ingredients is
    known; otherwise more may be in it, and nothing may be concluded from what is not found. ingredients: word by word,
    for what people are allergic to. helps_with: the only actives with which such a product helps; None: with all."""

    actives: frozenset[str]
    listed: bool
    ingredients: tuple[_Words, ...]
    name: _Words = ()
    helps_with: frozenset[str] | None = None

    @property
    def helping(self) -> frozenset[str]:
        """The actives with which it may help; blocks and conflicts look at all of them."""
        return self.actives if self.helps_with is None else self.actives & self.helps_with


class Reader:
    """Reads products by the names in a rule file. Fast: some tens of microseconds a product."""

    def __init__(self, book: Rulebook) -> None:
        self._runs: dict[str, list[tuple[_Words, str]]] = {}
        self._whole: dict[_Words, str] = {}
        self._in_names: dict[str, list[tuple[_Words, str]]] = {}
        for key, active in book.actives.items():
            for name in active.names:
                _index(self._runs, words_of(name), key)
                _index(self._in_names, words_of(name), key)
            for name in active.exactly:
                self._whole[words_of(name)] = key
            for name in active.also_called:
                _index(self._in_names, words_of(name), key)
        self._kinds = [
            (tuple(words_of(name) for name in kind.names), book.actives_of(kind.helps_with))
            for kind in (book.kinds.not_for_face, book.kinds.rinse_off)
        ]
        self._known_as = {
            key: tuple(
                words_of(name)
                for name in (*active.names, *active.exactly, *active.also_called, active.words.en, active.words.ar)
            )
            for key, active in book.actives.items()
        }
        self._family_names = {
            key: frozenset(words_of(name) for name in (*active.also_called, key, active.words.en, active.words.ar))
            for key, active in book.actives.items()
            if active.family
        }
        self._allergens = {
            key: (book.actives_of(allergen.actives), tuple(words_of(name) for name in allergen.names))
            for key, allergen in book.allergens.items()
        }

    def read(self, name: str, ingredients: Sequence[str] | None) -> Contents:
        """What a product of that name with those ingredients (None: not known) contains."""
        title = words_of(name)
        found = set(_runs_in(self._in_names, title, but_for=DENIED))
        listed = ingredients is not None and len(ingredients) >= FEWEST_LISTED
        items = [words for one in (ingredients or ())[:MOST_INGREDIENTS] for words in _ingredient(one)]
        for item in items:
            found.update(_runs_in(self._runs, item))
            if item in self._whole:
                found.add(self._whole[item])
        kind = next((helps for names, helps in self._kinds if _any_run(names, (title,))), None)
        return Contents(frozenset(found), listed, tuple(items), title, kind)

    def allergens_in(self, contents: Contents, allergies: Iterable[str]) -> frozenset[str]:
        """Those of the named allergies (names of the rule file, or ingredients as people write them) that the product
        is known to hold."""
        return frozenset(allergy for allergy in allergies if self._holds(contents, allergy))

    def as_contents(self, active: str) -> Contents:
        """The active itself, as if it were a product: for what people are allergic to."""
        return Contents(frozenset({active}), True, self._known_as[active])

    def active_called(self, name: str) -> str | None:
        """The active that people call so; None where no name fits."""
        return next(iter(_runs_in(self._in_names, words_of(name))), None)

    def _holds(self, contents: Contents, allergy: str) -> bool:
        if allergy in self._allergens:
            actives, names = self._allergens[allergy]
            return bool(actives & contents.actives) or _any_run(names, (*contents.ingredients, contents.name))
        wanted = words_of(allergy)
        if not wanted:
            return False
        if _any_run((wanted,), (*contents.ingredients, contents.name)):
            return True
        return any(self._means(wanted, active) for active in contents.actives)

    def _means(self, wanted: _Words, active: str) -> bool:
        """Whether an allergy of that name is one to the active as a whole."""
        if active in self._family_names:
            return wanted in self._family_names[active]
        return any(_any_run((name,), (wanted,)) for name in self._known_as[active])


def words_of(text: str) -> _Words:
    """The words of a text in the catalogue's one spelling: without accents, Arabic without its article."""
    return tuple(sys.intern(word) for word in words(text))


def _ingredient(text: str) -> Iterator[_Words]:
    """An ingredient as words: as it stands, and where it has brackets ("Avena Sativa (Oat) Kernel Flour") also without
    them and what is in them."""
    yield words_of(text)[:MOST_WORDS]
    if "(" in text or "[" in text:
        yield words_of(_BRACKETS.sub(" ", text))[:MOST_WORDS]
        for inside in _BRACKETS.findall(text):
            yield words_of(inside)[:MOST_WORDS]


def _index(index: dict[str, list[tuple[_Words, str]]], words: _Words, key: str) -> None:
    if words:
        index.setdefault(words[0], []).append((words, key))


def _runs_in(index: dict[str, list[tuple[_Words, str]]], words: _Words, but_for: Collection[str] = ()) -> Iterator[str]:
    """The keys of the names that are runs of these words; but_for: words which after a run deny it."""
    for start, word in enumerate(words):
        for run, key in index.get(word, ()):
            end = start + len(run)
            if words[start:end] == run and not (end < len(words) and words[end] in but_for):
                yield key


def _any_run(runs: Collection[_Words], items: Iterable[_Words]) -> bool:
    """Whether any of the runs is in any of the items; looked for by its first word, which is fast."""
    for item in items:
        for run in runs:
            if run and run[0] in item:
                length = len(run)
                if any(item[start : start + length] == run for start in range(len(item) - length + 1)):
                    return True
    return False
