"""GET /recommendations/: everything that is recommended for one report, what is not and why, and what to use when."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web
from pydantic import Field

from api.callers import FindCaller, caller_or_401
from api.errors import ApiError
from api.language import VARIES, LanguageQuery, direction_of, language_of
from api.recommendations.conflicts import clashes_within
from api.recommendations.models import LeftOutAnswer, RecommendationsAnswer
from api.recommendations.phrases import phrase
from api.recommendations.recommender import Recommender
from api.recommendations.routine import routine
from api.recommendations.wording import Wording
from api.requests import read_query
from api.routing import Answer, Operation, answer
from storage import Storage
from storage.records import Account, Report

__all__ = ["RECOMMENDATIONS", "Recommendations", "recommendation_operations"]

DESCRIPTION: Final = """\
By condition: when to see a clinician (then nothing else), which active ingredients help, products that hold them,
habits, and signs that no picture shows. What the person answered at `/answers/` blocks: retinoids in pregnancy; acids,
retinoids, benzoyl peroxide and fragrance on active eczema; known allergens. A product whose ingredients are unknown
says so, and is not recommended while a block or an allergy holds. Every item names its rule, version and sources."""


class RecommendationsQuery(LanguageQuery):
    """Which report, and in which language."""

    report_id: str | None = Field(
        None, pattern="^[0-9a-f]{32}$", description="one of the caller's; default: the newest"
    )


@dataclass(frozen=True, slots=True)
class Recommendations:
    """What the call needs."""

    find_caller: FindCaller
    storage: Storage
    recommender: Recommender

    async def show(self, request: web.Request) -> web.Response:
        """GET /recommendations/. Raises ApiError 404 for other people's reports too."""
        caller = await caller_or_401(self.find_caller, request)
        query = read_query(request, RecommendationsQuery)
        language = language_of(request)
        report = await self._report(query.report_id, caller)
        known = await self.recommender.known(caller)
        advice = await self.recommender.advice(report, known)
        book = self.recommender.advisor.book
        wording = Wording(book, language)
        times = routine(book, known.owned, advice)
        made = RecommendationsAnswer(
            message=phrase("recommendations", language),
            report_id=report.id,
            date=report.created_at,
            lang=language,
            dir=direction_of(language),
            edition=book.edition,
            recommendations=wording.recommendations(advice),
            blocked=wording.blocked(advice.blocks),
            questions=wording.questions(advice.blocks.questions),
            left_out={
                condition: LeftOutAnswer(blocked=one.blocked, unknown=one.unknown)
                for condition, one in advice.left_out.items()
                if one.blocked or one.unknown
            },
            routine={time: wording.routine(steps) for time, steps in times.items()},
            shelf_conflicts=[wording.conflict(clash) for clash in clashes_within(book, known.owned)],
            notice=phrase("notice", language),
        )
        return answer(made, headers=VARIES)

    async def _report(self, report_id: str | None, caller: Account) -> Report:
        if report_id is not None:
            report = await self.storage.reports.get(report_id, caller.id)
        else:
            report = next(iter((await self.storage.reports.page(caller.id, limit=1)).reports), None)
        if report is None:
            raise ApiError(404, "not_found", "There is no such report.")
        return report


RECOMMENDATIONS = web.AppKey("RECOMMENDATIONS", Recommendations)


def recommendation_operations() -> tuple[Operation, ...]:
    """The call, answered by whatever is under RECOMMENDATIONS by then."""

    async def show(request: web.Request) -> web.Response:
        return await request.app[RECOMMENDATIONS].show(request)

    return (
        Operation(
            "GET",
            "/recommendations/",
            show,
            "What may help, for one report",
            "advice",
            (Answer(200, "What may help, what is not recommended, and why", RecommendationsAnswer),),
            errors=(404,),
            description=DESCRIPTION,
            query=RecommendationsQuery,
            auth="required",
        ),
    )
