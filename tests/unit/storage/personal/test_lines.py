"""What a person told leaves with their export, comes back with a backup, and goes when they want it gone."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from storage import Storage
from storage.archive import ACCOUNTS
from storage.backup import back_up
from storage.errors import StorageUnavailable
from storage.personal.lines import personal_values
from storage.personal.records import NewShelfItem, NewTrial
from storage.records import Account
from storage.restore import restore
from tests.unit.storage.drafts import draft, with_consent

TEXT = "2026-11"


async def told(storage: Storage, user_id: str = "amira") -> Account:
    """An account with one of everything."""
    account = await with_consent(storage, user_id)
    await storage.answers.put(account.id, {"skin_type": "dry", "allergies": ["عطر"]}, TEXT)
    await storage.shelf.add(account.id, NewShelfItem("كريم", None, "aqua, retinol"), TEXT)
    trial = await storage.trials.start(account.id, NewTrial("Gel", "acne", date(2026, 3, 1), 8, "trial-acne/1"), TEXT)
    await storage.trials.stop(account.id, trial.id, date(2026, 4, 30))
    return account


def line_of(path: Path, user_id: str) -> dict[str, Any]:
    lines = zipfile.ZipFile(path).read(ACCOUNTS).splitlines()
    found: dict[str, Any] = next(one for one in map(json.loads, lines) if one["user_id"] == user_id)
    return found


async def everything(storage: Storage, account_id: int) -> dict[str, Any] | None:
    return (await storage.database.run(personal_values)).get(account_id)


async def test_the_export_holds_it_all_and_nothing_of_others(storage: Storage) -> None:
    amira, omar = await told(storage), await with_consent(storage, "omar")
    archives = []
    for account in (amira, omar):
        target = io.BytesIO()
        await storage.exporter.write(account.id, target)
        archives.append(zipfile.ZipFile(target))
    mine, other = archives
    assert json.loads(mine.read("answers.json"))["given"]["allergies"] == ["عطر"]
    assert json.loads(mine.read("shelf.json"))[0]["ingredients"] == "aqua, retinol"
    assert json.loads(mine.read("trials.json"))[0]["stopped_on"] == "2026-04-30"
    assert [json.loads(other.read(f"{kind}.json")) for kind in ("answers", "shelf", "trials")] == [None, [], []]


async def test_a_backup_brings_it_all_back_once(storage: Storage, tmp_path: Path) -> None:
    amira = await told(storage)
    path = (await back_up(storage, tmp_path / "all.zip")).path
    kept = await everything(storage, amira.id)
    await storage.eraser.delete_account(amira.id)
    for _ in range(2):
        assert (await restore(storage, path, include_deleted=True)).problems == []
        account = await storage.accounts.find("amira")
        assert account is not None and await everything(storage, account.id) == kept
    assert kept is not None and kept["answers"]["given"] == {"skin_type": "dry", "allergies": ["عطر"]}


async def test_deleted_answers_leave_the_backups_and_the_rest_stays(storage: Storage) -> None:
    amira, omar = await told(storage), await told(storage, "omar")
    path = (await back_up(storage)).path
    await storage.eraser.erase_answers(amira.id)
    assert "answers" not in line_of(path, "amira") and line_of(path, "amira")["shelf"]
    assert line_of(path, "omar")["answers"]["given"]["skin_type"] == "dry"
    assert await everything(storage, omar.id) is not None


async def test_withdrawn_consent_deletes_it_all_there_too(storage: Storage) -> None:
    amira = await told(storage)
    await storage.saver.save(amira.id, draft(), ())
    path = (await back_up(storage)).path
    await storage.accounts.withdraw_consent(amira.id)
    assert await storage.eraser.erase_history(amira.id) == 1
    assert await everything(storage, amira.id) is None
    assert not {"answers", "shelf", "trials"} & set(line_of(path, "amira"))


async def test_a_deleted_account_takes_it_all_along(storage: Storage) -> None:
    amira = await told(storage)
    path = (await back_up(storage)).path
    await storage.eraser.delete_account(amira.id)
    assert await storage.database.run(personal_values) == {}
    assert zipfile.ZipFile(path).read(ACCOUNTS) == b""


async def test_a_deletion_that_a_backup_resists_is_finished_later(storage: Storage) -> None:
    amira = await told(storage)
    path = (await back_up(storage)).path

    async def fail(*arguments: object) -> int:
        raise StorageUnavailable("no")

    remove, storage.backups.remove = storage.backups.remove, fail  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageUnavailable):
        await storage.eraser.erase_answers(amira.id)
    storage.backups.remove = remove  # type: ignore[method-assign]
    assert await storage.answers.get(amira.id) is None and "answers" in line_of(path, "amira")
    await storage.eraser.finish()
    assert "answers" not in line_of(path, "amira")


async def test_a_damaged_line_is_named_and_harms_no_other(storage: Storage, tmp_path: Path) -> None:
    await told(storage)
    good = line_of((await back_up(storage, tmp_path / "good.zip")).path, "amira")
    bad = {**good, "user_id": "badly", "shelf": [{**good["shelf"][0], "id": "../../etc"}]}
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(tmp_path / "good.zip") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, json.dumps(bad) if name == ACCOUNTS else old.read(name))
    done = await restore(storage, path)
    assert [problem.where for problem in done.problems] == [f"{ACCOUNTS}, line 1"]
    assert await storage.accounts.find("badly") is None
