"""What /trials/ takes and answers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.free_text import ProductOrName
from api.language import Direction
from api.recommendations.models import RuleAnswer
from api.recommendations.rulebook import Language

__all__ = [
    "OneTrialAnswer",
    "OutcomeAnswer",
    "SideAnswer",
    "StopBody",
    "TrialAnswer",
    "TrialBody",
    "TrialPath",
    "TrialsAnswer",
]

Conditions = Literal["acne", "wrinkles", "eyebags", "eczema", "rosacea", "hyperpigmentation", "dark_spots"]


def _date(value: object) -> object:
    """A date as 2026-11-26, and nothing that merely could be one, such as seconds since 1970."""
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    if isinstance(value, date):
        return value
    raise ValueError("a date is written as 2026-11-26")


Day = Annotated[date, BeforeValidator(_date, json_schema_input_type=str), Field(examples=["2026-11-26"])]


class TrialBody(ProductOrName):
    """What is tried, and for what. One condition, said before the start: chance is not given seven tries."""

    condition: Conditions
    started_on: Day | None = Field(None, description="the first day of use; default: today")
    weeks: Annotated[int, Field(ge=2, le=52)] | None = Field(None, description="default: by rule, 6 to 12")


class StopBody(BaseModel):
    """When it was last used."""

    stopped_on: Day | None = Field(None, description="default: today")


class TrialPath(BaseModel):
    """One trial."""

    trial_id: str = Field(pattern="^[0-9a-f]{32}$")


class SideAnswer(BaseModel):
    """The scores of one side. since and until: its days, both included."""

    since: date
    until: date
    reports: int
    days: int
    mean: float | None


class OutcomeAnswer(BaseModel):
    """What came of it. change: score points, above zero is healthier, low to high its interval of 95 %; noise: half
    that interval, the least change that would have shown. unused: reports of those days that could not be compared."""

    outcome: Literal["too_early", "better", "worse", "cant_tell"]
    why: Literal["waiting", "noise", "few_before", "few_after", "stopped_early", "beyond_noise"]
    text: str
    change: float | None
    low: float | None
    high: float | None
    noise: float | None
    before: SideAnswer
    after: SideAnswer
    unused: int


class TrialAnswer(BaseModel):
    """One trial. name is text, never HTML. ends_on: the first day on which the outcome is told."""

    id: str
    name: str
    product_id: str | None
    condition: Conditions
    started_on: date
    weeks: int
    ends_on: date
    stopped_on: date | None
    outcome: OutcomeAnswer
    rule: RuleAnswer | None = Field(description="which says how long; null where the person chose, or it has changed")


class OneTrialAnswer(BaseModel):
    """One trial, in a language."""

    message: str
    lang: Language
    dir: Direction
    trial: TrialAnswer
    notice: str


class TrialsAnswer(BaseModel):
    """All trials, the latest start first."""

    message: str
    lang: Language
    dir: Direction
    trials: list[TrialAnswer]
    notice: str
