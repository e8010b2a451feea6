"""GET /progress-compare/: two reports of one person side by side, or why their pictures cannot be compared.

A camera held differently changes what is measured more than skin does in a week. Limits on light are those that one
published engine uses between two frames of one sitting; its limits on size and angle (0.05 and 3 degrees) are doubled
here, because these pictures are taken by hand and days apart. None of them is calibrated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, Field

from api.answer_links import AnswerLinks
from api.callers import FindCaller, caller_or_401
from api.conditional import conditional, etag_of
from api.errors import ApiError
from api.language import VARIES, LanguageQuery, language_of
from api.progress_plot import points_of
from api.recommendations.recommender import Recommender
from api.report_answer import ReportAnswer, report_answer
from api.requests import read_query
from api.routing import Answer, Operation
from api.trends import Change, change
from storage import Storage
from storage.records import Account, Report

__all__ = ["COMPARISON", "Comparison", "Reason", "comparison_operations", "why_not_comparable"]

ID: Final = "^[0-9a-f]{32}$"


@dataclass(frozen=True, slots=True)
class Limit:
    """code groups what a person can do about it; measure as in media_pipeline.quality."""

    code: str
    measure: str
    most: float
    sentence: str


LIMITS: Final = (
    Limit("light", "light", 0.10, "One picture is brighter than the other."),
    Limit("light", "eye_luma_gap", 0.10, "The light comes from another side."),
    Limit("size", "face_ratio", 0.10, "The face is nearer in one picture than in the other."),
    Limit("angle", "yaw", 6.0, "The face is turned to the side differently."),
    Limit("angle", "pitch", 6.0, "The face is tilted up or down differently."),
    Limit("angle", "roll", 6.0, "The head leans differently."),
)


class CompareQuery(LanguageQuery):
    """Which two. By default the newest and the one before; `second` is compared with `first`."""

    first: str | None = Field(None, pattern=ID, description="id of the earlier report")
    second: str | None = Field(None, pattern=ID, description="id of the later report")


class Reason(BaseModel):
    """Why two pictures cannot be compared. first, second: the measure in each, null where it was not taken."""

    code: str = Field(description="light, size, angle or unmeasured")
    measure: str
    sentence: str
    first: float | None
    second: float | None
    limit: float


class CompareAnswer(BaseModel):
    """Two comparable reports and what changed from the first to the second."""

    first: ReportAnswer
    second: ReportAnswer
    days_between: float
    changes: dict[str, Change]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the call needs."""

    find_caller: FindCaller
    storage: Storage
    links: AnswerLinks
    recommender: Recommender

    async def compare(self, request: web.Request) -> web.Response:
        """GET /progress-compare/. Raises ApiError 404, 409 too_few_reports and not_comparable."""
        caller = await caller_or_401(self.find_caller, request)
        query = read_query(request, CompareQuery)
        language = language_of(request)

        async def body() -> tuple[Any, Mapping[str, str]]:
            first, second = await self._pair(query, caller)
            reasons = why_not_comparable(first, second)
            if reasons:
                raise ApiError(
                    409,
                    "not_comparable",
                    "These two pictures were taken too differently to be compared.",
                    {
                        "first": first.id,
                        "second": second.id,
                        "reasons": [reason.model_dump(mode="json") for reason in reasons],
                    },
                )
            links = self.links.kept(self.links.base(request), caller.id)
            made = CompareAnswer(
                first=report_answer(first, links, await self.recommender.for_report(first, caller, language)),
                second=report_answer(second, links, await self.recommender.for_report(second, caller, language)),
                days_between=round((second.created_at - first.created_at).total_seconds() / 86_400, 2),
                changes=changes(first, second),
            )
            return made.model_dump(mode="json"), VARIES

        revision = await self.storage.reports.revision(caller.id)
        more = (language, await self.recommender.revision())
        etag = etag_of(revision, request.path_qs, self.links.base(request), self.links.period(), *more)
        return await conditional(request, etag, body)

    async def _pair(self, query: CompareQuery, caller: Account) -> tuple[Report, Report]:
        if query.second is not None:
            second = await self._one(query.second, caller)
        else:
            newest = (await self.storage.reports.page(caller.id, limit=1)).reports
            if not newest:
                raise too_few()
            second = newest[0]
        if query.first is not None:
            return await self._one(query.first, caller), second
        before, _ = await self.storage.reports.neighbours(caller.id, second.id)
        if before is None:
            raise too_few()
        return await self._one(before, caller), second

    async def _one(self, report_id: str, caller: Account) -> Report:
        report = await self.storage.reports.get(report_id, caller.id)
        if report is None:
            raise ApiError(404, "not_found", "There is no such report.")
        return report


COMPARISON = web.AppKey("COMPARISON", Comparison)


def comparison_operations() -> tuple[Operation, ...]:
    """The call, answered by whatever is under COMPARISON by then."""

    async def compare(request: web.Request) -> web.Response:
        return await request.app[COMPARISON].compare(request)

    return (
        Operation(
            "GET",
            "/progress-compare/",
            compare,
            "Two reports side by side",
            "history",
            (
                Answer(200, "Both, and what changed", CompareAnswer, headers={"ETag": "changes when the answer does"}),
                Answer(304, "Unchanged since the ETag given as If-None-Match", content_type=""),
            ),
            errors=(404, 409),
            description="409 `not_comparable`: `details.reasons` says what differs (light, size, angle) and how far.",
            query=CompareQuery,
            auth="required",
        ),
    )


def why_not_comparable(first: Report, second: Report) -> list[Reason]:
    """Every reason, in the order in which a person can mend them; empty where there is none."""
    one, other = (dict(report.quality.get("measures", {})) for report in (first, second))
    reasons = []
    for limit in LIMITS:
        a, b = one.get(limit.measure), other.get(limit.measure)
        if a is None or b is None:
            sentence = f"It is not known of both pictures how their {limit.measure.replace('_', ' ')} was."
            reasons.append(
                Reason(code="unmeasured", measure=limit.measure, sentence=sentence, first=a, second=b, limit=limit.most)
            )
        elif abs(a - b) > limit.most:
            reasons.append(
                Reason(
                    code=limit.code, measure=limit.measure, sentence=limit.sentence, first=a, second=b, limit=limit.most
                )
            )
    return reasons


def changes(first: Report, second: Report) -> dict[str, Change]:
    """By condition, those that both reports have. Scores by different formulas are not compared."""
    earlier = {point.condition: point for point in points_of(first)}
    found = {}
    for point in points_of(second):
        before = earlier.get(point.condition)
        if before is None:
            continue
        if formula(first, point.condition) != formula(second, point.condition):
            before = replace(before, score=None)
        found[point.condition] = change(before, point)
    return found


def formula(report: Report, condition: str) -> str | None:
    """What a condition's score was computed by."""
    record = report.condition(condition)
    return record.score.formula if record is not None and record.score is not None else None


def too_few() -> ApiError:
    """409 for a history of less than two reports."""
    return ApiError(409, "too_few_reports", "There is no earlier report to compare with yet.")
