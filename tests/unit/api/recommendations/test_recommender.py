"""Gathering what the engine needs; the rest is told by the tests of the calls."""

from datetime import UTC, datetime
from pathlib import Path

from api.consent import VERSION
from api.recommendations.engine import Advisor
from api.recommendations.recommender import Recommender
from storage import Storage
from storage.personal.records import NewShelfItem
from storage.records import Account, ConditionRecord, Report, SeverityRecord
from tests.unit.api.catalogue import fill, id_of


def report(user_id: str) -> Report:
    acne = ConditionRecord("acne", 3, "ok", severity=SeverityRecord(1, "mild", "s"))
    return Report("0" * 32, user_id, datetime(2026, 1, 1, tzinfo=UTC), "upload", "me", None, {}, (acne,), (), {})


async def person(storage: Storage, name: str) -> Account:
    return await storage.accounts.create(name, name, None, VERSION)


async def test_guests_and_owners_get_theirs_and_nobody_anothers(advisor: Advisor, tmp_path: Path) -> None:
    storage = Storage(f"sqlite://{tmp_path}/x.sqlite3", tmp_path)
    recommender = Recommender(storage, advisor)
    async with storage.opened():
        ann = await person(storage, "ann")
        assert "acne" in await recommender.for_report(report(""), None, "en")
        assert "acne" in await recommender.for_report(report("ann"), ann, "ar")
        assert await recommender.for_report(report("bob"), ann, "en") == {}
    assert await recommender.for_report(report("ann"), ann, "en") == {}  # the database is gone: nothing unfit is said
    assert "acne" in await recommender.for_report(report(""), None, "en")


async def test_the_catalogue_knows_better_than_what_was_kept(advisor: Advisor, tmp_path: Path) -> None:
    storage = Storage(f"sqlite://{tmp_path}/x.sqlite3", tmp_path)
    recommender = Recommender(storage, advisor)
    async with storage.opened():
        await fill(storage)
        ann = await person(storage, "ann")
        await storage.shelf.add(ann.id, NewShelfItem("old name", id_of(1), "aqua, glycerin, water"), VERSION)
        await storage.shelf.add(ann.id, NewShelfItem("Balm", "e" * 32, "aqua, petrolatum, glycerin"), VERSION)
        known, gone = (await recommender.known(ann)).shelf
        assert known.owned.name == "Retinol night cream" and "retinol" in known.owned.contents.actives
        assert (gone.product, gone.owned.name, gone.owned.contents.listed) == (None, "Balm", True)


async def test_the_revision_tells_rules_and_catalogue(advisor: Advisor, tmp_path: Path) -> None:
    storage = Storage(f"sqlite://{tmp_path}/x.sqlite3", tmp_path)
    async with storage.opened():
        before = await Recommender(storage, advisor).revision()
        await fill(storage)
        after = await Recommender(storage, advisor).revision()
    assert before != after and before.split("-")[0] == advisor.digest
