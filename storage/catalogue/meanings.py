"""What people's words mean, from synonyms.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from storage.catalogue.records import CATEGORIES
from storage.catalogue.text import words

__all__ = ["Meanings", "Phrase", "meanings"]

DATA: Final = Path(__file__).with_name("synonyms.toml")

Phrase = tuple[str, ...]  # of folded words


@dataclass(frozen=True, slots=True)
class Meanings:
    """ignored: words that say nothing. category: phrase -> the category it means. same: phrase -> all phrases that mean
    the same, itself among them. single: category -> the single words that mean it. longest: words of the longest
    phrase."""

    ignored: frozenset[str]
    category: Mapping[Phrase, str]
    same: Mapping[Phrase, tuple[Phrase, ...]]
    single: Mapping[str, tuple[str, ...]]
    longest: int

    def completed(self, phrase: Phrase) -> Phrase:
        """The known phrase that this is, or of which it is the beginning up to within the last word; itself where there
        is none."""
        if phrase in self.category or phrase in self.same:
            return phrase
        *first, last = phrase
        for known in (*self.category, *self.same):
            if len(known) == len(phrase) and list(known[:-1]) == first and known[-1].startswith(last):
                return known
        return phrase


@lru_cache(maxsize=1)
def meanings() -> Meanings:
    """Read once."""
    with DATA.open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    category: dict[Phrase, str] = {}
    for name in CATEGORIES:
        for text in data["categories"][name]:
            category.setdefault(tuple(words(text)), name)
    same: dict[Phrase, tuple[Phrase, ...]] = {}
    for line in data["same"]["lines"]:
        phrases = tuple(tuple(words(text)) for text in line)
        same.update(dict.fromkeys(phrases, phrases))
    return Meanings(
        ignored=frozenset(word for text in data["ignored"] for word in words(text)),
        category=category,
        same=same,
        single={
            name: tuple(phrase[0] for phrase, meant in category.items() if meant == name and len(phrase) == 1)
            for name in CATEGORIES
        },
        longest=max(len(phrase) for phrase in (*category, *same)),
    )
