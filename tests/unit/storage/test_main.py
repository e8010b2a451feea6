"""`python -m storage`, as an operator types it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings
from storage import open_storage
from storage.__main__ import Place, main
from storage.passwords import matches
from tests.unit.storage.drafts import draft, pictures, with_consent

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one report in its database; the commands are about it."""
    url, media = f"sqlite://{tmp_path}/x.sqlite3", tmp_path / "media"

    async def fill() -> None:
        async with open_storage(url, media) as storage:
            account = await with_consent(storage)
            await storage.saver.save(account.id, draft(), pictures())

    asyncio.run(fill())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("MEDIA_ROOT", str(media))
    return tmp_path


def test_the_defaults_are_the_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "MEDIA_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in Place().model_dump().items():
        assert value == Settings.model_fields[name].default


def test_backup_check_and_restore_say_what_they_did(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    assert "all is well" in capsys.readouterr().out
    assert main(["backup", "b.zip"]) == 0
    assert "b.zip: 1 accounts, 1 reports, 3 pictures" in capsys.readouterr().out
    assert main(["restore", "b.zip"]) == 0
    assert "0 reports restored, 1 were there already" in capsys.readouterr().out
    old = {"timestamp": "2024-05-01", "user_id": "omar", "detections": {"acne": []}}
    (place / "old.json").write_text(json.dumps(old) + "\nbroken\n")
    assert main(["restore", "old.json"]) == 1
    said = capsys.readouterr().out
    assert "1 reports restored" in said and "not readable: line 2" in said
    assert main(["restore", "missing.zip"]) == 1


def test_administrators_and_passwords_are_given(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["admin", "grant", "Amira"]) == 0
    assert main(["admin", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "amira"
    assert main(["admin", "revoke", "amira"]) == 0
    assert main(["admin", "grant", "nobody"]) == 1
    assert "no account" in capsys.readouterr().err
    assert main(["admin", "grant"]) == 2
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    command = [sys.executable, "-m", "storage", "admin", "password", "amira"]
    done = subprocess.run(command, input=b"battery staple\n", env=environment, cwd=place, capture_output=True)
    assert done.returncode == 0, done.stderr

    async def password_hash() -> str | None:
        async with open_storage(os.environ["DATABASE_URL"], place / "media") as storage:
            account = await storage.accounts.find("amira")
            return account.password_hash if account else None

    kept = asyncio.run(password_hash())
    assert kept is not None and matches(kept, "battery staple")


def test_products_are_imported_listed_and_told_about(
    place: Path, capsys: pytest.CaptureFixture[str], shop: str = "https://shop.example"
) -> None:
    assert main(["products", "list"]) == 1
    assert "there is no catalogue" in capsys.readouterr().out
    (place / "shop.csv").write_text(f"name,price,url\nsoothing-gel-60-gm,LE 5,{shop}/a\nB,LE 6,javascript:x\n")
    assert main(["products", "import", "shop.csv"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-2:] == [
        "shop.csv: 1 products, 1 rows refused, 0 taken in part",
        "line 3: refused: the url is not http or https",
    ]
    assert main(["products", "list"]) == 0
    assert f"Soothing Gel 60 g\tLE 5\teczema\t{shop}/a" in capsys.readouterr().out
    assert main(["products", "status"]) == 0
    assert "1 products from shop.csv" in capsys.readouterr().out
    (place / "shop.csv").write_text(f"name,url\nA,{shop}/a\n" + "B,x\n" * 1200)
    assert main(["products", "import", "shop.csv"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "and 200 more"
    assert main(["products", "import", "missing.csv"]) == 1
    assert "missing.csv is not there" in capsys.readouterr().err
    assert main(["products", "import"]) == 2
