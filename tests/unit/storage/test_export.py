"""The zip a person gets of everything about them; on both databases."""

import io
import json
import zipfile

import pytest

from storage import Storage
from storage.errors import AccountGone
from tests.unit.storage.drafts import draft, pictures, with_consent


async def test_the_export_holds_everything_of_the_person_and_nothing_of_others(storage: Storage) -> None:
    amira, omar = await with_consent(storage), await with_consent(storage, "omar")
    report = await storage.saver.save(amira.id, draft(), pictures())
    other = await storage.saver.save(omar.id, draft(), pictures())
    target = io.BytesIO()
    assert await storage.exporter.write(amira.id, target) == 1
    archive = zipfile.ZipFile(target)
    names = archive.namelist()
    assert not any(other.id in name for name in names)
    account = json.loads(archive.read("account.json"))
    assert account["user_id"] == "amira" and "password_hash" not in account
    assert json.loads(archive.read("consents.json"))[0]["text_version"] == "2026-11"
    kept = json.loads(archive.read(f"reports/{report.id}.json"))
    assert kept["conditions"][0]["findings"][0]["hint"] == "بثرة"
    originals = [name for name in names if name.startswith(f"reports/{report.id}/original")]
    assert [archive.read(name) for name in originals] == [b"original bytes"]
    assert len([name for name in names if name.startswith(f"reports/{report.id}/")]) == 3


async def test_there_is_no_export_of_nobody(storage: Storage) -> None:
    with pytest.raises(AccountGone):
        await storage.exporter.write(1, io.BytesIO())
