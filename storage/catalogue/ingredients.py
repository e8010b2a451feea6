"""A list of ingredients as shops and labels write it, split into its items."""

import re
import unicodedata
from typing import Final

__all__ = ["read_ingredients"]

ITEMS_MAX: Final = 250  # a long label has 80
ITEM_MAX: Final = 200  # characters
HEADING: Final = re.compile(r"^\s*(?:full )?(?:ingredients|inci|composition|المكونات)\s*(?:\(inci\))?\s*[:：]\s*", re.I)
PARTIAL: Final = re.compile(
    r"^\s*(?:key|active|main|hero|star)\s+ingredients?\b|^\s*المكونات (?:الفعالة|الرئيسية)", re.I
)
UNKNOWN: Final = frozenset({"", "-", "n/a", "na", "none", "unknown", "not listed", "tbd", "null", "?"})
SIGNS: Final = re.compile(r"[()\[\];•·|\n،؛]|,(?!(?<=\d,)\d)")


def read_ingredients(text: str) -> tuple[str, ...] | None:
    """The items in lower case and in order, each once. What stands in brackets stays with its item, and the comma of
    1,2-hexanediol does not divide it.

    None where the cell says nothing, says only part of it ("key ingredients"), or cannot be a list: an ingredient that
    got lost would make a product look free of it.
    """
    if PARTIAL.search(text):
        return None
    plain = HEADING.sub("", unicodedata.normalize("NFKC", text)).strip().rstrip(".").strip()
    if plain.lower() in UNKNOWN:
        return None
    brackets = all(plain.count(pair[0]) == plain.count(pair[1]) for pair in ("()", "[]"))
    items: dict[str, None] = {}
    for part in _divided(plain, brackets):
        item = " ".join(part.split()).strip(" *").lower()
        if len(item) > ITEM_MAX or len(items) >= ITEMS_MAX:
            return None
        if item:
            items[item] = None
    return tuple(items) or None


def _divided(text: str, brackets: bool) -> list[str]:
    parts = []
    depth = start = 0
    for sign in SIGNS.finditer(text):
        place, what = sign.start(), sign.group()
        if what in "([":
            depth += brackets
        elif what in ")]":
            depth = max(0, depth - brackets)
        elif depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
