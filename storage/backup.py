"""Making a backup, and checking that what is stored is whole."""

import asyncio
import hashlib
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from storage import models
from storage.archive import ACCOUNTS, FORMAT, MANIFEST, PRODUCTS, REPORTS, VERSION, without
from storage.catalogue.lines import catalogue_lines
from storage.clock import utc_now
from storage.errors import FileMissing, StorageError, StorageFull, StorageUnavailable
from storage.files import NO_SPACE, sync_folder
from storage.history_entries import Entry
from storage.history_file import Problem, read_history
from storage.opening import Storage
from storage.personal.lines import personal_keys, personal_values
from storage.progress_lines import line_of
from storage.records import Report

__all__ = ["BackupDone", "back_up", "check"]


@dataclass(frozen=True, slots=True)
class BackupDone:
    """What a backup holds. missing: pictures that were not where they should be; products: of the catalogue."""

    path: Path
    accounts: int
    reports: int
    pictures: int
    missing: int
    products: int = 0


async def back_up(storage: Storage, path: Path | None = None) -> BackupDone:
    """Write everything into one zip, by default under MEDIA_ROOT/backups, readable by its owner alone. The server may
    run meanwhile; what is deleted while the backup is made is not in it. Raises StorageUnavailable, StorageFull."""
    target = path or storage.backups.new_path(utc_now())
    accounts = await storage.database.run(_account_lines, timeout_s=60.0)
    try:
        return await _written(storage, target, accounts)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise StorageFull(f"no room is left for {target}") from error
        raise StorageUnavailable(f"{target} cannot be written: {error.strerror}") from error


async def _written(storage: Storage, target: Path, accounts: list[dict[str, Any]]) -> BackupDone:
    await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    descriptor = await asyncio.to_thread(os.open, temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    lines: list[bytes] = []
    pictures = missing = 0
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w") as archive:
            manifest = {"format": FORMAT, "version": VERSION, "created_at": utc_now()}
            archive.writestr(MANIFEST, orjson.dumps(manifest))
            body = b"".join(orjson.dumps(account) + b"\n" for account in accounts)
            archive.writestr(ACCOUNTS, body, zipfile.ZIP_DEFLATED)
            async for reports in storage.reports.every(None):
                lines += [line_of(report) for report in reports]
                for report in reports:
                    for stored in report.files:
                        try:
                            data = await storage.files.read(stored.key)
                        except FileMissing:
                            missing += 1
                            continue
                        name = stored.key.split("/")[1]
                        await asyncio.to_thread(archive.writestr, f"files/{report.id}/{name}", data)
                        pictures += 1
            await asyncio.to_thread(archive.writestr, REPORTS, b"".join(lines), zipfile.ZIP_DEFLATED)
            products = await _products(storage, archive)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    temporary.replace(target)
    sync_folder(target.parent)
    living, keys = await storage.database.run(_living, timeout_s=60.0)
    gone = {str(account["user_key"]) for account in accounts} - keys
    told = await storage.database.run(personal_keys, timeout_s=60.0)
    forgotten = {
        str(account["user_key"]): [kind for kind, keys in told.items() if account["user_key"] not in keys]
        for account in accounts
    }
    await asyncio.to_thread(
        without,
        target,
        lambda report_id, key: report_id not in living or (key is not None and key in gone),
        gone,
        forgotten,
    )
    return BackupDone(target, len(accounts) - len(gone), len(lines), pictures, missing, products)


async def _products(storage: Storage, archive: zipfile.ZipFile) -> int:
    """Put the catalogue into the backup, unless it is the sample; how many products it has."""
    whole = await storage.products.whole()
    if whole is None or whole[0].is_sample:
        return 0
    catalogue, products = whole
    data = await asyncio.to_thread(catalogue_lines, catalogue.source, catalogue.digest, products)
    await asyncio.to_thread(archive.writestr, PRODUCTS, data, zipfile.ZIP_DEFLATED)
    return len(products)


async def check(storage: Storage) -> list[str]:
    """What is not as it should be, one sentence each; empty where all is well. Changes nothing."""
    found: list[str] = []
    seen: set[str] = set()
    async for reports in storage.reports.every(None):
        for report in reports:
            seen.add(report.id)
            found += await _faults(storage, report)
    found += [f"folder {one} belongs to no report" for one in await storage.files.all_reports() if one not in seen]
    found += [f"report {one} waits to be put in place" for one in await storage.files.staged(0.0)]
    logged: dict[str, int] = {}
    for part in await asyncio.to_thread(lambda: list(read_history(_bytes(storage.log.path)))):
        if isinstance(part, Problem):
            found.append(f"user_progress.json, {part.where}: {part.why}")
        elif isinstance(part, Entry):
            logged[part.report_id] = logged.get(part.report_id, 0) + 1
    found += [f"report {one} has no line in user_progress.json" for one in sorted(seen - logged.keys())]
    found += [f"report {one} has {count} lines in user_progress.json" for one, count in logged.items() if count > 1]
    found += [f"user_progress.json has a line of report {one}, which is not stored" for one in logged.keys() - seen]
    return found


async def _faults(storage: Storage, report: Report) -> list[str]:
    found = []
    for stored in report.files:
        try:
            data = await storage.files.read(stored.key)
        except StorageError:
            found.append(f"report {report.id} lacks its {stored.kind} picture")
            continue
        if len(data) != stored.size or hashlib.sha256(data).hexdigest() != stored.sha256:
            found.append(f"report {report.id}: its {stored.kind} picture is damaged")
    return found


async def _account_lines() -> list[dict[str, Any]]:
    consents: dict[int, list[Mapping[str, Any]]] = {}
    for consent in await models.Consent.all().order_by("id"):
        account_id: int = consent.account_id  # type: ignore[attr-defined]  # made by the foreign key
        consents.setdefault(account_id, []).append(
            {
                "text_version": consent.text_version,
                "given_at": consent.given_at,
                "withdrawn_at": consent.withdrawn_at,
            }
        )
    personal = await personal_values()
    return [
        {
            "user_id": row.user_id,
            "user_key": row.user_key,
            "name": row.name,
            "password_hash": row.password_hash,
            "is_admin": row.is_admin,
            "keep_pictures_days": row.keep_pictures_days,
            "keep_reports_days": row.keep_reports_days,
            "created_at": row.created_at,
            "consents": consents.get(row.id, []),
            **personal.get(row.id, {}),
        }
        for row in await models.Account.all().order_by("id")
    ]


async def _living() -> tuple[frozenset[str], frozenset[str]]:
    reports: list[Any] = await models.Report.all().values_list("id", flat=True)
    keys: list[Any] = await models.Account.all().values_list("user_key", flat=True)
    return frozenset(reports), frozenset(keys)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
