"""One object that holds the whole package, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from storage.accounts import AccountRepository
from storage.archive import BackupFolder
from storage.attempts import AttemptRepository
from storage.catalogue.importing import CatalogueImporter
from storage.catalogue.index import IndexFolder
from storage.catalogue.repository import ProductRepository
from storage.catalogue.search import ProductSearch
from storage.database import Database
from storage.erasure import Eraser
from storage.export import Exporter
from storage.files import FileStore
from storage.housekeeping import Housekeeper
from storage.idempotency import IdempotencyRepository
from storage.personal.answers import AnswerRepository
from storage.personal.shelf import ShelfRepository
from storage.personal.trials import TrialRepository
from storage.progress_log import ProgressLog
from storage.reports import ReportRepository
from storage.saving import ReportSaver
from storage.sessions import SessionRepository

__all__ = ["Storage", "open_storage"]

HOUSEKEEPING_EVERY_S: Final = 300.0  # so that a picture that is not kept outlives its links by minutes


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
        self.products = ProductRepository(database)
        self.answers = AnswerRepository(database)
        self.shelf = ShelfRepository(database)
        self.trials = TrialRepository(database)
        indexes = IndexFolder(media_root)
        self.catalogue = CatalogueImporter(database, self.products, indexes)
        self.search = ProductSearch(self.products, indexes)
        self.saver = ReportSaver(database, self.files, self.log)
        self.eraser = Eraser(database, self.files, self.log, self.backups)
        self.housekeeper = Housekeeper(
            database, self.files, self.log, self.eraser, self.sessions, self.attempts, self.idempotency
        )
        self.exporter = Exporter(database, self.accounts, self.reports, self.files)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Open the database with its tables up to date, and keep house as long as it is open: what a crash left is
        put right at once, what has had its time is deleted every few minutes. Raises StorageUnavailable where the
        database cannot be reached."""
        async with self.database.opened():
            keeping = asyncio.create_task(self.housekeeper.run(HOUSEKEEPING_EVERY_S), name="housekeeping")
            try:
                yield
            finally:
                keeping.cancel()
                await asyncio.wait([keeping])
                await self.search.close()


@asynccontextmanager
async def open_storage(database_url: str, media_root: Path) -> AsyncIterator[Storage]:
    """A storage that is open. Raises ValueError, OSError, StorageUnavailable."""
    storage = Storage(database_url, media_root)
    async with storage.opened():
        yield storage
