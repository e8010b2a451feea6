"""Rewriting a backup without what must go; making and restoring one is tested with the restores."""

import json
import zipfile
from pathlib import Path

from storage.archive import BackupFolder, without
from storage.identifiers import new_id, user_key


def made(path: Path, people: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "{}")
        archive.writestr("accounts.jsonl", "".join(json.dumps({"user_id": user}) + "\n" for user in people))
        lines = [{"user_id": user, "report_id": report_id} for user, report_id in people.items()]
        archive.writestr("reports.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        for report_id in people.values():
            archive.writestr(f"files/{report_id}/a.jpg", b"picture of " + report_id.encode())
    return path


def test_a_person_is_taken_out_and_the_rest_stays(tmp_path: Path) -> None:
    people = {"amira": new_id(), "omar": new_id()}
    path = made(tmp_path / "b.zip", people)
    gone = user_key("amira")
    assert without(path, lambda report_id, key: key == gone, {gone})
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "manifest.json",
            "accounts.jsonl",
            "reports.jsonl",
            f"files/{people['omar']}/a.jpg",
        ]
        assert b"amira" not in archive.read("accounts.jsonl") + archive.read("reports.jsonl")
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert not without(path, lambda report_id, key: key == gone, {gone})
    assert path.read_bytes() == before


async def test_every_backup_of_the_folder_is_rewritten_and_other_files_are_left(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path)
    assert await folder.remove(lambda report_id, key: True, ()) == 0
    people = {"amira": new_id()}
    made(folder.root / "1.zip", people)
    made(folder.root / "2.zip", {"omar": new_id()})
    (folder.root / "notes.txt").write_text("amira")
    (folder.root / "broken.zip").write_bytes(b"PK")
    assert await folder.remove(lambda report_id, key: report_id == people["amira"], ()) == 1
    assert (folder.root / "notes.txt").read_text() == "amira"
