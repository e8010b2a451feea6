"""From a received picture to a stored report: examined in the bounded queue, saved where its person agreed to that,
otherwise kept no longer than its links."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from aiohttp import web

from api.analysis_queue import AnalysisQueue
from api.errors import ApiError
from api.event_stream import OnStage
from api.still_report import Content, ExaminedStill, new_files, report_draft
from storage import Storage
from storage.errors import NotConsented, StorageUnavailable
from storage.idempotency import Busy, Done
from storage.records import Account, Claim, Report

__all__ = ["STILL_SERVICE", "Examine", "Outcome", "Picture", "StillService"]

logger = logging.getLogger(__name__)


Examine = Callable[[Content, Callable[[str], None]], ExaminedStill]
"""The still path: (what is examined, on_stage) -> its examination; called in a worker thread. Raises PictureError."""


class Picture(Protocol):
    """A received picture, or several of one moment. read blocks; sha256 of its bytes, in hexadecimal."""

    @property
    def sha256(self) -> str: ...

    @property
    def size(self) -> int: ...

    def read(self) -> Content: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """report as it is stored; kept False: it is not, and its files pass. replayed: a request repeated by its key."""

    report: Report
    kept: bool
    replayed: bool = False


class StillService:
    """examine: the still path; expires_at: until when (Unix seconds) files that are not kept must stay."""

    def __init__(
        self, storage: Storage, queue: AnalysisQueue, examine: Examine, expires_at: Callable[[], float]
    ) -> None:
        self._storage = storage
        self._examine = examine
        self._expires_at = expires_at
        self.queue: Final = queue

    async def answer(
        self,
        picture: Picture,
        *,
        account: Account | None,
        name: str,
        request_type: str,
        save: bool,
        key: str | None,
        on_stage: OnStage,
        login_id: str | None = None,
    ) -> Outcome:
        """Examine the picture and keep it where `save` is asked for and the account agreed to it. key: the client's
        Idempotency-Key, which counts where something is kept; login_id: the login that must be good when it is stored,
        where the request itself has not just shown that.

        Raises PictureError; ApiError 409 in_progress, 503 busy; KeyReused, LoginEnded,
        StorageUnavailable, StorageFull, ...
        """
        on_stage("received", {"bytes": picture.size})
        if account is None or not save or not account.may_keep:
            return await self._pass(await self._examined(picture, on_stage), name, request_type)
        if key is None:
            still = await self._examined(picture, on_stage)
            return await self._keep(account, still, name, request_type, None, on_stage, login_id)
        digest = hashlib.sha256(f"{request_type}\n{picture.sha256}\n{name}".encode()).hexdigest()
        claim = await self._storage.idempotency.claim(account.id, key, digest)
        if isinstance(claim, Done):
            return await self._repeated(account, claim)
        if isinstance(claim, Busy):
            raise ApiError(
                409,
                "in_progress",
                "A request with this Idempotency-Key is being worked on right now.",
                headers={"Retry-After": "2"},
            )
        try:
            still = await self._examined(picture, on_stage)
            outcome = await self._keep(account, still, name, request_type, claim, on_stage, login_id)
        except BaseException:
            await asyncio.shield(self._drop(claim))
            raise
        if not outcome.kept:
            await self._drop(claim)
        return outcome

    async def _examined(self, picture: Picture, on_stage: OnStage) -> ExaminedStill:
        return await self.queue.run(lambda: self._examine(picture.read(), lambda stage: on_stage(stage, {})))

    async def _keep(
        self,
        account: Account,
        still: ExaminedStill,
        name: str,
        request_type: str,
        claim: Claim | None,
        on_stage: OnStage,
        login_id: str | None,
    ) -> Outcome:
        draft = report_draft(still, datetime.now(UTC), request_type, name)
        try:
            report = await self._storage.saver.save(account.id, draft, new_files(still), claim, login_id=login_id)
        except NotConsented:  # withdrawn while the picture was being examined
            return await self._pass(still, name, request_type)
        on_stage("stored", {"report_id": report.id})
        return Outcome(report, kept=True)

    async def _pass(self, still: ExaminedStill, name: str, request_type: str) -> Outcome:
        draft = report_draft(still, datetime.now(UTC), request_type, name)
        files = await self._storage.files.write_passing(new_files(still), self._expires_at())
        report = Report(
            id=files[0].key.split("/")[0].split("-")[-1],
            user_id="",
            created_at=draft.created_at,
            request_type=draft.request_type,
            name=draft.name,
            distance_status=draft.distance_status,
            quality=draft.quality,
            conditions=draft.conditions,
            files=files,
            extra=draft.extra,
        )
        return Outcome(report, kept=False)

    async def _repeated(self, account: Account, done: Done) -> Outcome:
        report = await self._storage.reports.get(done.report_id, account.id)
        if report is None:
            raise ApiError(409, "report_deleted", "The report made with this Idempotency-Key has been deleted.")
        return Outcome(report, kept=True, replayed=True)

    async def _drop(self, claim: Claim) -> None:
        try:
            await self._storage.idempotency.drop(claim)
        except StorageUnavailable:  # the claim then ends by itself, two minutes after it began
            logger.warning("an idempotency claim could not be given back")


STILL_SERVICE = web.AppKey("STILL_SERVICE", StillService)
