"""Which column of a shop's file is what, by the names in columns.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from storage.catalogue.text import words

__all__ = ["FIELDS", "find_columns"]

NAMES: Final = Path(__file__).with_name("columns.toml")
FIELDS: Final = (
    "name", "brand", "price", "url", "image", "target", "ingredients", "size", "description", "stock", "currency",
)  # fmt: skip


def find_columns(header: Sequence[str]) -> dict[str, int]:
    """Field -> the number of its column, for the fields that the header names."""
    known = _known()
    best: dict[str, tuple[int, int]] = {}
    for number, title in enumerate(header):
        if (found := known.get("".join(words(title[:80])))) is not None:
            field, rank = found
            best[field] = min(best.get(field, (rank, number)), (rank, number))
    return {field: number for field, (_, number) in best.items()}


@lru_cache(maxsize=1)
def _known() -> Mapping[str, tuple[str, int]]:
    with NAMES.open("rb") as file:
        names = tomllib.load(file)
    return {"".join(words(name)): (field, rank) for field in FIELDS for rank, name in enumerate(names[field])}
