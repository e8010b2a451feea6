"""What should not be used together: among the things on a shelf, and between those and something new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from api.recommendations.contents import Contents
from api.recommendations.rulebook import Conflict, Rulebook

__all__ = ["Clash", "Owned", "between", "clashes_of", "clashes_within"]


@dataclass(frozen=True, slots=True)
class Owned:
    """Something that the person uses. id: of the shelf's item; None for an active that they named. product_id: of the
    catalogue, None where it is not from there."""

    id: str | None
    name: str
    contents: Contents
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """first and second should not be used together. first None: what is recommended."""

    rule: Conflict
    first: Owned | None
    second: Owned


def between(book: Rulebook, one: frozenset[str], other: frozenset[str]) -> tuple[Conflict, ...]:
    """The rules by which two sets of actives in two different products conflict."""
    found = []
    for rule in book.conflicts:
        a, b = (book.members[name] for name in rule.between)
        if (one & a and other & b) or (one & b and other & a):
            found.append(rule)
    return tuple(found)


def clashes_of(book: Rulebook, actives: frozenset[str], owned: Iterable[Owned]) -> tuple[Clash, ...]:
    """What something new with these actives conflicts with."""
    return tuple(Clash(rule, None, item) for item in owned for rule in between(book, actives, item.contents.actives))


def clashes_within(book: Rulebook, owned: Sequence[Owned]) -> tuple[Clash, ...]:
    """Every conflict among what the person has, each pair once."""
    acting = [item for item in owned if item.contents.actives]
    return tuple(
        Clash(rule, one, other)
        for one, other in combinations(acting, 2)
        for rule in between(book, one.contents.actives, other.contents.actives)
    )
