"""Deleting for good: a report, answers, a person's history, a person, and what has been kept for long enough.

One transaction deletes the rows and notes what is still to be removed from the disk: the files, the lines of
user_progress.json, and what lies in MEDIA_ROOT/backups. `finish` removes that and takes the notes off; after a crash
recovery calls it again.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from storage import models
from storage.accounts import locked_account, touch_history
from storage.archive import BackupFolder
from storage.clock import utc_now
from storage.database import Database
from storage.files import FileStore
from storage.personal.lines import erase_personal
from storage.personal.records import KINDS
from storage.progress_lines import user_key_of
from storage.progress_log import ProgressLog

__all__ = ["Eraser"]

logger = logging.getLogger(__name__)

BATCH: Final = 200  # reports that one transaction of the retention deletes
CHUNK: Final = 1000  # ids in one statement; SQLite takes 32,766 at most
LONG_S: Final = 120.0  # seconds that the deletion of a long history may take


class Eraser:
    """Every method may raise StorageUnavailable: what was asked for then happens whole, later, or not at all."""

    def __init__(self, database: Database, files: FileStore, log: ProgressLog, backups: BackupFolder) -> None:
        self._database = database
        self._files = files
        self._log = log
        self._backups = backups

    async def delete_report(self, report_id: str, account_id: int) -> bool:
        """Delete one report of the account; whether it was there. Backups lose it too."""

        async def work() -> bool:
            async with in_transaction():
                if not await models.Report.filter(id=report_id, account_id=account_id).exists():
                    return False
                await _drop_reports([report_id], account_id)
                return True

        if not await self._database.run(work):
            return False
        await self._database.see_through(self.finish())
        return True

    async def erase_history(self, account_id: int) -> int:
        """Delete every report and picture of the account, its answers, shelf and trials, and keep the account; how many
        reports. Raises AccountGone."""

        async def work() -> int:
            async with in_transaction():
                account = await locked_account(account_id)
                ids = await _ids(models.Report.filter(account_id=account_id))
                await _drop_reports(ids, account_id)
                await _forget(account, KINDS)
                return len(ids)

        count = await self._database.run(work, timeout_s=LONG_S)
        await self._database.see_through(self.finish())
        return count

    async def erase_answers(self, account_id: int) -> bool:
        """Delete the account's answers, in the backups too; whether there were any. Raises AccountGone."""

        async def work() -> bool:
            async with in_transaction():
                return await _forget(await locked_account(account_id), ("answers",))

        gone = await self._database.run(work)
        if gone:
            await self._database.see_through(self.finish())
        return gone

    async def delete_account(self, account_id: int) -> None:
        """Delete the person: the account with all it has, in the database, on the disk and in the backups there. The
        user id is free again. Raises AccountGone."""

        async def work() -> None:
            async with in_transaction():
                account = await locked_account(account_id)
                await _note_removals(await _ids(models.Report.filter(account_id=account_id)))
                await models.Erasure.filter(user_key=account.user_key).delete()
                await models.Erasure.create(user_key=account.user_key, erased_at=utc_now())
                await models.Account.filter(id=account_id).delete()

        await self._database.run(work, timeout_s=LONG_S)
        await self._database.see_through(self.finish())

    async def expire(self, now: datetime) -> tuple[int, int]:
        """Delete what is older than its owner wants it kept: (reports that lost their pictures, reports deleted)."""
        keepers = await self._database.run(_keepers)
        pictures = reports = 0
        for account_id, pictures_days, reports_days in keepers:
            if reports_days is not None:
                limit = now - timedelta(days=reports_days)
                while count := await self._database.run(lambda a=account_id, t=limit: _expire_reports(a, t)):  # type: ignore[misc]
                    reports += count
            if pictures_days is not None:
                limit = now - timedelta(days=pictures_days)
                while count := await self._database.run(lambda a=account_id, t=limit: _expire_pictures(a, t)):  # type: ignore[misc]
                    pictures += count
        if pictures or reports:
            await self.finish()
        return pictures, reports

    async def finish(self) -> None:
        """Remove from the disk what is no longer in the database."""
        while await self._finish_some():
            pass

    async def _finish_some(self) -> bool:
        removals, erasures, forgotten = await self._database.run(_unfinished)
        if not removals and not erasures and not forgotten:
            return False
        whole = {report_id for report_id, pictures_only in removals if not pictures_only}
        living = await self._database.run(lambda: _living(erasures))

        def of_erased(report_id: object, key: str | None) -> bool:
            return report_id in whole or (key in erasures and report_id not in living)

        if whole or erasures:
            await self._log.remove(
                lambda line, value: (
                    of_erased(value.get("report_id"), user_key_of(value)) if value is not None else False
                )
            )
        await self._files.remove_reports(report_id for report_id, _ in removals)
        if whole or erasures or forgotten:
            parts: dict[str, set[str]] = {}
            for _, key, what in forgotten:
                parts.setdefault(key, set()).add(what)
            await self._backups.remove(of_erased, erasures, parts)

        async def work() -> None:
            async with in_transaction():
                done = models.Removal.filter(report_id__in=[report_id for report_id, _ in removals])
                await done.update(finished=True)
                await models.Erasure.filter(user_key__in=list(erasures)).update(finished=True)
                await models.Forgetting.filter(id__in=[note_id for note_id, _, _ in forgotten]).delete()

        await self._database.run(work)
        logger.info("removed %d reports and %d accounts from the disk", len(removals), len(erasures))
        return True


async def _unfinished() -> tuple[list[tuple[str, bool]], frozenset[str], list[tuple[int, str, str]]]:
    removals: list[Any] = (
        await models.Removal.filter(finished=False).limit(CHUNK).values_list("report_id", "pictures_only")
    )
    erasures: list[Any] = await models.Erasure.filter(finished=False).values_list("user_key", flat=True)
    forgotten: list[Any] = await models.Forgetting.all().limit(CHUNK).values_list("id", "user_key", "what")
    return [(report_id, bool(only)) for report_id, only in removals], frozenset(erasures), forgotten


async def _living(user_keys: Iterable[str]) -> frozenset[str]:
    """The reports of people who came back under a user id that was erased."""
    keys = list(user_keys)
    return frozenset(await _ids(models.Report.filter(account__user_key__in=keys))) if keys else frozenset()


async def _ids(reports: Any) -> list[str]:
    ids: list[str] = await reports.values_list("id", flat=True)
    return ids


async def _note_removals(report_ids: list[str], *, pictures_only: bool = False) -> None:
    for part in _chunks(report_ids):
        await models.Removal.filter(report_id__in=part).delete()
    now = utc_now()
    await models.Removal.bulk_create(
        (models.Removal(report_id=one, pictures_only=pictures_only, requested_at=now) for one in report_ids),
        batch_size=BATCH,
    )


async def _drop_reports(report_ids: list[str], account_id: int) -> None:
    await _note_removals(report_ids)
    for part in _chunks(report_ids):
        await models.IdempotencyKey.filter(report_id__in=part).delete()
        await models.Report.filter(id__in=part).delete()
    if report_ids:
        await touch_history(account_id)


async def _forget(account: models.Account, kinds: tuple[str, ...]) -> bool:
    """Delete what the account told of itself, and note that the backups follow; whether there was anything."""
    gone = await erase_personal(account.id, kinds)
    if gone:
        now = utc_now()
        await models.Forgetting.bulk_create(
            models.Forgetting(user_key=account.user_key, what=kind, requested_at=now) for kind in kinds
        )
        await touch_history(account.id)
    return gone


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


async def _keepers() -> list[tuple[int, int | None, int | None]]:
    asked = Q(keep_pictures_days__not_isnull=True) | Q(keep_reports_days__not_isnull=True)
    rows: list[Any] = await models.Account.filter(asked).values_list("id", "keep_pictures_days", "keep_reports_days")
    return rows


async def _expire_reports(account_id: int, limit: datetime) -> int:
    async with in_transaction():
        old = models.Report.filter(account_id=account_id, created_at__lt=limit).order_by("created_at").limit(BATCH)
        ids = await _ids(old)
        await _drop_reports(ids, account_id)
        return len(ids)


async def _expire_pictures(account_id: int, limit: datetime) -> int:
    async with in_transaction():
        with_files = models.Report.filter(account_id=account_id, created_at__lt=limit, files__id__not_isnull=True)
        ids = await _ids(with_files.distinct().limit(BATCH))
        if ids:
            await models.FileRow.filter(report_id__in=ids).delete()
            await _note_removals(ids, pictures_only=True)
            await touch_history(account_id)
        return len(ids)
