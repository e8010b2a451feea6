"""Saving a report: its files and its rows appear together or not at all.

1. the files are written and synced in `incoming`, where nobody looks;
2. one transaction writes the rows: from here on the report exists;
3. the files' folder is renamed into place;
4. the report's line is appended to user_progress.json.

A process killed after 1 leaves files without a row, which recovery removes. Killed after 2 or 3, recovery does the
rest.
"""

import logging
from collections.abc import Sequence

from tortoise.transactions import in_transaction

from storage import models
from storage.accounts import locked_account, touch_history
from storage.clock import utc_now
from storage.database import Database
from storage.errors import ClaimLost, LoginEnded, NotConsented, StorageError, StorageUnavailable
from storage.files import FileStore
from storage.identifiers import new_id
from storage.progress_log import ProgressLog
from storage.records import Claim, NewFile, Report, ReportDraft, StoredFile
from storage.sessions import held_login

__all__ = ["ReportSaver", "insert_report"]

logger = logging.getLogger(__name__)


class ReportSaver:
    """Puts reports into the database, the folder of pictures and user_progress.json."""

    def __init__(self, database: Database, files: FileStore, log: ProgressLog) -> None:
        self._database = database
        self._files = files
        self._log = log

    async def save(
        self,
        account_id: int,
        draft: ReportDraft,
        files: Sequence[NewFile],
        claim: Claim | None = None,
        *,
        login_id: str | None = None,
    ) -> Report:
        """Store the report with its files, and mark the claim (if any) done with it. login_id: the login that must be
        good when the report is stored, where that was not seen just before. Goes on to its end when the caller is
        cancelled.

        Raises AccountGone, LoginEnded, NotConsented, ClaimLost, StorageFull: nothing is kept then. After
        StorageUnavailable the report is either whole or not there; a request repeated with the same idempotency key
        finds out which.
        """
        return await self._database.see_through(self._save(account_id, draft, files, claim, login_id))

    async def _save(
        self, account_id: int, draft: ReportDraft, files: Sequence[NewFile], claim: Claim | None, login_id: str | None
    ) -> Report:
        report_id = new_id()
        stored = await self._files.stage(report_id, files)

        async def work() -> str:
            async with in_transaction():
                account = await locked_account(account_id)
                if login_id is not None and not await held_login(login_id, account_id):
                    raise LoginEnded(account.user_id)
                if not await models.Consent.exists(account_id=account_id, withdrawn_at=None):
                    raise NotConsented(account.user_id)
                await insert_report(account_id, report_id, draft, stored)
                if claim is not None:
                    mine = models.IdempotencyKey.filter(owner_digest=claim.owner_digest, claim=claim.token)
                    if not await mine.update(done=True, report_id=report_id):
                        raise ClaimLost(claim.owner_digest)
            return account.user_id

        try:
            user_id = await self._database.run(work)
        except StorageUnavailable:
            raise  # whether the rows are there is not known: recovery keeps the files or removes them accordingly
        except Exception:
            await self._files.discard(report_id)
            raise
        await self._finish(report_id)
        return Report(
            id=report_id,
            user_id=user_id,
            created_at=draft.created_at,
            request_type=draft.request_type,
            name=draft.name,
            distance_status=draft.distance_status,
            quality=draft.quality,
            conditions=draft.conditions,
            files=stored,
            extra=draft.extra,
        )

    async def _finish(self, report_id: str) -> None:
        """Steps 3 and 4. The report exists whatever happens here, and recovery repeats what fails."""
        try:
            await self._files.publish(report_id)
            await self._log.flush()
        except StorageError as error:
            logger.warning("report %s is stored; its last steps are left to recovery: %s", report_id, error)


async def insert_report(
    account_id: int, report_id: str, draft: ReportDraft, files: Sequence[StoredFile], *, logged: bool = False
) -> None:
    """Write a report's rows, inside the transaction of the caller."""
    await models.Report.create(
        id=report_id,
        account_id=account_id,
        created_at=draft.created_at,
        stored_at=utc_now(),
        request_type=draft.request_type,
        name=draft.name,
        distance_status=draft.distance_status,
        quality=dict(draft.quality),
        extra=dict(draft.extra),
        logged=logged,
    )
    await models.ConditionRow.bulk_create(
        models.ConditionRow(
            report_id=report_id,
            account_id=account_id,
            created_at=draft.created_at,
            condition=record.condition,
            count=record.count,
            status=record.status,
            reason=record.reason,
            severity_grade=record.severity.grade if record.severity else None,
            severity_label=record.severity.label if record.severity else None,
            severity_scale=record.severity.scale if record.severity else None,
            score=record.score.value if record.score else None,
            score_low=record.score.low if record.score else None,
            score_high=record.score.high if record.score else None,
            score_formula=record.score.formula if record.score else None,
            detector=dict(record.detector),
            measures=list(record.measures),
            findings=list(record.findings),
        )
        for record in draft.conditions
    )
    await models.FileRow.bulk_create(
        models.FileRow(
            report_id=report_id,
            kind=str(file.kind),
            label=file.label,
            name=file.key.split("/")[1],
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
        )
        for file in files
    )
    await touch_history(account_id)
