"""GET /reports/, /reports/{id} and /progress/: what was stored, newest first."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, Field

from api.answer_links import AnswerLinks
from api.callers import FindCaller, caller_or_401
from api.conditional import conditional, etag_of
from api.errors import ApiError
from api.language import VARIES, LanguageQuery, language_of
from api.recommendations.recommender import Recommender
from api.report_answer import ReportAnswer, report_answer
from api.requests import read_path, read_query
from api.routing import Answer, Operation
from api.trends import ConditionTrend, trends
from storage import Storage
from storage.identifiers import normal_user_id
from storage.records import Account, ConditionPoint, FileKind, Report

__all__ = ["HISTORY", "History", "history_operations"]

TREND_POINTS: Final = 500
EVERYBODY: Final = "*"

Body = Callable[[], Awaitable[tuple[Any, Mapping[str, str]]]]


def _moment(value: object) -> object:
    """A date alone is its first moment, UTC; a time without a zone is UTC. Always comes out in UTC: databases that keep
    times as text compare text."""
    if not isinstance(value, str):
        return value
    if len(value) == 10:
        return datetime.combine(date.fromisoformat(value), time.min, UTC)
    moment = datetime.fromisoformat(value)
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


Moment = Annotated[
    datetime,
    BeforeValidator(_moment, json_schema_input_type=str),
    Field(examples=["2026-11-23", "2026-11-23T15:00:00Z"]),
]


class HistoryQuery(BaseModel):
    """Which part of the history."""

    user_id: str | None = Field(None, max_length=256, description="the caller's own; administrators: anybody's, or *")
    since: Moment | None = Field(None, description="this moment and later: a date or a time, UTC unless it says")
    until: Moment | None = Field(None, description="before this moment")
    condition: str | None = Field(None, max_length=40, description="only reports in which this was found")
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=1_000_000)


class ReportPath(BaseModel):
    """One report."""

    report_id: str = Field(pattern="^[0-9a-f]{32}$")


class ReportLine(BaseModel):
    """A report in a list. detections: how many of each condition were found; scores: null where withheld."""

    report_id: str
    user_id: str
    date: datetime
    detections: dict[str, int]
    scores: dict[str, float | None]
    severities: dict[str, str | None]
    request_type: str
    name: str
    distance_status: str | None
    image_url: str | None
    processed_image_url: str | None
    face_image_url: str | None


class ProgressEntry(BaseModel):
    """One report's numbers."""

    report_id: str
    date: datetime
    detections: dict[str, int]
    scores: dict[str, float | None]


class ProgressAnswer(BaseModel):
    """A person's way so far. entries newest first; trend: the newest report against the one before it and against the
    first of those chosen (of the newest 500 at most)."""

    user_id: str
    total: int
    entries: list[ProgressEntry]
    trend: dict[str, ConditionTrend]
    progress_plot_url: str
    links_expire_at: datetime


LIST_HEADERS: Final = {
    "X-Total-Count": "how many match",
    "Link": "the neighbouring pages",
    "ETag": "changes when the answer does",
}


@dataclass(frozen=True, slots=True)
class History:
    """What the calls need."""

    find_caller: FindCaller
    storage: Storage
    links: AnswerLinks
    recommender: Recommender

    async def reports(self, request: web.Request) -> web.Response:
        """GET /reports/."""
        caller = await caller_or_401(self.find_caller, request)
        query = read_query(request, HistoryQuery)
        whose = await self._whose(query.user_id, caller)

        async def body() -> tuple[Any, Mapping[str, str]]:
            page = await self.storage.reports.page(
                whose.id if whose is not None else None,
                since=query.since,
                until=query.until,
                condition=query.condition,
                offset=query.offset,
                limit=query.limit,
            )
            lines = [self._line(request, report).model_dump(mode="json") for report in page.reports]
            return lines, {"X-Total-Count": str(page.total), **_neighbours(request, query, page.total)}

        return await self._conditional(request, whose.id if whose is not None else None, body)

    async def report(self, request: web.Request) -> web.Response:
        """GET /reports/{id}."""
        caller = await caller_or_401(self.find_caller, request)
        report_id = read_path(request, ReportPath).report_id
        language = language_of(request)

        async def body() -> tuple[Any, Mapping[str, str]]:
            report = await self.storage.reports.get(report_id, None if caller.is_admin else caller.id)
            if report is None:
                raise ApiError(404, "not_found", "There is no such report.")
            owner = caller if report.user_id == caller.user_id else await self.storage.accounts.find(report.user_id)
            links = self.links.kept(self.links.base(request), owner.id if owner is not None else caller.id)
            made = report_answer(report, links, await self.recommender.for_report(report, caller, language))
            return made.model_dump(mode="json"), VARIES

        more = (language, await self.recommender.revision())
        return await self._conditional(request, None if caller.is_admin else caller.id, body, *more)

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE /reports/{id}: the report, its pictures, and its line in user_progress.json."""
        caller = await caller_or_401(self.find_caller, request)
        if not await self.storage.eraser.delete_report(read_path(request, ReportPath).report_id, caller.id):
            raise ApiError(404, "not_found", "There is no such report.")
        return web.Response(status=204)

    async def progress(self, request: web.Request) -> web.Response:
        """GET /progress/."""
        caller = await caller_or_401(self.find_caller, request)
        query = read_query(request, HistoryQuery)
        whose = await self._whose(query.user_id, caller)
        if whose is None:
            raise ApiError(422, "invalid_request", "Progress is one person's: please name one user_id.")

        async def body() -> tuple[Any, Mapping[str, str]]:
            points = await self.storage.reports.points(
                whose.id, condition=query.condition, since=query.since, until=query.until, newest=TREND_POINTS
            )
            entries = _entries(points)
            links = self.links.kept(self.links.base(request), whose.id)
            made = ProgressAnswer(
                user_id=whose.user_id,
                total=len(entries),
                entries=entries[query.offset : query.offset + query.limit],
                trend=trends(points),
                progress_plot_url=links.plot + (f"&condition={quote(query.condition)}" if query.condition else ""),
                links_expire_at=links.expires_at,
            )
            headers = {"X-Total-Count": str(len(entries)), **_neighbours(request, query, len(entries))}
            return made.model_dump(mode="json"), headers

        return await self._conditional(request, whose.id, body)

    async def _whose(self, user_id: str | None, caller: Account) -> Account | None:
        """Whose history is asked for; None: everybody's. Raises ApiError 403 for other people's, to an administrator
        404 for nobody's."""
        if user_id is None or user_id == "":
            return caller
        if user_id == EVERYBODY and caller.is_admin:
            return None
        try:
            normal = normal_user_id(user_id)
        except ValueError:
            normal = ""
        if normal == caller.user_id:
            return caller
        if not caller.is_admin:
            raise ApiError(403, "not_yours", "You can only see your own history.")
        account = await self.storage.accounts.find(normal)
        if account is None:
            raise ApiError(404, "no_such_user", "There is no account of that user_id.")
        return account

    async def _conditional(
        self, request: web.Request, account_id: int | None, body: Body, *more: object
    ) -> web.Response:
        revision = await self.storage.reports.revision(account_id)
        etag = etag_of(revision, request.path_qs, self.links.base(request), self.links.period(), *more)
        return await conditional(request, etag, body)

    def _line(self, request: web.Request, report: Report) -> ReportLine:
        link = self.links.file(self.links.base(request))

        def address(kind: FileKind) -> str | None:
            file = report.file(kind)
            return link(file.key) if file is not None else None

        return ReportLine(
            report_id=report.id,
            user_id=report.user_id,
            date=report.created_at,
            detections={record.condition: record.count for record in report.conditions},
            scores={
                record.condition: round(record.score.value, 1) if record.score else None for record in report.conditions
            },
            severities={
                record.condition: record.severity.label if record.severity else None for record in report.conditions
            },
            request_type=report.request_type,
            name=report.name,
            distance_status=report.distance_status,
            image_url=address(FileKind.ORIGINAL),
            processed_image_url=address(FileKind.PROCESSED),
            face_image_url=address(FileKind.FACE),
        )


HISTORY = web.AppKey("HISTORY", History)


def history_operations() -> tuple[Operation, ...]:
    """The calls, made by whatever is under HISTORY by then."""

    async def reports(request: web.Request) -> web.Response:
        return await request.app[HISTORY].reports(request)

    async def report(request: web.Request) -> web.Response:
        return await request.app[HISTORY].report(request)

    async def delete(request: web.Request) -> web.Response:
        return await request.app[HISTORY].delete(request)

    async def progress(request: web.Request) -> web.Response:
        return await request.app[HISTORY].progress(request)

    unchanged = Answer(304, "Unchanged since the ETag given as If-None-Match", content_type="")
    return (
        Operation(
            "GET",
            "/reports/",
            reports,
            "The stored reports, newest first",
            "history",
            (
                Answer(200, "One page", ReportLine, schema={"type": "array"}, headers=dict(LIST_HEADERS)),
                unchanged,
            ),
            errors=(403, 404),
            query=HistoryQuery,
            auth="required",
        ),
        Operation(
            "GET",
            "/reports/{report_id}",
            report,
            "One stored report, as its upload was answered",
            "history",
            (Answer(200, "The report", ReportAnswer, headers={"ETag": LIST_HEADERS["ETag"]}), unchanged),
            query=LanguageQuery,
            path_params=ReportPath,
            auth="required",
        ),
        Operation(
            "DELETE",
            "/reports/{report_id}",
            delete,
            "Delete a report with its pictures",
            "history",
            (Answer(204, "Deleted", content_type=""),),
            path_params=ReportPath,
            auth="required",
        ),
        Operation(
            "GET",
            "/progress/",
            progress,
            "How the skin went",
            "history",
            (Answer(200, "Numbers, trend and plot", ProgressAnswer, headers=dict(LIST_HEADERS)), unchanged),
            errors=(403, 404),
            query=HistoryQuery,
            auth="required",
        ),
    )


def _entries(points: Sequence[ConditionPoint]) -> list[ProgressEntry]:
    """The points of each report together, newest first."""
    by_report: dict[str, ProgressEntry] = {}
    for point in points:
        entry = by_report.get(point.report_id)
        if entry is None:
            entry = ProgressEntry(report_id=point.report_id, date=point.created_at, detections={}, scores={})
            by_report[point.report_id] = entry
        entry.detections[point.condition] = point.count
        entry.scores[point.condition] = None if point.score is None else round(point.score, 1)
    return list(reversed(by_report.values()))


def _neighbours(request: web.Request, query: HistoryQuery, total: int) -> dict[str, str]:
    """The Link header of RFC 8288: the next and the previous page, where there are any."""
    pages = {}
    if query.offset + query.limit < total:
        pages["next"] = query.offset + query.limit
    if query.offset > 0:
        pages["prev"] = max(0, query.offset - query.limit)
    links = [
        f'<{request.rel_url.update_query(offset=offset, limit=query.limit)}>; rel="{name}"'
        for name, offset in pages.items()
    ]
    return {"Link": ", ".join(links)} if links else {}
