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

Phrases = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]  # first word -> phrases beginning with it, and category


def categories_of(name: str, target: str, ingredients: Iterable[str] | None) -> tuple[str, ...]:
    """Of CATEGORIES, in their order, at least one."""
    rules = _rules()
    found: set[str] = set()
    for part in BETWEEN_TARGETS.split(target[:400]):
        said = tuple(words(part))
        found |= {category for category in CATEGORIES if said in rules.shop[category]}
    by_shop = bool(found)
    spoken = words(f"{name} {'' if by_shop else target[:400]}")
    if not _meant(spoken, rules.not_for_faces):
        ruled = _meant(spoken, rules.name)
        for item in ingredients or ():
            ruled |= _meant(words(item), rules.ingredients)
        found |= ruled - KNOWN_TO_SHOPS if by_shop else ruled
    return tuple(category for category in CATEGORIES if category in found) or (OTHER,)


def _meant(spoken: Sequence[str], phrases: Phrases) -> set[str]:
    """The categories of the phrases that are in a text."""
    return {
        category
        for place, word in enumerate(spoken)
        if word in phrases
        for phrase, category in phrases[word]
        if tuple(spoken[place : place + len(phrase)]) == phrase
    }


@dataclass(frozen=True, slots=True)
class _Rules:
    not_for_faces: Phrases
    shop: Mapping[str, frozenset[tuple[str, ...]]]
    name: Phrases
    ingredients: Phrases


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    with RULES.open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    return _Rules(
        _phrases((text, OTHER) for text in data["not_for_faces"]),
        {category: frozenset(tuple(words(text)) for text in data[category]["shop"]) for category in CATEGORIES},
        _phrases((text, category) for category in CATEGORIES for text in data[category]["name"]),
        _phrases((text, category) for category in CATEGORIES for text in data[category]["ingredients"]),
    )


def _phrases(rules: Iterable[tuple[str, str]]) -> Phrases:
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for text, category in rules:
        phrase = tuple(words(text))
        by_first.setdefault(phrase[0], []).append((phrase, category))
    return by_first
