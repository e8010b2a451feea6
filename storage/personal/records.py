"""What these repositories take and give. All times are aware and UTC; dates are the person's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

__all__ = ["KINDS", "Answers", "NewShelfItem", "NewTrial", "ShelfItem", "Trial"]

KINDS: Final = ("answers", "shelf", "trials")  # the parts of an account's line in a backup, and files of an export


@dataclass(frozen=True, slots=True)
class Answers:
    """given: JSON values, kept as given; text_version: of the consent text under which they were."""

    given: Mapping[str, Any]
    text_version: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewShelfItem:
    """name: at most 300 characters; ingredients: as on the package, at most 4,000 characters, None where not known."""

    name: str
    product_id: str | None = None
    ingredients: str | None = None


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """One item of a shelf. id: 32 hexadecimal digits."""

    id: str
    name: str
    product_id: str | None
    ingredients: str | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class NewTrial:
    """What is tried, for which condition, since when, and after how many weeks it is judged by which rule."""

    name: str
    condition: str
    started_on: date
    weeks: int
    rule: str
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. stopped_on: the last day of use, None while it goes on."""

    id: str
    name: str
    condition: str
    started_on: date
    weeks: int
    rule: str
    product_id: str | None
    stopped_on: date | None
    created_at: datetime
