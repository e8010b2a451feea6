"""The rules as values. `rule_file.load` makes a Rulebook from rules.yaml and checks what one rule says of another."""

from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from media_pipeline.severity import SCALES
from media_pipeline.types import Condition

__all__ = [
    "PREGNANCY",
    "Active",
    "Allergen",
    "Block",
    "Case",
    "Caution",
    "Clinician",
    "Conflict",
    "Eczema",
    "Habit",
    "Help",
    "Language",
    "Order",
    "Plain",
    "ProductKind",
    "Pregnancy",
    "Rule",
    "Rulebook",
    "SkinType",
    "Source",
    "TimeOfDay",
    "TrialRule",
    "Words",
]

Language = Literal["en", "ar"]
SkinType = Literal["normal", "dry", "oily", "combination", "sensitive"]
Pregnancy = Literal["pregnant", "trying", "breastfeeding", "neither"]
Eczema = Literal["active", "past", "none"]
TimeOfDay = Literal["morning", "evening"]

PREGNANCY: Final = ("pregnant", "trying", "breastfeeding", "neither")

Id = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{2,63}$")]
Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{2,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Phrase = Annotated[str, Field(min_length=2, max_length=80)]
Grade = Annotated[int, Field(ge=0, le=6)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=False)


class Words(_Part):
    """The same thing said in every language."""

    en: Text
    ar: Annotated[str, Field(min_length=1, max_length=400, pattern=r"[\u0600-\u06ff]")]

    def in_(self, language: Language) -> str:
        return self.ar if language == "ar" else self.en


class Source(_Part):
    """kind says what it is worth; secondary: the original was not read; proposal: there is none."""

    kind: Literal["guideline", "study", "information", "regulation", "secondary", "proposal"]
    reference: Annotated[str, Field(min_length=20, max_length=500)]


class Active(_Part):
    """Something products may contain, by all its names. family: its names are different substances, so that an allergy
    to one is none to all. carrier: it is in most products, and counts only in those that the shop lists for
    the condition."""

    family: bool = False
    carrier: bool = False
    groups: tuple[Name, ...] = ()
    names: tuple[Phrase, ...] = ()
    exactly: tuple[Phrase, ...] = ()
    also_called: tuple[Phrase, ...] = ()
    words: Words


class ProductKind(_Part):
    """Products by words of their names. helps_with: the only actives with which they help."""

    names: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    helps_with: tuple[str, ...]


class ProductKinds(_Part):
    """What is washed off, and what is not for the face."""

    rinse_off: ProductKind
    not_for_face: ProductKind


class Allergen(_Part):
    """An allergy that people name: by actives, by ingredients' names, or both."""

    actives: tuple[str, ...] = ()
    names: tuple[Phrase, ...] = ()
    words: Words
    sources: Annotated[tuple[str, ...], Field(min_length=1)]


class Case(_Part):
    """What must all hold. grades: from, to on the condition's scale; measures: at least; kinds: at least so many
    findings of that kind."""

    condition: str | None = None
    grades: tuple[Grade, Grade] | None = None
    measures: dict[str, float] = {}
    kinds: dict[str, Annotated[int, Field(ge=1)]] = {}
    skin_types: tuple[SkinType, ...] = ()
    pregnancy: tuple[Pregnancy, ...] = ()
    eczema: tuple[Eczema, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        of_picture = self.grades is not None or self.measures or self.kinds
        if self.condition is None and not (of_picture or self.skin_types or self.pregnancy or self.eczema):
            raise ValueError("a case must ask for something")
        if self.condition is None and of_picture:
            raise ValueError("grades, measures and kinds need a condition")
        if self.condition is not None:
            if self.condition not in set(Condition):
                raise ValueError(f"there is no condition {self.condition!r}")
            if not of_picture:
                raise ValueError("a condition needs grades, measures or kinds")
        if self.grades is not None and self.condition is not None:
            top = len(SCALES[Condition(self.condition)].labels) - 1
            if not self.grades[0] <= self.grades[1] <= top:
                raise ValueError(f"grades of {self.condition} go from 0 to {top}")
        return self


class Rule(_Part):
    """What every rule has."""

    id: Id
    version: Annotated[int, Field(ge=1)]
    sources: Annotated[tuple[str, ...], Field(min_length=1)]


class _Worded(Rule):
    words: Words


class Plain(_Worded):
    """A rule that the engine applies by itself."""


class _Cased(_Worded):
    when: Annotated[tuple[Case, ...], Field(min_length=1)]

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that its cases name, each once."""
        return tuple(dict.fromkeys(case.condition for case in self.when if case.condition is not None))

    def cases_of(self, condition: str) -> tuple[Case, ...]:
        """The cases that speak of the condition, or of answers alone."""
        return tuple(case for case in self.when if case.condition in (None, condition))


class Clinician(_Cased):
    """See a clinician; nothing else is recommended for the conditions that it withholds."""

    withholds: Annotated[tuple[str, ...], Field(min_length=1)]


class Habit(_Cased):
    """What helps without a product, and signs that no picture shows."""


class Block(_Cased):
    """Never recommend these while a case holds; unanswered says what an open question does."""

    of: Annotated[tuple[str, ...], Field(min_length=1)]
    unanswered: Literal["block", "ask"]


class Help(_Cased):
    """These may help. rank 1: first choice, 2: alternative, 3: weak evidence."""

    of: Annotated[tuple[str, ...], Field(min_length=1)]
    rank: Annotated[int, Field(ge=1, le=3)]


class Caution(_Worded):
    """Said with what holds one of these; always where there is no case."""

    of: Annotated[tuple[str, ...], Field(min_length=1)]
    when: tuple[Case, ...] = ()


class Conflict(_Worded):
    """Two that should not be used together. advice: never (choose one), apart (morning and evening), alternate
    (different evenings)."""

    between: Annotated[tuple[str, str], Field()]
    advice: Literal["never", "apart", "alternate"]


class Order(_Worded):
    """In which step and at what times of the day."""

    of: Annotated[tuple[str, ...], Field(min_length=1)]
    step: Name
    times: Annotated[tuple[TimeOfDay, ...], Field(min_length=1)]


class TrialRule(Rule):
    """After how many weeks a trial for the condition can be judged."""

    condition: str
    weeks: Annotated[int, Field(ge=1, le=52)]


class Rulebook(_Part):
    """The whole file."""

    edition: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    sources: dict[Id, Source]
    actives: dict[Name, Active]
    kinds: ProductKinds
    allergens: dict[Name, Allergen]
    clinician: tuple[Clinician, ...]
    signs: tuple[Habit, ...]
    blocks: tuple[Block, ...]
    allergy_block: Plain
    by_category: Plain
    helps: tuple[Help, ...]
    habits: tuple[Habit, ...]
    cautions: tuple[Caution, ...]
    conflicts: tuple[Conflict, ...]
    steps: dict[Name, Words]
    order: tuple[Order, ...]
    trials: tuple[TrialRule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the file."""
        return (
            *self.clinician,
            *self.signs,
            *self.blocks,
            self.allergy_block,
            *self.helps,
            self.by_category,
            *self.habits,
            *self.cautions,
            *self.conflicts,
            *self.order,
            *self.trials,
        )

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        """The actives that a name stands for: an active itself, or a group."""
        found = {name: {name} for name in self.actives}
        for name, active in self.actives.items():
            for group in active.groups:
                found.setdefault(group, set()).add(name)
        return {name: frozenset(actives) for name, actives in found.items()}

    def actives_of(self, names: tuple[str, ...]) -> frozenset[str]:
        """The actives that all these names stand for together."""
        return frozenset[str]().union(*(self.members.get(name, frozenset()) for name in names))

    def trial(self, condition: str) -> TrialRule:
        """How long a trial for the condition takes. Raises KeyError where there is no rule for it."""
        for rule in self.trials:
            if rule.condition == condition:
                return rule
        raise KeyError(condition)

    def order_of(self, active: str) -> Order | None:
        """The first order rule that names the active."""
        return next((rule for rule in self.order if active in self.actives_of(rule.of)), None)
