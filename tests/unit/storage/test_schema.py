"""Migrations: complete, repeatable, and safe when two processes start at once."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from storage import models
from storage.clock import utc_now
from storage.database import Database, connection_config
from storage.identifiers import new_id
from storage.reports import ReportRepository
from storage.saving import insert_report
from storage.schema import active_connection, tortoise_config
from tests.unit.storage.drafts import draft

ROOT = Path(__file__).resolve().parents[3]

OPEN_ONCE = """
import asyncio, sys
from storage.database import Database
async def main():
    database = Database(sys.argv[1])
    async with database.opened():
        await database.ping()
asyncio.run(main())
"""


async def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    config = tortoise_config(connection_config(f"sqlite://{tmp_path}/x.sqlite3"))
    async with TortoiseContext() as context:
        await context.init(config=config)
        assert context.apps is not None
        pending = await MigrationAutodetector(context.apps, config["apps"]).changes()
    assert [writer.name for writer in pending] == []


async def test_opening_a_second_time_changes_nothing(bare_database_url: str) -> None:
    async def applied() -> list[tuple[object, object]]:
        _, rows = await active_connection().execute_query("SELECT name, applied_at FROM tortoise_migrations")
        return [(row["name"], row["applied_at"]) for row in rows]

    database = Database(bare_database_url)
    async with database.opened():
        first = await database.run(applied)
    database = Database(bare_database_url)
    async with database.opened():
        assert await database.run(applied) == first


async def test_two_openings_at_once_in_one_process_both_succeed(bare_database_url: str) -> None:
    async def once() -> None:
        database = Database(bare_database_url)
        async with database.opened():
            await database.ping()

    await asyncio.gather(once(), once(), once())


def test_several_processes_may_start_on_an_empty_database_at_once(bare_database_url: str) -> None:
    starters = [
        subprocess.Popen([sys.executable, "-c", OPEN_ONCE, bare_database_url], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    failures = [starter.communicate(timeout=50)[1].decode() for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0, 0], failures


@pytest.mark.parametrize("bare_database_url", ["sqlite"], indirect=True)
async def test_a_migration_that_fails_half_way_leaves_sqlite_as_it_was(
    bare_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tortoise.migrations.recorder import MigrationRecorder

    async def fail(self: MigrationRecorder, app: str, name: str) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(MigrationRecorder, "record_applied", fail)
        with pytest.raises(RuntimeError, match="killed"):
            async with Database(bare_database_url).opened():
                pass
    database = Database(bare_database_url)
    async with database.opened():  # would find tables in its way
        await database.ping()


async def test_a_database_of_the_first_migration_is_brought_up_to_date_with_its_data(bare_database_url: str) -> None:
    environment = dict(os.environ, DATABASE_URL=bare_database_url, PYTHONPATH=str(ROOT))
    command = [str(Path(sys.executable).with_name("tortoise")), "migrate", "storage", "0001_initial"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    assert await process.wait() == 0

    async def add() -> None:
        account = await models.Account.create(user_id="a", user_key="a", name="a", created_at=utc_now())
        await insert_report(account.id, new_id(), draft(), ())

    async def applied() -> list[str]:
        _, rows = await active_connection().execute_query("SELECT name FROM tortoise_migrations ORDER BY name")
        return [row["name"] for row in rows]

    database = Database(bare_database_url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.database.migrate", applied)
        async with database.opened():
            await database.run(add)
    async with database.opened():
        assert len(await database.run(applied)) >= 2
        assert (await ReportRepository(database).page(None, condition="acne")).total == 1
