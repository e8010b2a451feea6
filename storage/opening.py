"""One object that holds the whole package, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage.accounts import AccountRepository
from storage.archive import BackupFolder
from storage.attempts import AttemptRepository
from storage.database import Database
from storage.erasure import Eraser
from storage.export import Exporter
from storage.files import FileStore
from storage.idempotency import IdempotencyRepository
from storage.progress_log import ProgressLog
from storage.reports import ReportRepository
from storage.saving import ReportSaver
from storage.sessions import SessionRepository

__all__ = ["Storage", "open_storage"]


class Storage:
    """Everything that is kept. Made at once, usable between the two ends of `opened()` from any task of that loop.

    Raises ValueError for a url that is none, OSError where the folders cannot be made.
    """

    def __init__(self, database_url: str, media_root: Path) -> None:
        database = self.database = Database(database_url)
        self.files = FileStore(media_root)
        self.backups = BackupFolder(media_root)
        self.log = ProgressLog(database, media_root)
        self.accounts = AccountRepository(database)
        self.sessions = SessionRepository(database)
        self.attempts = AttemptRepository(database)
        self.idempotency = IdempotencyRepository(database)
        self.reports = ReportRepository(database)
        self.saver = ReportSaver(database, self.files, self.log)
        self.eraser = Eraser(database, self.files, self.log, self.backups)
        self.exporter = Exporter(database, self.accounts, self.reports, self.files)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open the database with its tables up to date; close it when done. Raises StorageUnavailable where it cannot
        be reached."""
        async with self.database.opened():
            yield


@asynccontextmanager
async def open_storage(database_url: str, media_root: Path) -> AsyncIterator[Storage]:
    """A storage that is open. Raises ValueError, OSError, StorageUnavailable."""
    storage = Storage(database_url, media_root)
    async with storage.opened():
        yield storage
