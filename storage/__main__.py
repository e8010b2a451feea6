"""Commands for people who run the server.

    python -m storage backup [FILE]       everything into one zip (default: under MEDIA_ROOT/backups)
    python -m storage restore FILE        from a backup, a user_progress.json, or a predecessor's history
    python -m storage check               is everything stored whole?
    python -m storage admin grant USER    make a person an administrator (revoke: no longer; list: who is)
    python -m storage admin password USER give a person a new password, typed in or piped in
    python -m storage products import FILE  make a shop's CSV the catalogue (list: its products; status: its problems)

DATABASE_URL and MEDIA_ROOT come from the environment or `.env`, as the server's do. The server may run meanwhile.
Exit status: 0 done; 1 something is wrong, could not be read, or is not there; 2 a wrong command line.
"""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.administrators import administrators, give_password, set_administrator
from storage.backup import back_up, check
from storage.catalogue.records import Problem
from storage.errors import StorageError, UnreadableCatalogue
from storage.opening import Storage
from storage.restore import restore

__all__ = ["Place", "main"]


class Place(BaseSettings):
    """Where things are stored: the server's settings of these names, with their defaults."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    database_url: SecretStr = SecretStr("sqlite://media/dermaassist.sqlite3")
    media_root: Path = Path("media")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    options = _parser().parse_args(arguments)
    place = Place()
    try:
        return asyncio.run(_run(Storage(place.database_url.get_secret_value(), place.media_root), options))
    except (StorageError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


async def _run(storage: Storage, options: argparse.Namespace) -> int:
    async with storage.database.opened():
        match options.command:
            case "backup":
                return await _backup(storage, options.file)
            case "restore":
                return await _restore(storage, options.file, options.include_deleted)
            case "check":
                return await _check(storage)
            case "products":
                return await _products(storage, options.what, options.file)
            case _:
                return await _admin(storage, options.what, options.user)


async def _backup(storage: Storage, file: Path | None) -> int:
    done = await back_up(storage, file)
    print(f"{done.path}: {done.accounts} accounts, {done.reports} reports, {done.pictures} pictures")
    if done.products:
        print(f"and the catalogue of {done.products} products")
    if done.missing:
        print(f"{done.missing} pictures were not where they should be: see `python -m storage check`")
    return 1 if done.missing else 0


async def _restore(storage: Storage, file: Path, include_deleted: bool) -> int:
    done = await restore(storage, file, include_deleted=include_deleted)
    print(f"{done.reports} reports restored, {done.present} were there already")
    print(f"{done.accounts} accounts made, {done.pictures} pictures with their reports again")
    if done.products:
        print(f"the catalogue of {done.products} products is there again")
    if done.deleted:
        print(f"{done.deleted} reports left out: their owners deleted them (--include-deleted brings them back)")
    if done.pictures_lost:
        print(f"{done.pictures_lost} pictures are lost")
    for problem in done.problems:
        print(f"not readable: {problem.where}: {problem.why}")
    return 1 if done.problems else 0


async def _check(storage: Storage) -> int:
    found = await check(storage)
    for sentence in found:
        print(sentence)
    print("all is well" if not found else f"{len(found)} things are not as they should be")
    return 1 if found else 0


async def _admin(storage: Storage, what: str, user: str | None) -> int:
    if what == "list":
        for user_id in await administrators(storage):
            print(user_id)
        return 0
    if user is None:
        sys.stderr.write("which USER?\n")
        return 2
    if what == "password":
        typed = getpass.getpass("new password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        await give_password(storage, user, typed)
        print(f"{user} has a new password; every login of theirs has ended")
    else:
        await set_administrator(storage, user, what == "grant")
        print(f"{user} is {'now' if what == 'grant' else 'no longer'} an administrator")
    return 0


async def _products(storage: Storage, what: str, file: Path | None) -> int:
    if what == "import":
        if file is None:
            sys.stderr.write("which FILE?\n")
            return 2
        try:
            done = await storage.catalogue.take(file)
        except UnreadableCatalogue as error:
            sys.stderr.write(f"{file} {error}\n")
            return 1
        print(f"{file}: {done.products} products, {done.refused} rows refused, {done.noted} taken in part")
        _say(done.problems, done.refused + done.noted)
        return 1 if done.refused else 0
    catalogue = await storage.products.current()
    if catalogue is None:
        print("there is no catalogue")
        return 1
    if what == "status":
        sample = " (the invented sample)" if catalogue.is_sample else ""
        print(
            f"{catalogue.products} products from {catalogue.source}{sample}, {catalogue.imported_at:%Y-%m-%d %H:%M} UTC"
        )
        _say(catalogue.problems, len(catalogue.problems))
        return 0
    at = 0
    while batch := (await storage.products.every(at)).products:
        at += len(batch)
        for product in batch:
            print(
                product.id, product.full_name, product.price.text, ", ".join(product.categories), product.url, sep="\t"
            )
    return 0


def _say(problems: Sequence[Problem], count: int) -> None:
    for problem in problems:
        print(f"line {problem.line}: {'refused: ' if problem.refused else ''}{problem.reason}")
    if count > len(problems):
        print(f"and {count - len(problems)} more")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m storage", description="Backups, restores, checks, administrators, products."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser("backup", help="everything into one zip")
    backup.add_argument("file", type=Path, nargs="?", help="default: a new file under MEDIA_ROOT/backups")
    back = commands.add_parser("restore", help="from a backup, a user_progress.json or a predecessor's history")
    back.add_argument("file", type=Path)
    back.add_argument("--include-deleted", action="store_true", help="bring back what people have deleted since")
    commands.add_parser("check", help="is everything stored whole?")
    admin = commands.add_parser("admin", help="administrators and passwords")
    admin.add_argument("what", choices=("grant", "revoke", "list", "password"))
    admin.add_argument("user", nargs="?")
    products = commands.add_parser("products", help="the catalogue")
    products.add_argument("what", choices=("import", "list", "status"))
    products.add_argument("file", type=Path, nargs="?", help="a CSV, for import")
    return parser


if __name__ == "__main__":
    sys.exit(main())
