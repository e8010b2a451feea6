"""Which parts of a product's name a query found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.catalogue.queries import FAR_FROM, NEAR_FROM, Term
from storage.catalogue.text import Word, words_with_places

__all__ = ["Part", "highlighted"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text as it is written, and whether the query found it."""

    text: str
    match: bool


def highlighted(text: str, terms: Sequence[Term]) -> tuple[Part, ...]:
    """The text in parts that together are the text, exactly."""
    places = words_with_places(text)
    found: set[int] = set()
    for term in terms:
        for phrase in (term.words, *term.same):
            found |= _places(places, phrase)
        if len(term.words) == 1:
            word = term.words[0]
            found |= {place for place, one in enumerate(places) if _is_like(one.text, word)}
    parts: list[Part] = []
    at = 0
    for place in sorted(found):
        start, end = places[place].start, places[place].end
        if start > at:
            parts.append(Part(text[at:start], False))
        if start >= at:
            parts.append(Part(text[start:end], True))
            at = end
    if at < len(text):
        parts.append(Part(text[at:], False))
    return tuple(parts)


def _places(places: Sequence[Word], phrase: Iterable[str]) -> set[int]:
    wanted = list(phrase)
    present = {word: place for place, one in enumerate(places) if (word := one.text) in wanted}
    return set(present.values()) if len(present) == len(set(wanted)) else set()


def _is_like(word: str, typed: str) -> bool:
    if word == typed or (word.startswith(typed) and not typed.isdigit()):
        return True
    if len(typed) < NEAR_FROM or typed.isdigit() or len(word) < len(typed) - 2:
        return False
    begun = {word[: len(typed) + more] for more in (-1, 0, 1)}  # "sothin", on the way to "soothing"
    return any(_within(start, typed, 1) for start in begun) or (
        len(typed) >= FAR_FROM and abs(len(word) - len(typed)) <= 2 and _within(word, typed, 2)
    )


def _within(one: str, other: str, limit: int) -> bool:
    """Whether at most `limit` letters are to be changed, left out, put in or swapped with their neighbour (optimal
    string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        previous, before, row = before, row, [place]
        for column, sign in enumerate(other, 1):
            cost = min(before[column] + 1, row[-1] + 1, before[column - 1] + (letter != sign))
            if place > 1 and column > 1 and letter == other[column - 2] and one[place - 2] == sign:
                cost = min(cost, previous[column - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return False
    return row[-1] <= limit
