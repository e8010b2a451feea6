"""What must not be recommended to this person with this picture, and why.

A block holds when its case does. While the person has not answered what it asks, a block that says `unanswered: block`
holds too; one that says `ask` does not, and its question is asked. A named allergy blocks what holds it.

A product whose ingredients are not known may hold anything. So it is refused while a block holds by an answer or by
the picture, and to everybody who named an allergy; to a person who has only not answered yet it may be shown, with
what to look for on its label (`to_check`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from api.recommendations.contents import Contents, Reader
from api.recommendations.person import Person, Picture, holds
from api.recommendations.rulebook import Block, Plain, Rulebook

__all__ = ["Blocks", "Held", "Refusal", "blocks_for"]

Because = Literal["answer", "unanswered"]


@dataclass(frozen=True, slots=True)
class Held:
    """A block that holds. because: an answer or the picture, or an answer that is missing."""

    rule: Block
    actives: frozenset[str]
    because: Because


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not recommended. what: actives, or names of allergies; unknown: because its ingredients are not
    known."""

    rule: Block | Plain
    what: frozenset[str]
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Blocks:
    """held: the blocks that hold; questions: the answers that would settle open ones."""

    held: tuple[Held, ...]
    allergies: tuple[str, ...]
    allergy_rule: Plain
    questions: tuple[str, ...]
    reader: Reader

    def refusals(self, contents: Contents) -> tuple[Refusal, ...]:
        """Everything that speaks against recommending a product, or an active (`Reader.as_contents`); empty where
        nothing is known to."""
        found = [
            Refusal(held.rule, held.actives & contents.actives) for held in self.held if held.actives & contents.actives
        ]
        allergens = self.reader.allergens_in(contents, self.allergies)
        if allergens:
            found.append(Refusal(self.allergy_rule, allergens))
        if not contents.listed:
            found += [Refusal(held.rule, held.actives, unknown=True) for held in self.held if held.because == "answer"]
            if self.allergies:
                found.append(Refusal(self.allergy_rule, frozenset(self.allergies), unknown=True))
        return tuple(found)

    def to_check(self, contents: Contents) -> tuple[Held, ...]:
        """The blocks that a product of unknown ingredients might break for all that is known."""
        return () if contents.listed else tuple(held for held in self.held if held.because == "unanswered")


def blocks_for(book: Rulebook, reader: Reader, person: Person, picture: Picture) -> Blocks:
    """The blocks for this person with this picture."""
    held = []
    questions: list[str] = []
    for rule in book.blocks:
        verdict = holds(rule.when, person, picture)
        if verdict is None:
            questions += _asked(rule, person)
        if verdict or (verdict is None and rule.unanswered == "block"):
            held.append(Held(rule, book.actives_of(rule.of), "answer" if verdict else "unanswered"))
    if person.allergies is None:
        questions.append("allergies")
    return Blocks(tuple(held), person.allergies or (), book.allergy_block, tuple(dict.fromkeys(questions)), reader)


def _asked(rule: Block, person: Person) -> Iterable[str]:
    for case in rule.when:
        if case.pregnancy and person.pregnancy is None:
            yield "pregnancy"
        if case.eczema and person.eczema is None:
            yield "eczema"
        if case.skin_types and person.skin_type is None:
            yield "skin_type"
