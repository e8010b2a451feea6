"""What is used when: the shelf and what is recommended, in the order of the morning and of the evening."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from api.recommendations.conflicts import Clash, Owned, between
from api.recommendations.contents import Contents
from api.recommendations.engine import Advice
from api.recommendations.rulebook import Order, Rulebook, TimeOfDay

__all__ = ["Step", "Use", "routine"]

TIMES: Final[tuple[TimeOfDay, ...]] = ("morning", "evening")
DECIDING: Final = ("cleanse", "protect", "treat", "moisturise")  # the step of a product that would fit several


@dataclass(frozen=True, slots=True)
class Use:
    """Something in the routine. recommended: it is not on the shelf, but an active that may help."""

    owned: Owned
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One use at its place. clashes: with others at the same time of the day."""

    use: Use
    order: Order
    clashes: tuple[Clash, ...]


def routine(book: Rulebook, owned: Sequence[Owned], advice: Advice) -> dict[TimeOfDay, tuple[Step, ...]]:
    """Morning and evening. Things of which no active is known have no place in it. What is recommended joins only where
    it conflicts with nothing that is there already, on the shelf or recommended before it."""
    uses = [Use(item) for item in owned]
    for active in _recommended(advice):
        new = Owned(None, active, Contents(frozenset({active}), True, ()))
        if not any(between(book, new.contents.actives, use.owned.contents.actives) for use in uses):
            uses.append(Use(new, recommended=True))
    placed = [(use, order) for use in uses if (order := _order(book, use.owned.contents.actives)) is not None]
    steps = list(book.steps)
    found: dict[TimeOfDay, tuple[Step, ...]] = {}
    for time in TIMES:
        now = sorted((one for one in placed if time in one[1].times), key=lambda one: steps.index(one[1].step))
        found[time] = tuple(Step(use, order, _clashes(book, use, now)) for use, order in now)
    return found


def _recommended(advice: Advice) -> Iterable[str]:
    """The first choices that the person does not use yet, each once."""
    seen: set[str] = set()
    for some in advice.suggestions.values():
        for one in some:
            if one.kind == "active" and one.active is not None and not one.already_used and one.active not in seen:
                if getattr(one.rule, "rank", 9) <= 2:
                    seen.add(one.active)
                    yield one.active


def _order(book: Rulebook, actives: frozenset[str]) -> Order | None:
    """Where something with these actives belongs: its deciding step, and of several rules there the strictest."""
    rules = [rule for active in sorted(actives) if (rule := book.order_of(active)) is not None]
    for step in DECIDING:
        here = [rule for rule in rules if rule.step == step]
        if here:
            return min(here, key=lambda rule: len(rule.times))
    return rules[0] if rules else None


def _clashes(book: Rulebook, use: Use, now: Iterable[tuple[Use, Order]]) -> tuple[Clash, ...]:
    return tuple(
        Clash(rule, use.owned, other.owned)
        for other, _ in now
        if other is not use
        for rule in between(book, use.owned.contents.actives, other.owned.contents.actives)
    )
