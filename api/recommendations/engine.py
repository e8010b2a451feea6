"""The recommendations for one report: pure, from rules, answers, what the picture shows, products and the shelf.

For each condition that the picture shows: a clinician and nothing else where a rule says so; otherwise which actives
help, products that hold them, then products that the shop lists for it and of which nothing more is known. Nothing
that a block refuses is among them, and each says by which rule it is there.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from api.recommendations.blocks import Blocks, Held, blocks_for
from api.recommendations.conflicts import Clash, Owned, clashes_of
from api.recommendations.contents import Contents, Reader
from api.recommendations.person import Person, Picture, holds
from api.recommendations.rulebook import Caution, Clinician, Habit, Help, Plain, Rulebook
from media_pipeline.types import Condition
from storage.catalogue.records import Product

__all__ = ["Advice", "Advisor", "Candidate", "LeftOut", "Suggestion"]

MOST_PRODUCTS: Final = 5  # for one condition: a choice, not a shop

Kind = Literal["clinician", "sign", "habit", "active", "product"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that may be recommended."""

    product: Product
    contents: Contents


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One recommendation. rule: why it is there; helping: the actives for which it is; to_check: the blocks that it may
    break for all that is known of its ingredients; already_used: the active is on the shelf, or the person named it."""

    kind: Kind
    condition: str
    rule: Clinician | Habit | Help | Plain
    active: str | None = None
    candidate: Candidate | None = None
    helping: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    clashes: tuple[Clash, ...] = ()
    to_check: tuple[Held, ...] = ()
    already_used: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many products would have been there: blocked by what they hold, and refused because that is not known."""

    blocked: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    """suggestions and left_out by condition."""

    suggestions: Mapping[str, tuple[Suggestion, ...]]
    left_out: Mapping[str, LeftOut]
    blocks: Blocks


class Advisor:
    """The rules at work. digest: changes when the rules do."""

    def __init__(self, book: Rulebook) -> None:
        self.book: Final = book
        self.reader: Final = Reader(book)
        self.digest: Final = hashlib.sha256(book.model_dump_json().encode()).hexdigest()[:16]

    def advise(
        self,
        person: Person,
        picture: Picture,
        candidates: Mapping[str, Sequence[Candidate]],
        owned: Sequence[Owned] = (),
    ) -> Advice:
        """candidates: by condition, in the shop's order; owned: the person's shelf."""
        blocks = blocks_for(self.book, self.reader, person, picture)
        work = _Work(self, person, picture, blocks, (*owned, *self._named(person)))
        suggestions: dict[str, tuple[Suggestion, ...]] = {}
        left_out: dict[str, LeftOut] = {}
        for condition in Condition:
            suggestions[condition.value], left_out[condition.value] = work.condition(
                condition.value, candidates.get(condition.value, ())
            )
        return Advice(suggestions, left_out, blocks)

    def _named(self, person: Person) -> tuple[Owned, ...]:
        return tuple(
            Owned(None, active, Contents(frozenset({active}), True, ()))
            for active in person.using
            if active in self.book.actives
        )


@dataclass(frozen=True, slots=True)
class _Work:
    advisor: Advisor
    person: Person
    picture: Picture
    blocks: Blocks
    owned: tuple[Owned, ...]

    def condition(self, name: str, candidates: Sequence[Candidate]) -> tuple[tuple[Suggestion, ...], LeftOut]:
        book = self.advisor.book
        clinicians = [rule for rule in book.clinician if name in rule.withholds and self._sends(rule)]
        found = [Suggestion("clinician", name, rule) for rule in clinicians]
        left_out = LeftOut()
        if not clinicians:
            helps = sorted((rule for rule in book.helps if self._applies(rule, name)), key=lambda rule: rule.rank)
            chosen = self._best(helps)
            found += [self._active(name, active, rule) for active, rule in chosen.items()]
            sought = frozenset[str]().union(*(book.actives_of(rule.of) for rule in helps))
            products, left_out = self._products(name, chosen, sought, candidates if helps else ())
            found += products
        found += [Suggestion("habit", name, rule) for rule in book.habits if self._applies(rule, name)]
        found += [Suggestion("sign", name, rule) for rule in book.signs if self._applies(rule, name)]
        return tuple(found), left_out

    def _sends(self, rule: Clinician) -> bool:
        return holds(rule.when, self.person, self.picture) is True

    def _applies(self, rule: Help | Habit, name: str) -> bool:
        cases = rule.cases_of(name) if name in rule.conditions else ()
        return bool(cases) and holds(cases, self.person, self.picture) is True

    def _best(self, helps: Sequence[Help]) -> dict[str, Help]:
        """The actives that may be recommended, each by its best rule."""
        chosen: dict[str, Help] = {}
        for rule in helps:
            for name in rule.of:
                for active in sorted(self.advisor.book.members[name]):
                    if active not in chosen and not self.blocks.refusals(self.advisor.reader.as_contents(active)):
                        chosen[active] = rule
        return chosen

    def _active(self, condition: str, active: str, rule: Help) -> Suggestion:
        actives = frozenset({active})
        used = any(active in item.contents.actives for item in self.owned)
        return Suggestion(
            "active",
            condition,
            rule,
            active=active,
            helping=(active,),
            cautions=self._cautions(actives),
            clashes=() if used else clashes_of(self.advisor.book, actives, self.owned),
            already_used=used,
        )

    def _products(
        self, condition: str, chosen: Mapping[str, Help], sought: frozenset[str], candidates: Sequence[Candidate]
    ) -> tuple[list[Suggestion], LeftOut]:
        """sought: all actives that help, chosen: those among them that are not blocked."""
        book = self.advisor.book
        used = frozenset[str]().union(*(item.contents.actives for item in self.owned))
        shelf = {item.product_id for item in self.owned}
        wanted = {active: rule for active, rule in chosen.items() if active not in used}
        blocked = unknown = 0
        ranked: list[tuple[tuple[Any, ...], Help | Plain, Candidate, tuple[str, ...]]] = []
        carriers = frozenset(name for name, active in book.actives.items() if active.carrier)
        for place, candidate in enumerate(candidates):
            product, contents = candidate.product, candidate.contents
            listed_for_it = condition in product.categories
            acting = contents.helping if listed_for_it else contents.helping - carriers
            # what is in most products is the last of the reasons
            helping = tuple(sorted((one for one in wanted if one in acting), key=carriers.__contains__))
            may_help = bool(sought & acting) or (
                listed_for_it and not contents.listed and contents.helps_with != frozenset()
            )
            if product.copy_of is not None or product.id in shelf or not may_help:
                continue
            refusals = self.blocks.refusals(contents)
            if refusals:
                known = any(not refusal.unknown for refusal in refusals)
                blocked, unknown = blocked + known, unknown + (not known)
                continue
            if not helping and (contents.listed or not listed_for_it or not chosen):
                continue
            rule: Help | Plain = wanted[helping[0]] if helping else book.by_category
            rank = rule.rank if isinstance(rule, Help) else 9
            key = (not contents.listed, rank, -len(helping), not listed_for_it, product.in_stock is False, place)
            ranked.append((key, rule, candidate, helping))
        best = sorted(ranked, key=lambda one: one[0])[:MOST_PRODUCTS]
        return [self._product(condition, *one[1:]) for one in best], LeftOut(blocked, unknown)

    def _product(
        self, condition: str, rule: Help | Plain, candidate: Candidate, helping: tuple[str, ...]
    ) -> Suggestion:
        return Suggestion(
            "product",
            condition,
            rule,
            candidate=candidate,
            helping=helping,
            cautions=self._cautions(candidate.contents.actives),
            clashes=clashes_of(self.advisor.book, candidate.contents.actives, self.owned),
            to_check=self.blocks.to_check(candidate.contents),
        )

    def _cautions(self, actives: frozenset[str]) -> tuple[Caution, ...]:
        return tuple(
            rule
            for rule in self.advisor.book.cautions
            if actives & self.advisor.book.actives_of(rule.of) and holds(rule.when, self.person, self.picture) is True
        )
