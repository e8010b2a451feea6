"""What the engine says, in the words of a language: each value as its answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from api.language import direction_of, isolated
from api.recommendations.blocks import Blocks, Held
from api.recommendations.conflicts import Clash, Owned
from api.recommendations.engine import Advice, Suggestion
from api.recommendations.models import (
    BlockedAnswer,
    ConflictAnswer,
    NamedActive,
    Note,
    ProductAnswer,
    QuestionAnswer,
    Recommendation,
    RoutineEntry,
    RuleAnswer,
    SourceAnswer,
)
from api.recommendations.phrases import phrase
from api.recommendations.routine import Step
from api.recommendations.rulebook import Language, Rule, Rulebook, Words
from storage.catalogue.records import Product

__all__ = ["Wording", "product_answer"]


@dataclass(frozen=True, slots=True)
class Wording:
    """Says things of one rulebook in one language."""

    book: Rulebook
    language: Language

    def recommendations(self, advice: Advice) -> dict[str, list[Recommendation]]:
        """By condition; conditions without any are left out."""
        return {
            condition: [self.recommendation(one) for one in some]
            for condition, some in advice.suggestions.items()
            if some
        }

    def recommendation(self, one: Suggestion) -> Recommendation:
        """One suggestion."""
        why = one.rule.words.in_(self.language)
        contents = one.candidate.contents if one.candidate is not None else None
        listed = "listed" if contents is not None and contents.listed else "unknown"
        return Recommendation(
            kind=one.kind,
            text=self._text(one, why),
            lang=self.language,
            dir=direction_of(self.language),
            why=why,
            rule=self.rule(one.rule),
            active=self.actives([one.active])[0] if one.active is not None else None,
            product=product_answer(one.candidate.product) if one.candidate is not None else None,
            ingredients=None if contents is None else "listed" if listed == "listed" else "unknown",
            contains=[] if contents is None else self.actives(contents.actives),
            already_used=one.already_used,
            cautions=[Note(text=rule.words.in_(self.language), rule=self.rule(rule)) for rule in one.cautions],
            conflicts=[self.conflict(clash) for clash in one.clashes],
            check_label=[self._to_check(held) for held in one.to_check],
        )

    def blocked(self, blocks: Blocks) -> list[BlockedAnswer]:
        """Every block that holds, and the allergies."""
        found = []
        for held in blocks.held:
            key = "blocked_unanswered" if held.because == "unanswered" else "blocked"
            found.append(
                BlockedAnswer(
                    text=self._say(key, actives=self._names(held.actives), why=held.rule.words.in_(self.language)),
                    because=held.because,
                    actives=self.actives(held.actives),
                    rule=self.rule(held.rule),
                )
            )
        if blocks.allergies:
            names = [self._allergy(allergy) for allergy in blocks.allergies]
            why = blocks.allergy_rule.words.in_(self.language)
            found.append(
                BlockedAnswer(
                    text=self._say("blocked_allergy", actives=self._joined(names), why=why),
                    because="allergy",
                    actives=[],
                    rule=self.rule(blocks.allergy_rule),
                )
            )
        return found

    def questions(self, names: Iterable[str]) -> list[QuestionAnswer]:
        """Questions that /answers/ asks."""
        return [QuestionAnswer(name=name, text=self._say(f"question_{name}")) for name in names]

    def conflict(self, clash: Clash) -> ConflictAnswer:
        """A conflict: of something new with the shelf, or of two things that are there."""
        why = clash.rule.words.in_(self.language)
        second = self.name_of(clash.second)
        if clash.first is None:
            text, there = self._say("conflict", name=second, why=why), [clash.second]
        else:
            text = self._say("conflict_pair", first=self.name_of(clash.first), second=second, why=why)
            there = [clash.first, clash.second]
        return ConflictAnswer(
            text=text,
            advice=clash.rule.advice,
            items=[item.id for item in there if item.id is not None],
            names=[self._plain(item) for item in there],
            rule=self.rule(clash.rule),
        )

    def routine(self, steps: Iterable[Step]) -> list[RoutineEntry]:
        """One time of the day."""
        return [
            RoutineEntry(
                step=step.order.step,
                step_name=self.book.steps[step.order.step].in_(self.language),
                name=self._plain(step.use.owned),
                item=step.use.owned.id,
                recommended=step.use.recommended,
                text=step.order.words.in_(self.language),
                rule=self.rule(step.order),
                conflicts=[self.conflict(clash) for clash in step.clashes],
            )
            for step in steps
        ]

    def warnings(self, blocks: Blocks, item: Owned) -> list[Note]:
        """What speaks against something that the person has."""
        return [
            Note(text=refusal.rule.words.in_(self.language), rule=self.rule(refusal.rule))
            for refusal in blocks.refusals(item.contents)
            if not refusal.unknown
        ]

    def rule(self, rule: Rule) -> RuleAnswer:
        """A rule with its sources."""
        sources = [
            SourceAnswer(id=one, kind=self.book.sources[one].kind, reference=self.book.sources[one].reference)
            for one in rule.sources
        ]
        return RuleAnswer(id=rule.id, version=rule.version, sources=sources)

    def actives(self, names: Iterable[str]) -> list[NamedActive]:
        """Actives in the order of the rule file."""
        wanted = frozenset(names)
        return [
            NamedActive(id=name, name=active.words.in_(self.language))
            for name, active in self.book.actives.items()
            if name in wanted
        ]

    def name_of(self, item: Owned) -> str:
        """What something is called, fit to be put into a sentence."""
        return isolated(self._plain(item), self.language)

    def _plain(self, item: Owned) -> str:
        if item.id is None and item.name in self.book.actives:
            return self.book.actives[item.name].words.in_(self.language)
        return item.name

    def _text(self, one: Suggestion, why: str) -> str:
        if one.active is not None:
            name = self._capital(self.book.actives[one.active].words)
            return self._say("active_used", name=name, why=why) if one.already_used else f"{name}: {why}"
        if one.candidate is None:
            return why
        name = isolated(one.candidate.product.full_name, self.language)
        if not one.helping:
            return self._say("product_unknown", name=name, why=why)
        key = "product_listed" if one.candidate.contents.listed else "product_named"
        return self._say(key, name=name, actives=self._names(one.helping), why=why)

    def _to_check(self, held: Held) -> Note:
        why = held.rule.words.in_(self.language)
        return Note(
            text=self._say("check_label", actives=self._names(held.actives), why=why), rule=self.rule(held.rule)
        )

    def _names(self, actives: Iterable[str]) -> str:
        return self._joined(active.name for active in self.actives(actives))

    def _joined(self, names: Iterable[str]) -> str:
        return phrase("and", self.language).join(names)

    def _allergy(self, name: str) -> str:
        known: Mapping[str, Words] = {key: allergen.words for key, allergen in self.book.allergens.items()}
        return known[name].in_(self.language) if name in known else isolated(name, self.language)

    def _capital(self, words: Words) -> str:
        said = words.in_(self.language)
        return said[:1].upper() + said[1:]

    def _say(self, key: str, /, **parts: object) -> str:
        return phrase(key, self.language, **parts)


def product_answer(product: Product) -> ProductAnswer:
    """A product as it is answered beside what is said of it."""
    return ProductAnswer(
        id=product.id,
        name=product.full_name,
        brand=product.brand,
        price=product.price.text,
        currency=product.price.currency,
        url=product.url,
        image_url=product.image or None,
        in_stock=product.in_stock,
        is_sample=product.is_sample,
    )
