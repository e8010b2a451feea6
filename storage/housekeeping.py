"""What must be done now and then, and what a crash left to do."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from storage import models
from storage.attempts import AttemptRepository
from storage.clock import utc_now
from storage.database import Database
from storage.erasure import Eraser
from storage.errors import StorageError
from storage.files import FileStore
from storage.idempotency import IdempotencyRepository
from storage.progress_log import ProgressLog
from storage.sessions import SessionRepository

__all__ = ["Housekeeper", "Recovered"]

logger = logging.getLogger(__name__)

GRACE_S: Final = 900.0  # a report's files that have waited so long for their row belong to a process that died
ATTEMPTS_KEPT: Final = timedelta(days=1)  # the longest window of a limit
LOGINS_KEPT: Final = timedelta(days=7)  # after their end


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a recovery did: reports whose files were put in place, reports whose files had no row and are gone, lines
    that were missing in user_progress.json."""

    published: int
    discarded: int
    logged: int


class Housekeeper:
    """Puts right what crashes left, and lets go of what has had its time. Several processes may each have one."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        log: ProgressLog,
        eraser: Eraser,
        sessions: SessionRepository,
        attempts: AttemptRepository,
        idempotency: IdempotencyRepository,
    ) -> None:
        self._database = database
        self._files = files
        self._log = log
        self._eraser = eraser
        self._sessions = sessions
        self._attempts = attempts
        self._idempotency = idempotency

    async def recover(self, grace_s: float = GRACE_S) -> Recovered:
        """Finish what was committed and remove what was not, once it is older than `grace_s` seconds: younger files may
        belong to a process that is at work. Raises StorageUnavailable, StorageFull."""
        published = discarded = 0
        old = frozenset(await self._files.staged(older_than_s=grace_s))
        for report_id in await self._files.staged(older_than_s=0.0):
            if await self._database.run(lambda one=report_id: models.Report.exists(id=one)):  # type: ignore[misc]
                await self._files.publish(report_id)
                published += 1
            elif report_id in old:
                await self._files.discard(report_id)
                discarded += 1
        logged = await self._log.flush()
        await self._eraser.finish()
        found = Recovered(published, discarded, logged)
        if found != Recovered(0, 0, 0):
            logger.warning("recovered after a crash: %s", found)
        return found

    async def tidy(self) -> None:
        """Delete what has had its time: pictures and reports by their owners' wishes, pictures that are not kept, old
        logins, attempts and keys. Raises StorageUnavailable, StorageFull."""
        now = utc_now()
        await self._files.sweep_passing(time.time())
        await self._eraser.expire(now)
        await self._sessions.sweep(now - LOGINS_KEPT)
        await self._attempts.sweep(now - ATTEMPTS_KEPT)
        await self._idempotency.sweep()

    async def run(self, every_s: float) -> None:
        """Recover and tidy until cancelled. A failure is logged and tried again the next time."""
        while True:
            try:
                await self.recover()
                await self.tidy()
            except StorageError as error:
                logger.warning("housekeeping is put off: %s", error)
            await asyncio.sleep(every_s)
