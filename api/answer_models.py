"""What /answers/ asks and takes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.language import Direction
from api.recommendations.person import Person
from api.recommendations.rulebook import Eczema, Language, Pregnancy, SkinType

__all__ = ["AnswersAnswer", "AnswersBody", "Choice", "Question", "person_of"]

ALLERGIES_MOST: Final = 30
USING_MOST: Final = 20


def _printable(text: str) -> str:
    stripped = " ".join(text.split())
    if not stripped or not stripped.isprintable():
        raise ValueError("write it in characters that can be printed")
    return stripped


Allergy = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_printable)]


class AnswersBody(BaseModel):
    """Everything a person may tell; what is left out or null is not answered. It replaces what was there."""

    model_config = ConfigDict(extra="forbid")

    skin_type: SkinType | None = None
    pregnancy: Pregnancy | None = None
    eczema: Eczema | None = None
    allergies: Annotated[list[Allergy], Field(max_length=ALLERGIES_MOST)] | None = Field(
        None, description="names of the choices at GET, or ingredients as they are written; []: none is known"
    )
    using: Annotated[list[str], Field(max_length=USING_MOST)] = Field(
        [], description="names of the choices at GET: what is used besides the shelf"
    )


class Choice(BaseModel):
    """value: what to send; text: what to show."""

    value: str
    text: str


class Question(BaseModel):
    """One question. many: several may be chosen; free: other words may be given too."""

    name: str
    text: str
    choices: list[Choice]
    many: bool
    free: bool


class AnswersAnswer(BaseModel):
    """The questions, and what the person answered: null where nothing is kept. consent_given: whether their consent
    covers answers; without it they are refused."""

    message: str
    lang: Language
    dir: Direction
    questions: list[Question]
    answers: AnswersBody | None
    updated_at: datetime | None
    consent_version: str
    consent_given: bool


def person_of(given: Mapping[str, Any] | None) -> Person:
    """Stored answers as the rules know them. A value of an older program that no longer fits counts as not answered."""
    known: dict[str, Any] = {}
    for name in AnswersBody.model_fields:
        if given is None or given.get(name) is None:
            continue
        try:
            known[name] = getattr(AnswersBody.model_validate({name: given[name]}), name)
        except ValueError:
            continue
    allergies = known.get("allergies")
    return Person(
        skin_type=known.get("skin_type"),
        pregnancy=known.get("pregnancy"),
        eczema=known.get("eczema"),
        allergies=None if allergies is None else tuple(allergies),
        using=tuple(known.get("using", ())),
    )
