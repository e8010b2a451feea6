"""In which language a request is answered, where there are words in several: English or Arabic."""

from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from api.recommendations.rulebook import Language
from api.requests import read_query

__all__ = ["VARIES", "Direction", "LanguageQuery", "direction_of", "isolated", "language_of", "preferred"]

Direction = Literal["ltr", "rtl"]

VARIES: Final = {"Vary": "Accept-Language"}
MOST_RANGES: Final = 32  # of an Accept-Language; browsers send a handful

FIRST_STRONG_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
POP_ISOLATE: Final = "\N{POP DIRECTIONAL ISOLATE}"


class LanguageQuery(BaseModel):
    """The language, for who cannot set the header."""

    lang: Language | None = Field(None, description="en or ar; default: what Accept-Language asks for, else English")


def language_of(request: web.Request) -> Language:
    """`?lang=` where it is there, else the better liked of Accept-Language. Raises ApiError 422 for another `lang`."""
    return read_query(request, LanguageQuery).lang or preferred(request.headers.get("Accept-Language", ""))


def preferred(header: str) -> Language:
    """Which of our languages an Accept-Language header (RFC 9110) likes best; English where it names neither."""
    weights: dict[Language, float] = {}
    for part in header.split(",")[:MOST_RANGES]:
        tag, _, parameter = part.partition(";")
        base = tag.strip().partition("-")[0].casefold()
        try:
            weight = float(parameter.partition("=")[2]) if parameter.strip() else 1.0
        except ValueError:
            continue
        match base:
            case "en" | "ar":
                weights[base] = max(weights.get(base, 0.0), weight)
    return "ar" if weights.get("ar", 0.0) > weights.get("en", 0.0) else "en"


def direction_of(language: Language) -> Direction:
    """In which direction the language is written."""
    return "rtl" if language == "ar" else "ltr"


def isolated(name: str, language: Language) -> str:
    """A name inside a sentence: kept together (Unicode bidirectional isolates) where its script may run against the
    sentence's."""
    if language == "en" and name.isascii():
        return name
    return f"{FIRST_STRONG_ISOLATE}{name}{POP_ISOLATE}"
