"""Backups: one zip file that holds everything, and the folder MEDIA_ROOT/backups in which they lie.

    manifest.json          {"format": "dermaassist-backup", "version": 1, "created_at": ...}
    accounts.jsonl         one account a line, with its consents, answers, shelf and trials
    reports.jsonl          one report a line, as in user_progress.json
    products.jsonl         the catalogue, one product a line; not where it is the sample
    files/REPORT/NAME      the pictures

A zip can be rewritten without what a person wants gone; so deleting an account reaches the backups in that folder too.
"""

import asyncio
import os
import shutil
import zipfile
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson

from storage.errors import StorageFull, StorageUnavailable
from storage.files import NO_SPACE, sync_folder
from storage.progress_lines import user_key_of
from storage.progress_log import parsed, rewrite_lines

__all__ = ["ACCOUNTS", "FORMAT", "MANIFEST", "PRODUCTS", "REPORTS", "VERSION", "BackupFolder", "Drop", "without"]

FORMAT: Final = "dermaassist-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
ACCOUNTS: Final = "accounts.jsonl"
REPORTS: Final = "reports.jsonl"
PRODUCTS: Final = "products.jsonl"
COPY_BYTES: Final = 1 << 20

Drop = Callable[[object, str | None], bool]
"""(report id or None, its person's user key or None) -> whether that report must go."""


class BackupFolder:
    """MEDIA_ROOT/backups: zips of ours, and copies of user_progress.json (*.json, *.jsonl)."""

    def __init__(self, media_root: Path) -> None:
        self.root: Final = media_root / "backups"

    def new_path(self, now: datetime) -> Path:
        """Where a backup made now goes, unless it is told otherwise."""
        return self.root / f"dermaassist-{now:%Y%m%d-%H%M%S}.zip"

    async def remove(
        self, drop: Drop, erased: Collection[str], forgotten: Mapping[str, Collection[str]] | None = None
    ) -> int:
        """Take reports, the accounts of these user keys, and of other accounts (by user key) these parts of their lines
        out of every backup; how many backups were rewritten."""

        def work() -> int:
            count = 0
            for path in sorted(self.root.iterdir()) if self.root.is_dir() else ():
                if path.suffix == ".zip" and zipfile.is_zipfile(path):
                    count += without(path, drop, erased, forgotten or {})
                elif path.suffix in (".json", ".jsonl"):
                    count += bool(
                        rewrite_lines(
                            path,
                            lambda line, value: value is not None and drop(value.get("report_id"), user_key_of(value)),
                        )
                    )
            return count

        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise StorageFull("no room is left to rewrite a backup") from error
            raise StorageUnavailable(f"a backup cannot be rewritten: {error.strerror}") from error


def without(
    path: Path, drop: Drop, erased: Collection[str], forgotten: Mapping[str, Collection[str]] = MappingProxyType({})
) -> bool:
    """Rewrite a backup without those reports (their pictures with them), accounts and parts of accounts; whether there
    was any. The zip is replaced in one step."""
    with zipfile.ZipFile(path) as old:
        gone: set[str] = set()
        changed = False
        lines: dict[str, list[bytes]] = {}
        for name in {ACCOUNTS, REPORTS} & set(old.namelist()):
            lines[name] = []
            with old.open(name) as stream:
                for line in stream:
                    value = parsed(line) or {}
                    key = user_key_of(value)
                    report_id = value.get("report_id")
                    dropped = key in erased if name == ACCOUNTS else drop(report_id, key)
                    if dropped:
                        gone.add(str(report_id))
                    else:
                        left = _less(line, value, forgotten.get(key or "", ())) if name == ACCOUNTS else line
                        changed |= left is not line
                        lines[name].append(left)
        if not gone and not changed:
            return False
        temporary = path.with_name(f".{path.name}.new")
        with zipfile.ZipFile(temporary, "w") as new:
            for entry in old.infolist():
                folder, _, rest = entry.filename.partition("/")
                if entry.filename in lines:
                    new.writestr(entry.filename, b"".join(lines[entry.filename]), zipfile.ZIP_DEFLATED)
                elif folder != "files" or rest.split("/")[0] not in gone:
                    with old.open(entry) as source, new.open(entry.filename, "w") as target:
                        shutil.copyfileobj(source, target, COPY_BYTES)
    with temporary.open("rb") as written:
        os.fchmod(written.fileno(), 0o600)
        os.fsync(written.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
    return True


def _less(line: bytes, value: dict[str, Any], parts: Collection[str]) -> bytes:
    """An account's line without these parts; the same object where it has none of them."""
    there = [part for part in parts if value.get(part)]
    if not there:
        return line
    return orjson.dumps({name: part for name, part in value.items() if name not in there}) + b"\n"
