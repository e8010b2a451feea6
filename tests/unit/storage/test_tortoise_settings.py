"""Tortoise's own commands work on the project as it is."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def tortoise(tmp_path: Path, *arguments: str) -> str:
    environment = dict(os.environ, DATABASE_URL=f"sqlite://{tmp_path}/x.sqlite3", PYTHONPATH=str(ROOT))
    command = [str(Path(sys.executable).with_name("tortoise")), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def test_tortoise_migrate_makes_the_tables_and_makemigrations_finds_nothing_to_add(tmp_path: Path) -> None:
    assert "0001_initial" in tortoise(tmp_path, "migrate")
    assert "0001_initial" in tortoise(tmp_path, "history")
    assert "No changes detected" in tortoise(tmp_path, "makemigrations")
