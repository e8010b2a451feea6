"""Everything that is kept about one person, as a zip for that person."""

import asyncio
import zipfile
from dataclasses import asdict
from typing import IO, Any, Final

import orjson

from storage.accounts import AccountRepository
from storage.clock import utc_now
from storage.database import Database
from storage.errors import FileMissing
from storage.files import SUFFIXES, FileStore
from storage.personal.lines import personal_values
from storage.personal.records import KINDS
from storage.records import Account, Report, StoredFile
from storage.reports import ReportRepository

__all__ = ["Exporter"]

README: Final = """What DermaAssist keeps about you.

account.json          your account: user id, name, roles, how long things are kept
consents.json         what you agreed to, when, and when you withdrew it
answers.json          what you answered about yourself
shelf.json            the products you use
trials.json           the products you tried, since when, for what
reports/ID.json       each report: date, conditions, findings, measures
reports/ID/...        the pictures of that report

Your password is not here: only a hash of it is kept, which is of no use to anybody but this service.
Times are UTC. This is information about appearance, not a diagnosis.
"""


class Exporter:
    """Gathers what belongs to one account."""

    def __init__(
        self, database: Database, accounts: AccountRepository, reports: ReportRepository, files: FileStore
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._reports = reports
        self._files = files

    async def write(self, account_id: int, target: IO[bytes]) -> int:
        """Write the zip to `target` (seekable); how many reports it holds. Memory stays small however long the history
        is. Raises AccountGone, StorageUnavailable."""
        account = await self._accounts.get(account_id)
        consents = await self._accounts.consents(account_id)
        values = await self._database.run(lambda: personal_values(account_id))
        personal = values.get(account_id, {"answers": None, "shelf": [], "trials": []})
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("README.txt", README)
            archive.writestr("account.json", _json(_account(account)))
            archive.writestr("consents.json", _json([asdict(consent) for consent in consents]))
            for kind in KINDS:
                archive.writestr(f"{kind}.json", _json(personal[kind]))
            count = 0
            async for reports in self._reports.every(account_id):
                await asyncio.to_thread(self._add, archive, reports)
                count += len(reports)
        return count

    def _add(self, archive: zipfile.ZipFile, reports: tuple[Report, ...]) -> None:
        for report in reports:
            archive.writestr(f"reports/{report.id}.json", _json(asdict(report)))
            for file in report.files:
                try:
                    data = self._files.path(file.key).read_bytes()
                except (FileMissing, FileNotFoundError):  # deleted while the zip is made
                    continue
                archive.writestr(f"reports/{report.id}/{_name(file)}", data, zipfile.ZIP_STORED)


def _account(account: Account) -> dict[str, Any]:
    kept = asdict(account)
    del kept["password_hash"], kept["id"], kept["history_revision"]
    return kept | {"exported_at": utc_now()}


def _name(file: StoredFile) -> str:
    label = "".join(character if character.isalnum() else "_" for character in file.label)
    number = file.key.rsplit("/", 1)[1][:6]
    return "-".join(part for part in (str(file.kind), label, number) if part) + f".{SUFFIXES[file.content_type]}"


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)
