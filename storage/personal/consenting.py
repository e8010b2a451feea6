"""The one condition under which anything of this folder is kept: its person agreed to the text that speaks of it."""

from storage import models
from storage.accounts import locked_account
from storage.errors import NotConsented

__all__ = ["consenting_account"]


async def consenting_account(account_id: int, text_version: str) -> models.Account:
    """The account's row, held until the transaction ends. Raises AccountGone, NotConsented where it has not agreed to
    the text of that version, or no longer does."""
    account = await locked_account(account_id)
    agreed = models.Consent.filter(account_id=account_id, withdrawn_at=None, text_version=text_version)
    if not await agreed.exists():
        raise NotConsented(account.user_id)
    return account
