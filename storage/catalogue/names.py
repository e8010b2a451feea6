"""Brand, product and size apart, and readable, from a name as a shop writes it or from the slug of its address.

What is a brand, a unit, a spelling: names.toml.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from storage.catalogue.text import fold

__all__ = ["Name", "frequent_brands", "is_slug", "read_name", "tidy_size"]

DATA: Final = Path(__file__).with_name("names.toml")
SLUG: Final = re.compile(r"[^\W\s]+(?:[-_][^\W\s]+)+")
COPY: Final = re.compile(r"^(?:copy[-_\s]of[-_\s]+)+|[\s_-]+\(?copy\)?(?:[\s_-]*\d+)?$", re.I)
BRAND_ROWS: Final = 3  # products that begin with a word which is then taken for a brand
NUMBER: Final = r"\d+(?:[.,]\d+)?"


@dataclass(frozen=True, slots=True)
class Name:
    """A product's name in its parts; brand and size "" where there are none. is_copy: the shop's software made this
    entry from another one (`copy-of-...`)."""

    brand: str
    name: str
    size: str
    is_copy: bool


def is_slug(text: str) -> bool:
    """Whether a name is the end of an address: words joined by hyphens, without a blank or a capital."""
    return SLUG.fullmatch(text) is not None and text == text.lower()


def read_name(text: str, brands: Iterable[str] = (), *, brand: str = "", size: str = "") -> Name:
    """The parts of a name. brands: those that this file's names begin with; brand, size: what other columns say."""
    plain = COPY.sub("", text.strip())
    is_copy, plain = plain != text.strip() and plain != "", plain or text.strip()
    slug = is_slug(plain)
    if slug:
        plain = re.sub(r"[-_]+", " ", plain)
    named, found_size = _without_size(plain, slug)
    plain = named or plain
    known = _brand_at_start(plain, (brand,) if brand else (*_data().brands, *brands))
    if known is not None and len(known[1]) < len(plain):
        shown, taken = known
        plain = plain[len(taken) :].strip(" -–—:|,")
        brand = brand or shown
    if slug:
        plain = _written_out(plain)
    return Name(brand, plain, tidy_size(size) or found_size, is_copy)


def frequent_brands(names: Iterable[str]) -> tuple[str, ...]:
    """The words with which at least BRAND_ROWS slugs begin and which are no ordinary ones; two words where all of them
    share the second too."""
    firsts: dict[str, Counter[str]] = {}
    for name in names:
        plain = COPY.sub("", name.strip())
        if is_slug(plain):
            first, second = (*re.split(r"[-_]+", plain), "")[:2]
            if len(firsts) < 50_000:
                firsts.setdefault(first, Counter())[second] += 1
    found = []
    for first, seconds in firsts.items():
        if seconds.total() < BRAND_ROWS or first in _data().ordinary or not first.isalpha():
            continue
        (second, times), *_ = seconds.most_common(1)
        both = times == seconds.total() and second.isalpha() and second not in _data().ordinary
        found.append(f"{first} {second}".title() if both else first.title())
    return tuple(found)


def tidy_size(text: str) -> str:
    """A size with its unit as it is shown: "50gm" is "50 g"; unknown ones stay as they are, 60 characters at most."""
    plain = " ".join(text.split())[:60]
    found = _size_pattern().fullmatch(fold(plain))
    return plain if found is None else _shown_size(found)


def _without_size(text: str, slug: bool) -> tuple[str, str]:
    """The text without the last size in it, and that size. SPF 50 is none; nor is a unit whose number is an SPF's."""
    folded = _same_length_fold(text)
    matches = [m for m in _size_pattern().finditer(folded) if not re.search(r"spf\s*$", folded[: m.start()])]
    if matches:
        found = matches[-1]
        before, after = text[: found.start()].rstrip(" -–—,(["), text[found.end() :].lstrip(" )]")
        return " ".join((f"{before} {after}").split()).strip(" -–—,|"), _shown_size(found)
    if slug and (orphan := re.search(rf"(spf\s*\d+)\s+(?:{_units_pattern()})$", folded)):
        return text[: orphan.end(1)], ""
    return text, ""


def _shown_size(found: re.Match[str]) -> str:
    times = f"{found['times']} x " if found["times"] else ""
    return f"{times}{found['number'].replace(',', '.')} {_data().units[' '.join(found['unit'].split())]}"


def _brand_at_start(text: str, brands: Iterable[str]) -> tuple[str, str] | None:
    """The longest brand that the text begins with: as it is shown, and as it stands there."""
    best: tuple[str, str] | None = None
    folded = _same_length_fold(text)
    for brand in brands:
        pattern = r"[\s-]*".join(re.escape(part) for part in re.findall(r"[^\W_]+", _same_length_fold(brand)))
        found = re.match(rf"(?:{pattern})(?!\w)", folded) if pattern else None
        if found and (best is None or found.end() > len(best[1])):
            best = brand, text[: found.end()]
    return best


def _same_length_fold(text: str) -> str:
    """Folded sign by sign, so that places in it are places in the text."""
    if text.isascii():
        return text.lower().replace("'", " ")
    return "".join(fold(sign)[:1] or " " for sign in text)


def _written_out(text: str) -> str:
    """The words of a slug with capitals and what belongs together joined: "spf50" is "SPF 50", "roll on" "Roll-On"."""
    data = _data()
    text = re.sub(r"\bspf\s*(\d+)", r"spf \1", text)
    for pair, hyphened in data.joined.items():
        text = re.sub(rf"\b{pair}\b", hyphened, text)
    words = []
    for place, word in enumerate(text.split()):
        parts = [data.spelled.get(part, part[:1].upper() + part[1:]) for part in word.split("-")]
        shown = "-".join(parts)
        words.append(shown[:1].upper() + shown[1:] if place == 0 and shown.islower() else shown)
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class _Data:
    brands: tuple[str, ...]
    ordinary: frozenset[str]
    spelled: Mapping[str, str]
    joined: Mapping[str, str]
    units: Mapping[str, str]


@lru_cache(maxsize=1)
def _data() -> _Data:
    with DATA.open("rb") as file:
        data: dict[str, Any] = tomllib.load(file)
    return _Data(
        tuple(data["brands"]),
        frozenset(data["ordinary"]),
        {word.lower(): word for word in data["spelled"]},
        {pair: pair.replace(" ", "-") for pair in data["joined"]},
        {fold(written): unit for unit, spellings in data["units"].items() for written in spellings},
    )


@lru_cache(maxsize=1)
def _units_pattern() -> str:
    longest_first = sorted(_data().units, key=len, reverse=True)
    return "|".join(re.escape(unit).replace(r"\ ", r"\s*") for unit in longest_first)


@lru_cache(maxsize=1)
def _size_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?<![\w.,])(?:(?P<times>\d+)\s*[x×]\s*)?(?P<number>{NUMBER})\s*(?P<unit>{_units_pattern()})\b\.?"
    )
