"""Consent to keeping face pictures and results: its text, giving it, withdrawing it."""

from typing import Final

from aiohttp import web

from api.account_models import ConsentAnswer, ConsentBody, ErasedAnswer
from api.auth import find_account, require_account
from api.errors import ApiError
from api.requests import read_json
from api.routing import Answer, Operation, answer
from storage import Storage
from storage.records import Account

__all__ = ["TEXT", "VERSION", "Consents", "consent_operations", "require_consent"]

VERSION: Final = "2026-11.2"  # changes with every change of the text
TEXT: Final = """\
I agree that DermaAssist keeps the face pictures I send and the results of looking at them, so that I can see my history
and how it changes. I agree that it keeps what I tell it: answers about my skin, pregnancy and allergies, the products
I use and the products I try. Pictures of my face, what they say of my skin, and what I tell are data about my health.
They are kept by the people who run this service, are shown to nobody but me and its administrators, and serve no other
purpose. Where those people have chosen a hosted model to look for a condition, a picture is sent to that model's
provider to be looked at.

I can see and take away everything that is kept (export), choose how long it is kept, delete my account, and withdraw
this consent at any time. When I withdraw it, every kept picture and report, my answers, shelf and trials are deleted at
once. Without this consent my pictures are still looked at and answered, and nothing is kept longer than the links in
the answer.

What DermaAssist says is information about appearance. It is not a diagnosis."""


def require_consent(account: Account) -> None:
    """Raises ApiError 403 consent_required unless the account has agreed to the present text: what earlier ones did not
    speak of is not kept under them."""
    if account.consent_version != VERSION:
        raise ApiError(
            403,
            "consent_required",
            "Keeping this needs your consent first. Please read and agree to its present text.",
            {"version": VERSION},
        )


class Consents:
    """The handlers."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def show(self, request: web.Request) -> web.Response:
        account = None
        if "Authorization" in request.headers:
            account = await find_account(request)
        return answer(
            ConsentAnswer(
                message="This is what you agree to.",
                version=VERSION,
                text=TEXT,
                given_version=account.consent_version if account else None,
            )
        )

    async def give(self, request: web.Request) -> web.Response:
        account = await require_account(request)
        body = await read_json(request, ConsentBody) if request.can_read_body else ConsentBody()
        if body.version not in (None, VERSION):
            raise ApiError(
                409,
                "consent_text_changed",
                "The text has changed. Please read it again before you agree.",
                {"version": VERSION},
            )
        account = await self._storage.accounts.give_consent(account.id, VERSION)
        return answer(
            ConsentAnswer(
                message="Thank you. Your pictures and results are kept from now on.",
                version=VERSION,
                text=TEXT,
                given_version=account.consent_version,
            )
        )

    async def withdraw(self, request: web.Request) -> web.Response:
        account = await require_account(request)
        await self._storage.accounts.withdraw_consent(account.id)
        count = await self._storage.eraser.erase_history(account.id)
        return answer(
            ErasedAnswer(
                message="Your consent is withdrawn. All that was kept of your pictures and answers is deleted.",
                reports_deleted=count,
            )
        )


CONSENTS = web.AppKey("CONSENTS", Consents)


def consent_operations() -> tuple[Operation, ...]:
    """GET, PUT and DELETE /consent/."""

    async def show(request: web.Request) -> web.Response:
        return await request.app[CONSENTS].show(request)

    async def give(request: web.Request) -> web.Response:
        return await request.app[CONSENTS].give(request)

    async def withdraw(request: web.Request) -> web.Response:
        return await request.app[CONSENTS].withdraw(request)

    return (
        Operation(
            "GET",
            "/consent/",
            show,
            "The text that is agreed to, and whether the caller did",
            "account",
            (Answer(200, "The text", ConsentAnswer),),
            auth="optional",
        ),
        Operation(
            "PUT",
            "/consent/",
            give,
            "Agree to keeping pictures and results",
            "account",
            (Answer(200, "Agreed", ConsentAnswer),),
            errors=(409,),
            description="The body may be left out. With `version` it is refused (409) where the text has changed.",
            body=ConsentBody,
            auth="required",
        ),
        Operation(
            "DELETE",
            "/consent/",
            withdraw,
            "Withdraw the consent",
            "account",
            (Answer(200, "Withdrawn, and everything kept deleted", ErasedAnswer),),
            description="Every kept picture and report of the caller, their answers, shelf and trials are deleted, in "
            "backups too. The account stays.",
            auth="required",
        ),
    )
