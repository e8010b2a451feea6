"""People: their accounts, what they agreed to, how long they want things kept."""

from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from storage import models
from storage.clock import utc_now
from storage.database import Database
from storage.errors import AccountGone, UserIdTaken
from storage.identifiers import user_key
from storage.records import Account, Consent, Retention

__all__ = ["AccountRepository", "locked_account", "touch_history", "with_consent"]


class AccountRepository:
    """Every method may raise StorageUnavailable. user_id arguments are normalised already (`normal_user_id`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, user_id: str, name: str, password_hash: str | None, consent_version: str | None = None
    ) -> Account:
        """A new account, with consent where a version is given. Raises UserIdTaken; of two at once, one gets it."""

        async def work() -> Account:
            try:
                async with in_transaction():
                    now = utc_now()
                    row = await models.Account.create(
                        user_id=user_id,
                        user_key=user_key(user_id),
                        name=name,
                        password_hash=password_hash,
                        created_at=now,
                    )
                    if consent_version is not None:
                        await models.Consent.create(account=row, text_version=consent_version, given_at=now)
            except IntegrityError:
                raise UserIdTaken(user_id) from None
            return _account(row, consent_version)

        return await self._database.run(work)

    async def find(self, user_id: str) -> Account | None:
        """The account of that user id."""

        async def work() -> Account | None:
            row = await models.Account.get_or_none(user_key=user_key(user_id))
            return None if row is None else await with_consent(row)

        return await self._database.run(work)

    async def get(self, account_id: int) -> Account:
        """The account of that internal id. Raises AccountGone."""

        async def work() -> Account:
            return await with_consent(await _existing(account_id))

        return await self._database.run(work)

    async def set_password(self, account_id: int, password_hash: str) -> None:
        """Replace the password's hash. Raises AccountGone."""
        await self._update(account_id, password_hash=password_hash)

    async def replace_hash(self, account_id: int, old: str, new: str) -> None:
        """Replace the hash by one of newer parameters, unless the password was changed in the meantime."""

        async def work() -> None:
            await models.Account.filter(id=account_id, password_hash=old).update(password_hash=new)

        await self._database.run(work)

    async def set_name(self, account_id: int, name: str) -> None:
        """Change how the person is called. Raises AccountGone."""
        await self._update(account_id, name=name)

    async def set_admin(self, account_id: int, is_admin: bool) -> None:
        """Make the account an administrator's, or no longer. Raises AccountGone."""
        await self._update(account_id, is_admin=is_admin)

    async def set_retention(self, account_id: int, retention: Retention) -> None:
        """Change after how many days things are deleted by themselves. Raises AccountGone."""
        await self._update(
            account_id, keep_pictures_days=retention.pictures_days, keep_reports_days=retention.reports_days
        )

    async def give_consent(self, account_id: int, text_version: str) -> Account:
        """Record consent to that version of the text; the same version twice is recorded once. Raises AccountGone."""

        async def work() -> Account:
            async with in_transaction():
                row = await locked_account(account_id)
                current = await models.Consent.filter(account_id=account_id, withdrawn_at=None).first()
                if current is None or current.text_version != text_version:
                    now = utc_now()
                    await models.Consent.filter(account_id=account_id, withdrawn_at=None).update(withdrawn_at=now)
                    await models.Consent.create(account_id=account_id, text_version=text_version, given_at=now)
            return _account(row, text_version)

        return await self._database.run(work)

    async def withdraw_consent(self, account_id: int) -> bool:
        """End the consent; whether there was one. Erasing what was kept is `Eraser.erase_history`. Raises
        AccountGone."""

        async def work() -> bool:
            async with in_transaction():
                await locked_account(account_id)
                changed = await models.Consent.filter(account_id=account_id, withdrawn_at=None).update(
                    withdrawn_at=utc_now()
                )
            return changed > 0

        return await self._database.run(work)

    async def consents(self, account_id: int) -> tuple[Consent, ...]:
        """Every consent ever given, oldest first."""

        async def work() -> tuple[Consent, ...]:
            rows = await models.Consent.filter(account_id=account_id).order_by("id")
            return tuple(Consent(row.text_version, row.given_at, row.withdrawn_at) for row in rows)

        return await self._database.run(work)

    async def _update(self, account_id: int, **values: object) -> None:
        async def work() -> None:
            async with in_transaction():
                await locked_account(account_id)
                await models.Account.filter(id=account_id).update(**values)

        await self._database.run(work)


async def locked_account(account_id: int) -> models.Account:
    """The account's row, held against its deletion until the transaction ends. Raises AccountGone."""
    row = await models.Account.filter(id=account_id).select_for_update().first()
    if row is None:
        raise AccountGone(str(account_id))
    return row


async def touch_history(account_id: int) -> None:
    """Note that the account's reports have changed: ETags made of the revision are no longer good."""
    await models.Account.filter(id=account_id).update(history_revision=F("history_revision") + 1)


async def _existing(account_id: int) -> models.Account:
    row = await models.Account.get_or_none(id=account_id)
    if row is None:
        raise AccountGone(str(account_id))
    return row


async def with_consent(row: models.Account) -> Account:
    """The row as its record, with the consent that holds now."""
    consent = await models.Consent.filter(account_id=row.id, withdrawn_at=None).order_by("-id").first()
    return _account(row, consent.text_version if consent else None)


def _account(row: models.Account, consent_version: str | None) -> Account:
    created_at: datetime = row.created_at
    return Account(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        password_hash=row.password_hash,
        is_admin=row.is_admin,
        retention=Retention(row.keep_pictures_days, row.keep_reports_days),
        history_revision=row.history_revision,
        created_at=created_at,
        consent_version=consent_version,
    )
