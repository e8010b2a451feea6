"""Which skin conditions a product is meant for, by the rules in categories.toml."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from storage.catalogue.records import CATEGORIES, OTHER
from storage.catalogue.text import words

__all__ = ["categories_of"]

RULES: Final = Path(__file__).with_name("categories.toml")
KNOWN_TO_SHOPS: Final = frozenset({"acne", "wrinkles", "eyebags", "eczema"})  # the mission's lists know these and Other
BETWEEN_TARGETS: Final = re.compile(r"[,;/|&+>،؛\n]|\band\b|\bو\b", re.I)

Phrases = Mapping[str, tuple[tuple[str, ...], ...]]  # first word -> the phrases that begin with it


def categories_of(name: str, target: str, ingredients: Iterable[str] | None) -> tuple[str, ...]:
    """Of CATEGORIES, in their order, at least one."""
    rules = _rules()
    found: set[str] = set()
    for part in BETWEEN_TARGETS.split(target[:400]):
        said = tuple(words(part))
        found |= {category for category in CATEGORIES if said in rules.shop[category]}
    by_shop = bool(found)
    spoken = words(f"{name} {'' if by_shop else target[:400]}")
    if not _has(spoken, rules.not_for_faces):
        items = [words(item) for item in ingredients or ()]
        for category in CATEGORIES:
            if by_shop and category in KNOWN_TO_SHOPS:
                continue
            if _has(spoken, rules.name[category]) or any(_has(item, rules.ingredients[category]) for item in items):
                found.add(category)
    return tuple(category for category in CATEGORIES if category in found) or (OTHER,)


def _has(spoken: Sequence[str], phrases: Phrases) -> bool:
    return any(
        tuple(spoken[place : place + len(phrase)]) == phrase
        for place, word in enumerate(spoken)
        for phrase in phrases.get(word, ())
    )


@dataclass(frozen=True, slots=True)
class _Rules:
    not_for_faces: Phrases
    shop: Mapping[str, frozenset[tuple[str, ...]]]
    name: Mapping[str, Phrases]
    ingredients: Mapping[str, Phrases]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    with RULES.open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    return _Rules(
        _phrases(data["not_for_faces"]),
        {category: frozenset(tuple(words(phrase)) for phrase in data[category]["shop"]) for category in CATEGORIES},
        {category: _phrases(data[category]["name"]) for category in CATEGORIES},
        {category: _phrases(data[category]["ingredients"]) for category in CATEGORIES},
    )


def _phrases(texts: Iterable[str]) -> Phrases:
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for text in texts:
        phrase = tuple(words(text))
        by_first.setdefault(phrase[0], []).append(phrase)
    return {first: tuple(phrases) for first, phrases in by_first.items()}
