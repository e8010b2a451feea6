"""How often something was tried lately, counted in the database so that several processes share the count."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import models
from storage.clock import utc_now
from storage.database import Database
from storage.identifiers import digest

__all__ = ["AttemptLimit", "AttemptRepository"]


@dataclass(frozen=True, slots=True)
class AttemptLimit:
    """At most `count` attempts in any `window_s` seconds. scope: what is tried ("login-account", ...), <= 32 chars."""

    scope: str
    count: int
    window_s: float


class AttemptRepository:
    """Every method may raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, limit: AttemptLimit, subject: str) -> float:
        """Count one attempt by or on `subject` (a user id, an address). Answers 0 where it is within the limit, else
        the seconds until the next one may be made. It is written down before it is judged, so that many at once
        cannot all slip through; one that is refused is not counted against the subject."""
        subject_digest = digest(limit.scope, subject)

        async def work() -> float:
            now = utc_now()
            row = await models.Attempt.create(scope=limit.scope, subject_digest=subject_digest, at=now)
            recent = (
                await models.Attempt.filter(
                    scope=limit.scope,
                    subject_digest=subject_digest,
                    at__gt=now - timedelta(seconds=limit.window_s),
                    id__not=row.id,
                )
                .order_by("-at")
                .limit(limit.count)
                .values_list("at", flat=True)
            )
            if len(recent) < limit.count:
                return 0.0
            await row.delete()
            oldest: datetime = recent[-1]  # type: ignore[assignment]  # a flat list of one column
            return max(1.0, (oldest - now).total_seconds() + limit.window_s)

        return await self._database.run(work)

    async def clear(self, limit: AttemptLimit, subject: str) -> None:
        """Forget the subject's attempts: it has proved who it is."""

        async def work() -> None:
            await models.Attempt.filter(scope=limit.scope, subject_digest=digest(limit.scope, subject)).delete()

        await self._database.run(work)

    async def forgive(self, limit: AttemptLimit, subject: str) -> None:
        """Take the subject's latest attempt back: it was a good one."""

        async def work() -> None:
            mine = models.Attempt.filter(scope=limit.scope, subject_digest=digest(limit.scope, subject))
            latest = await mine.order_by("-id").first()
            if latest is not None:
                await latest.delete()

        await self._database.run(work)

    async def sweep(self, before: datetime) -> int:
        """Forget attempts made before then; how many."""

        async def work() -> int:
            return await models.Attempt.filter(at__lt=before).delete()

        return await self._database.run(work)
