"""How recommendations are answered."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.language import Direction
from api.recommendations.rulebook import Language, TimeOfDay

__all__ = [
    "BlockedAnswer",
    "ConflictAnswer",
    "LeftOutAnswer",
    "NamedActive",
    "Note",
    "ProductAnswer",
    "QuestionAnswer",
    "Recommendation",
    "RecommendationsAnswer",
    "RoutineEntry",
    "RuleAnswer",
    "SourceAnswer",
]


class SourceAnswer(BaseModel):
    """Where a rule comes from. kind: guideline, study, information, regulation; secondary: the original was not read;
    proposal: there is no published source."""

    id: str
    kind: str
    reference: str


class RuleAnswer(BaseModel):
    """The rule behind something, with its version and sources."""

    id: str
    version: int
    sources: list[SourceAnswer]


class Note(BaseModel):
    """A sentence, and the rule that says it."""

    text: str
    rule: RuleAnswer


class NamedActive(BaseModel):
    """An active by its name in the rules, and in words."""

    id: str
    name: str


class ConflictAnswer(BaseModel):
    """What should not be used together. advice: never (choose one), apart (morning and evening), alternate (different
    evenings). items: ids of the shelf, without what is not on it; names: what they are called."""

    text: str
    advice: Literal["never", "apart", "alternate"]
    items: list[str]
    names: list[str]
    rule: RuleAnswer


class ProductAnswer(BaseModel):
    """A product of the catalogue. price: as the shop wrote it; is_sample: invented, to show how it looks."""

    id: str
    name: str
    brand: str
    price: str
    currency: str
    url: str
    image_url: str | None
    in_stock: bool | None
    is_sample: bool


class Recommendation(BaseModel):
    """One recommendation, complete in itself. text: a sentence that can be shown alone, written in `lang` in the
    direction `dir`; ingredients: unknown means that nothing may be concluded from what is not listed in `contains`;
    check_label: what to look for on a product whose ingredients are unknown."""

    kind: Literal["clinician", "sign", "habit", "active", "product"]
    text: str
    lang: Language
    dir: Direction
    why: str
    rule: RuleAnswer
    active: NamedActive | None
    product: ProductAnswer | None
    ingredients: Literal["listed", "unknown"] | None
    contains: list[NamedActive]
    already_used: bool
    cautions: list[Note]
    conflicts: list[ConflictAnswer] = Field(description="with what is on the person's own shelf, or named as used")
    check_label: list[Note]


class BlockedAnswer(BaseModel):
    """What is not recommended now, and why. because: answer (or what the picture shows), unanswered, or allergy."""

    text: str
    because: Literal["answer", "unanswered", "allergy"]
    actives: list[NamedActive]
    rule: RuleAnswer


class QuestionAnswer(BaseModel):
    """An answer at /answers/ that would make the recommendations better."""

    name: str
    text: str


class LeftOutAnswer(BaseModel):
    """How many products are not there: blocked by what they hold; unknown: refused because that is not known."""

    blocked: int = Field(ge=0)
    unknown: int = Field(ge=0)


class RoutineEntry(BaseModel):
    """One step. item: of the shelf, None for an active that is recommended; conflicts: with others at the same time."""

    step: str
    step_name: str
    name: str
    item: str | None
    recommended: bool
    text: str
    rule: RuleAnswer
    conflicts: list[ConflictAnswer]


class RecommendationsAnswer(BaseModel):
    """Everything for one report. edition: of the rules; routine: the shelf and what is recommended, in their order."""

    message: str
    report_id: str
    date: datetime
    lang: Language
    dir: Direction
    edition: str
    recommendations: dict[str, list[Recommendation]]
    blocked: list[BlockedAnswer]
    questions: list[QuestionAnswer]
    left_out: dict[str, LeftOutAnswer]
    routine: dict[TimeOfDay, list[RoutineEntry]]
    shelf_conflicts: list[ConflictAnswer]
    notice: str
