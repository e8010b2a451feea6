"""Bringing history back: from a backup of ours, from user_progress.json, or from a predecessor's file.

What is there already stays as it is, so a second restore changes nothing. What a person has deleted stays deleted,
unless the one who restores asks for it. People whom only a history file names get accounts that nobody can log in to,
until an administrator gives them a password.
"""

import asyncio
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from tortoise.transactions import in_transaction

from storage import models
from storage.archive import ACCOUNTS, FORMAT, MANIFEST, PRODUCTS, REPORTS, VERSION
from storage.catalogue.lines import read_catalogue_lines
from storage.clock import utc_now
from storage.errors import FileMissing, UnreadableBackup
from storage.files import split_key
from storage.history_entries import Entry
from storage.history_file import Problem, read_history
from storage.identifiers import normal_user_id, user_key
from storage.opening import Storage
from storage.personal.lines import insert_personal
from storage.records import StoredFile
from storage.saving import insert_report
from storage.timestamps import read_timestamp

__all__ = ["Restored", "restore"]


@dataclass(slots=True)
class Restored:
    """What a restore did: accounts and reports that are new, reports that were there, reports left out because they
    were deleted, pictures that are with their reports again and pictures that are lost; products: of the catalogue,
    where there was none but the sample; problems: what could not be read."""

    accounts: int = 0
    reports: int = 0
    present: int = 0
    deleted: int = 0
    pictures: int = 0
    pictures_lost: int = 0
    products: int = 0
    problems: list[Problem] = field(default_factory=list)


async def restore(storage: Storage, path: Path, *, include_deleted: bool = False) -> Restored:
    """Bring back what the file holds. The server may run meanwhile.

    Raises UnreadableBackup where the file cannot be read as a whole, StorageUnavailable, StorageFull.
    """
    work = _Restore(storage, include_deleted)
    try:
        if await asyncio.to_thread(zipfile.is_zipfile, path):
            await work.from_zip(path)
        else:
            await work.from_history(await asyncio.to_thread(path.read_bytes), None)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableBackup(f"{path} cannot be read: {error}") from error
    await storage.log.flush()
    return work.result


class _Restore:
    def __init__(self, storage: Storage, include_deleted: bool) -> None:
        self._storage = storage
        self._include_deleted = include_deleted
        self._accounts: dict[str, int] = {}
        self.result: Final = Restored()

    async def from_zip(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(archive.namelist())
            try:
                manifest = orjson.loads(archive.read(MANIFEST))
                known = manifest["format"] == FORMAT and manifest["version"] <= VERSION
            except (KeyError, TypeError, orjson.JSONDecodeError):
                known = False
            if not known:
                raise UnreadableBackup(f"{path} is no backup of this project")
            if ACCOUNTS in names:
                await self._account_lines(await asyncio.to_thread(archive.read, ACCOUNTS), manifest.get("created_at"))
            if REPORTS in names:
                await self.from_history(await asyncio.to_thread(archive.read, REPORTS), archive)
            if PRODUCTS in names:
                await self._products(await asyncio.to_thread(archive.read, PRODUCTS))

    async def _products(self, data: bytes) -> None:
        kept = await asyncio.to_thread(read_catalogue_lines, data)
        self.result.problems += [Problem(f"{PRODUCTS}, line {line}", why) for line, why in kept.unreadable]
        if await self._storage.catalogue.take_back(kept):
            self.result.products = len(kept.products)

    async def from_history(self, data: bytes, archive: zipfile.ZipFile | None) -> None:
        logged = await asyncio.to_thread(lambda: frozenset(self._logged()))
        for part in await asyncio.to_thread(lambda: list(read_history(data))):
            if isinstance(part, Problem):
                self.result.problems.append(part)
                continue
            self.result.problems += [Problem(part.where, note) for note in part.notes]
            await self._entry(part, archive, part.report_id in logged)

    def _logged(self) -> Iterator[str]:
        path = self._storage.log.path
        for part in read_history(path.read_bytes()) if path.exists() else ():
            if isinstance(part, Entry):
                yield part.report_id

    async def _entry(self, entry: Entry, archive: zipfile.ZipFile | None, logged: bool) -> None:
        key = user_key(entry.user_id)

        async def was_deleted() -> tuple[bool, bool]:
            removal = await models.Removal.get_or_none(report_id=entry.report_id)
            erasure = await models.Erasure.get_or_none(user_key=key)
            whole = removal is not None and not removal.pictures_only
            erased = erasure is not None and erasure.erased_at > entry.draft.created_at
            return whole or erased, removal is not None

        gone, without_pictures = await self._storage.database.run(was_deleted)
        if gone and not self._include_deleted:
            self.result.deleted += 1
            return
        wanted = () if without_pictures and not self._include_deleted else entry.files
        files = [file for file in wanted if await self._have(file, archive)]
        self.result.pictures_lost += len(wanted) - len(files)
        account_id = await self._account(entry.user_id, key)

        async def work() -> tuple[bool, int]:
            async with in_transaction():
                if self._include_deleted:
                    await models.Removal.filter(report_id=entry.report_id).delete()
                existing = await models.Report.get_or_none(id=entry.report_id)
                if existing is None:
                    await insert_report(account_id, entry.report_id, entry.draft, files, logged=logged)
                    return True, len(files)
                there: list[Any] = await models.FileRow.filter(report_id=entry.report_id).values_list("name", flat=True)
                missing = [file for file in files if split_key(file.key)[1] not in there]
                for file in missing:
                    await models.FileRow.create(
                        report_id=entry.report_id,
                        kind=str(file.kind),
                        label=file.label,
                        name=split_key(file.key)[1],
                        content_type=file.content_type,
                        size=file.size,
                        sha256=file.sha256,
                    )
                return False, len(missing)

        new, pictures = await self._storage.database.run(work)
        self.result.pictures += pictures
        if new:
            self.result.reports += 1
        else:
            self.result.present += 1

    async def _have(self, file: StoredFile, archive: zipfile.ZipFile | None) -> bool:
        """Whether the picture is there and whole, after taking it from the backup where it was not."""
        report_id, name = split_key(file.key)
        try:
            data = await self._storage.files.read(file.key)
        except FileMissing:
            if archive is None:
                return False
            try:
                data = await asyncio.to_thread(archive.read, f"files/{report_id}/{name}")
            except (KeyError, zipfile.BadZipFile, OSError):
                return False
            if _is(file, data):
                await self._storage.files.adopt(report_id, name, data)
        return _is(file, data)

    async def _account(self, user_id: str, key: str) -> int:
        if key not in self._accounts:

            async def work() -> tuple[int, bool]:
                row, new = await models.Account.get_or_create(
                    user_key=key, defaults={"user_id": user_id, "name": user_id, "created_at": utc_now()}
                )
                return row.id, new

            self._accounts[key], new = await self._storage.database.run(work)
            self.result.accounts += new
        return self._accounts[key]

    async def _account_lines(self, data: bytes, backed_up_at: object) -> None:
        for number, line in enumerate(data.splitlines(), 1):
            try:
                value = orjson.loads(line)
                self.result.accounts += await self._account_line(value, backed_up_at)
            except (KeyError, TypeError, ValueError) as error:
                self.result.problems.append(Problem(f"{ACCOUNTS}, line {number}", f"cannot be read ({error})"))

    async def _account_line(self, value: dict[str, Any], backed_up_at: object) -> bool:
        user_id = normal_user_id(value["user_id"], lenient=True)
        key = user_key(user_id)
        created_at = read_timestamp(value["created_at"])
        kept = {
            "name": str(value["name"])[:120],
            "password_hash": value["password_hash"],
            "is_admin": bool(value["is_admin"]),
            "keep_pictures_days": value["keep_pictures_days"],
            "keep_reports_days": value["keep_reports_days"],
        }
        consents = [
            (
                str(one["text_version"]),
                read_timestamp(one["given_at"]),
                None if one["withdrawn_at"] is None else read_timestamp(one["withdrawn_at"]),
            )
            for one in value["consents"]
        ]

        async def work() -> bool:
            async with in_transaction():
                erasure = await models.Erasure.get_or_none(user_key=key)
                if (
                    erasure is not None
                    and not self._include_deleted
                    and erasure.erased_at > read_timestamp(backed_up_at)
                ):
                    return False
                row = await models.Account.get_or_none(user_key=key)
                if row is None:
                    row = await models.Account.create(user_id=user_id, user_key=key, created_at=created_at, **kept)
                    new = True
                elif row.password_hash is None and kept["password_hash"] is not None:
                    await models.Account.filter(id=row.id).update(**kept)
                    new = False
                else:
                    return False
                if not await models.Consent.exists(account_id=row.id):
                    for version, given_at, withdrawn_at in consents:
                        await models.Consent.create(
                            account_id=row.id, text_version=version, given_at=given_at, withdrawn_at=withdrawn_at
                        )
                await insert_personal(row.id, value)
                return new

        return await self._storage.database.run(work)


def _is(file: StoredFile, data: bytes) -> bool:
    return len(data) == file.size and hashlib.sha256(data).hexdigest() == file.sha256
