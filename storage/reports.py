"""Stored reports, for reading: one, pages of them, and one condition over time."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tortoise.queryset import QuerySet

from storage import models
from storage.database import Database
from storage.files import file_key
from storage.records import (
    ConditionPoint,
    ConditionRecord,
    FileKind,
    Page,
    Report,
    ScoreRecord,
    SeverityRecord,
    StoredFile,
)

__all__ = ["ReportRepository", "loaded", "stored_file"]

PAGE_MAX = 200
BATCH = 100


class ReportRepository:
    """Every method may raise StorageUnavailable. account_id None means everybody's: for administrators alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, report_id: str, account_id: int | None) -> Report | None:
        """The report of that id, if it is the account's."""

        async def work() -> Report | None:
            rows = await _of(account_id).filter(id=report_id).select_related("account")
            return next(iter(await loaded(rows)), None)

        return await self._database.run(work)

    async def page(
        self,
        account_id: int | None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        condition: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page:
        """Reports newest first. since is included, until is not; condition: only those in which it was found at least
        once; limit 1 to 200. Raises ValueError for another limit or a negative offset."""
        if not 1 <= limit <= PAGE_MAX or offset < 0:
            raise ValueError(f"limit must be 1 to {PAGE_MAX}, offset 0 or more")

        async def work() -> Page:
            spans = {"created_at__gte": since, "created_at__lt": until}
            given: dict[str, Any] = {name: moment for name, moment in spans.items() if moment is not None}
            if account_id is not None:
                given["account_id"] = account_id
            if condition is None:
                reports = models.Report.filter(**given)
                total = await reports.count()
                rows = (
                    await reports.order_by("-created_at", "-id").offset(offset).limit(limit).select_related("account")
                )
                return Page(await loaded(rows), total)
            found = models.ConditionRow.filter(**given, condition=condition, count__gt=0)
            total = await found.count()
            wanted = found.order_by("-created_at", "-report_id").offset(offset).limit(limit)
            ids: list[Any] = await wanted.values_list("report_id", flat=True)
            rows = await models.Report.filter(id__in=ids).order_by("-created_at", "-id").select_related("account")
            return Page(await loaded(rows), total)

        return await self._database.run(work)

    async def every(self, account_id: int | None) -> AsyncIterator[tuple[Report, ...]]:
        """All reports that are there now, oldest first, a hundred at a time. Reports saved meanwhile are left out; one
        that is deleted meanwhile is too."""

        async def ids() -> list[Any]:
            return await _of(account_id).order_by("created_at", "id").values_list("id", flat=True)

        async def load(some: list[Any]) -> tuple[Report, ...]:
            rows = await models.Report.filter(id__in=some).order_by("created_at", "id").select_related("account")
            return await loaded(rows)

        found = await self._database.run(ids)
        for start in range(0, len(found), BATCH):
            yield await self._database.run(partial(load, found[start : start + BATCH]))

    async def points(
        self,
        account_id: int,
        *,
        condition: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        newest: int = 500,
    ) -> tuple[ConditionPoint, ...]:
        """How the conditions (or one) went, oldest first: the `newest` reports' words, without their findings."""

        async def work() -> tuple[ConditionPoint, ...]:
            chosen = models.Report.filter(account_id=account_id)
            if since is not None:
                chosen = chosen.filter(created_at__gte=since)
            if until is not None:
                chosen = chosen.filter(created_at__lt=until)
            oldest = await chosen.order_by("-created_at", "-id").offset(newest - 1).limit(1).values_list("created_at")
            rows = models.ConditionRow.filter(account_id=account_id)
            if condition is not None:
                rows = rows.filter(condition=condition)
            if until is not None:
                rows = rows.filter(created_at__lt=until)
            start = oldest[0][0] if oldest else since
            if start is not None:
                rows = rows.filter(created_at__gte=start)
            columns = (
                "report_id",
                "created_at",
                "condition",
                "count",
                "status",
                "severity_grade",
                "score",
                "score_low",
                "score_high",
                "score_formula",
            )
            values: list[tuple[Any, ...]] = await rows.order_by("created_at", "report_id", "id").values_list(*columns)
            return tuple(ConditionPoint(*row) for row in values)

        return await self._database.run(work)

    async def neighbours(self, account_id: int, report_id: str) -> tuple[str | None, str | None]:
        """The ids of the report before this one and of the account's first (None where it is this one)."""

        async def work() -> tuple[str | None, str | None]:
            mine = models.Report.filter(account_id=account_id)
            this = await mine.filter(id=report_id).first()
            if this is None:
                return None, None
            before = await mine.filter(created_at__lt=this.created_at).order_by("-created_at", "-id").first()
            first = await mine.order_by("created_at", "id").first()
            return (
                before.id if before is not None else None,
                first.id if first is not None and first.id != report_id else None,
            )

        return await self._database.run(work)

    async def revision(self, account_id: int | None) -> str:
        """A word that changes whenever the account's reports (or anybody's) do: what an ETag is made of."""

        async def work() -> str:
            if account_id is not None:
                row = await models.Account.filter(id=account_id).values_list("history_revision", flat=True)
                return f"{account_id}-{row[0] if row else 'gone'}"
            sums: list[tuple[Any, ...]] = await models.Account.all().values_list("id", "history_revision")
            return f"all-{len(sums)}-{sum(revision for _, revision in sums)}-{max((i for i, _ in sums), default=0)}"

        return await self._database.run(work)


def _of(account_id: int | None) -> QuerySet[models.Report]:
    return models.Report.all() if account_id is None else models.Report.filter(account_id=account_id)


async def loaded(rows: Sequence[models.Report]) -> tuple[Report, ...]:
    """The rows (with their accounts) as records, by two more queries however many there are."""
    if not rows:
        return ()
    ids = [row.id for row in rows]
    conditions: dict[str, list[ConditionRecord]] = {report_id: [] for report_id in ids}
    for condition in await models.ConditionRow.filter(report_id__in=ids).order_by("id"):
        conditions[_report_id(condition)].append(_condition(condition))
    files: dict[str, list[StoredFile]] = {report_id: [] for report_id in ids}
    for file in await models.FileRow.filter(report_id__in=ids).order_by("id"):
        files[_report_id(file)].append(stored_file(file))
    return tuple(
        Report(
            id=row.id,
            user_id=row.account.user_id,
            created_at=row.created_at,
            request_type=row.request_type,
            name=row.name,
            distance_status=row.distance_status,
            quality=row.quality,
            conditions=tuple(conditions[row.id]),
            files=tuple(files[row.id]),
            extra=row.extra,
        )
        for row in rows
    )


def stored_file(row: models.FileRow) -> StoredFile:
    """A file's row as its record."""
    return StoredFile(
        kind=FileKind(row.kind),
        label=row.label,
        key=file_key(_report_id(row), row.name),
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
    )


def _report_id(row: Any) -> str:
    report_id: str = row.report_id
    return report_id


def _condition(row: models.ConditionRow) -> ConditionRecord:
    severity = None
    if row.severity_grade is not None:
        severity = SeverityRecord(row.severity_grade, row.severity_label or "", row.severity_scale or "")
    score = None
    if row.score is not None:
        low, high = row.score_low, row.score_high
        score = ScoreRecord(
            row.score, row.score if low is None else low, row.score if high is None else high, row.score_formula or ""
        )
    measures: Any = row.measures
    findings: Any = row.findings
    return ConditionRecord(
        condition=row.condition,
        count=row.count,
        status=row.status,
        reason=row.reason,
        severity=severity,
        score=score,
        detector=row.detector,
        measures=tuple(measures),
        findings=tuple(findings),
    )
