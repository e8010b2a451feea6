"""Captures of live sessions, analysed and stored just as uploads are."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from aiohttp import web

from api.answer_links import AnswerLinks
from api.capture_report import Source, capture_report
from api.errors import SENTENCES, ApiError, ErrorRules, as_api_error
from api.still_service import Outcome, Picture, StillService
from storage.errors import AccountGone, LoginEnded
from storage.records import Account

__all__ = ["CAPTURES", "CAPTURE_NAME", "BeginCapture", "Captures", "LiveCapture", "capture_key"]

logger = logging.getLogger(__name__)

CAPTURE_NAME: Final = "live capture"  # what the picture is called where the client calls it nothing

FindAccount = Callable[[str], Awaitable[Account | None]]
"""A user's id -> the account."""

FindLogin = Callable[[str], Awaitable[Account | None]]
"""A login's id -> whose it is, None where it has ended."""


class LiveCapture(Protocol):
    """A live session that waits for the outcome of a still which came by REST. The first call counts."""

    def done(self, fields: Mapping[str, Any]) -> None:
        """fields: of the `report` message."""

    def failed(self, code: str, sentence: str) -> None:
        """There is no report."""


BeginCapture = Callable[[str, str, str | None], LiveCapture]
"""(session_id, capture_id, user_id) -> the live session's capture, begun. Raises what the application answers: 404
where the session is not there or not the caller's, 409 where another capture of it is under way."""


def capture_key(session_id: str, capture_id: str) -> str:
    """The Idempotency-Key of a capture: however often its picture is sent, and on whatever way, one report is made."""
    return f"capture/{session_id}/{capture_id}"


class Captures:
    """What a live session's captures go through."""

    def __init__(
        self,
        service: StillService,
        links: AnswerLinks,
        find_account: FindAccount,
        find_login: FindLogin,
        rules: ErrorRules,
    ) -> None:
        self._service = service
        self._links = links
        self._find_account = find_account
        self._find_login = find_login
        self._rules = rules

    async def analyse(
        self,
        picture: Picture,
        *,
        user_id: str | None,
        login_id: str | None,
        session_id: str,
        capture_id: str,
        base_url: str,
        source: Source,
    ) -> dict[str, Any]:
        """The fields of the `report` message, once the report is stored (or passes, for guests and without consent).
        login_id: of the login in whose name a user's session is there; a session may outlive it, and then nothing is
        analysed nor stored. Raises ApiError, and nothing else."""
        try:
            account = await self._account(user_id, login_id)
            outcome = await self._service.answer(
                picture,
                account=account,
                name=CAPTURE_NAME,
                request_type="capture",
                save=True,
                key=capture_key(session_id, capture_id),
                on_stage=lambda stage, details: None,
                login_id=login_id,
            )
        except Exception as error:
            known = as_api_error(error, self._rules)
            if known is None:
                logger.exception("unhandled %s in a capture", type(error).__name__)
                known = ApiError(500, *SENTENCES[500])
            raise known from error
        return self.fields(outcome, account, base_url, source)

    def fields(self, outcome: Outcome, account: Account | None, base_url: str, source: Source) -> dict[str, Any]:
        """An analysed capture as the `report` message's fields."""
        if outcome.kept and account is not None:
            links = self._links.kept(base_url, account.id)
        else:
            links = self._links.passing(base_url, outcome.report)
        return capture_report(outcome, links, base_url, source)

    async def _account(self, user_id: str | None, login_id: str | None) -> Account | None:
        if user_id is None:
            return None
        account = await self._find_login(login_id) if login_id is not None else None
        if account is not None and account.user_id == user_id:
            return account
        if await self._find_account(user_id) is None:
            raise AccountGone(user_id)
        raise LoginEnded(user_id)


CAPTURES = web.AppKey("CAPTURES", Captures)
