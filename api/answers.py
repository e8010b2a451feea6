"""GET, PUT and DELETE /answers/: what a person tells of themselves, so that nothing unfit is recommended.

Answers are data about health: they are kept with consent to the present text alone, are never logged, leave with the
export, and go with the account, with the consent, or when they are deleted here, in the backups too.
"""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from api.answer_models import AnswersAnswer, AnswersBody, Choice, Question
from api.callers import FindCaller, caller_or_401
from api.consent import VERSION, require_consent
from api.errors import ApiError
from api.language import VARIES, LanguageQuery, direction_of, language_of
from api.recommendations.phrases import phrase
from api.recommendations.rule_file import unknown
from api.recommendations.rulebook import Language, Rulebook
from api.requests import read_json
from api.routing import Answer, Operation, answer
from storage import Storage
from storage.personal.records import Answers
from storage.records import Account

__all__ = ["ANSWERS", "AnswersCalls", "answer_operations"]

CHOICES: Final = {
    "skin_type": ("normal", "dry", "oily", "combination", "sensitive"),
    "pregnancy": ("pregnant", "trying", "breastfeeding", "neither"),
    "eczema": ("active", "past", "none"),
}
PHRASES_OF_ECZEMA: Final = "eczema_"


@dataclass(frozen=True, slots=True)
class AnswersCalls:
    """What the calls need."""

    find_caller: FindCaller
    storage: Storage
    book: Rulebook

    async def show(self, request: web.Request) -> web.Response:
        """GET /answers/."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        return self._answer("answers", language, caller, await self.storage.answers.get(caller.id))

    async def put(self, request: web.Request) -> web.Response:
        """PUT /answers/. Raises ApiError 403 consent_required, 422 for an active that is none."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        body = await read_json(request, AnswersBody)
        for name in body.using:
            if name not in self.book.actives:
                sentence = unknown("active", name, self.book.actives)
                raise ApiError(422, "invalid_request", f"using: {sentence}.", {"fields": {"using": sentence}})
        require_consent(caller)
        kept = await self.storage.answers.put(caller.id, body.model_dump(mode="json"), VERSION)
        return self._answer("answers_kept", language, caller, kept)

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /answers/; also where there were none."""
        caller = await caller_or_401(self.find_caller, request)
        language = language_of(request)
        await self.storage.eraser.erase_answers(caller.id)
        return self._answer("answers_deleted", language, caller, None)

    def _answer(self, message: str, language: Language, caller: Account, kept: Answers | None) -> web.Response:
        made = AnswersAnswer(
            message=phrase(message, language),
            lang=language,
            dir=direction_of(language),
            questions=self._questions(language),
            answers=None if kept is None else AnswersBody.model_validate(kept.given),
            updated_at=None if kept is None else kept.updated_at,
            consent_version=VERSION,
            consent_given=caller.consent_version == VERSION,
        )
        return answer(made, headers=VARIES)

    def _questions(self, language: Language) -> list[Question]:
        questions = []
        for name, values in CHOICES.items():
            prefix = PHRASES_OF_ECZEMA if name == "eczema" else ""
            choices = [Choice(value=value, text=phrase(prefix + value, language)) for value in values]
            questions.append(
                Question(name=name, text=phrase(f"question_{name}", language), choices=choices, many=False, free=False)
            )
        for name, known, free in (("allergies", self.book.allergens, True), ("using", self.book.actives, False)):
            choices = [Choice(value=key, text=one.words.in_(language)) for key, one in known.items()]
            questions.append(
                Question(name=name, text=phrase(f"question_{name}", language), choices=choices, many=True, free=free)
            )
        return questions


ANSWERS = web.AppKey("ANSWERS", AnswersCalls)


def answer_operations() -> tuple[Operation, ...]:
    """The calls, answered by whatever is under ANSWERS by then."""

    async def show(request: web.Request) -> web.Response:
        return await request.app[ANSWERS].show(request)

    async def put(request: web.Request) -> web.Response:
        return await request.app[ANSWERS].put(request)

    async def delete(request: web.Request) -> web.Response:
        return await request.app[ANSWERS].delete(request)

    return (
        Operation(
            "GET",
            "/answers/",
            show,
            "The questions about a person, and what the caller answered",
            "advice",
            (Answer(200, "Questions with their choices, and the answers", AnswersAnswer),),
            query=LanguageQuery,
            auth="required",
        ),
        Operation(
            "PUT",
            "/answers/",
            put,
            "Answer the questions",
            "advice",
            (Answer(200, "Kept", AnswersAnswer),),
            errors=(403,),
            description="Replaces all answers. Needs consent to the present text of `/consent/`.",
            query=LanguageQuery,
            body=AnswersBody,
            auth="required",
        ),
        Operation(
            "DELETE",
            "/answers/",
            delete,
            "Delete the answers, in backups too",
            "advice",
            (Answer(200, "Deleted", AnswersAnswer),),
            query=LanguageQuery,
            auth="required",
        ),
    )
