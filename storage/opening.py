"""One object that holds the whole package, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.accounts import AccountRepository
from storage.attempts import AttemptRepository
from storage.database import Database, open_database
from storage.files import FileStore
from storage.idempotency import IdempotencyRepository
from storage.progress_log import ProgressLog
from storage.reports import ReportRepository
from storage.saving import ReportSaver
from storage.sessions import SessionRepository

__all__ = ["Storage", "open_storage"]


@dataclass(frozen=True, slots=True)
class Storage:
    """Everything that is kept. Usable from any task of the loop it was opened in."""

    database: Database
    accounts: AccountRepository
    sessions: SessionRepository
    attempts: AttemptRepository
    idempotency: IdempotencyRepository
    reports: ReportRepository
    saver: ReportSaver
    files: FileStore
    log: ProgressLog


@asynccontextmanager
async def open_storage(database_url: str, media_root: Path) -> AsyncIterator[Storage]:
    """Open database and folders, with the tables up to date.

    Raises ValueError for a url that is none, StorageUnavailable where the database cannot be reached.
    """
    files = FileStore(media_root)
    async with open_database(database_url) as database:
        log = ProgressLog(database, media_root)
        yield Storage(
            database=database,
            accounts=AccountRepository(database),
            sessions=SessionRepository(database),
            attempts=AttemptRepository(database),
            idempotency=IdempotencyRepository(database),
            reports=ReportRepository(database),
            saver=ReportSaver(database, files, log),
            files=files,
            log=log,
        )
