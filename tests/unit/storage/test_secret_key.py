"""The generated key: private, stable, one however many start at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import StorageUnavailable
from storage.secret_key import secret_key

ROOT = Path(__file__).resolve().parents[3]


def test_the_key_stays_the_same_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "media")
    assert len(key) >= 43
    assert secret_key(tmp_path / "media") == key
    assert (tmp_path / "media" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert secret_key(tmp_path / "elsewhere") != key


def test_of_many_that_start_at_once_all_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: secret_key(tmp_path), range(16)))) == 1
    command = [sys.executable, "-c", "import sys; from pathlib import Path; from storage.secret_key import secret_key;"
               "print(secret_key(Path(sys.argv[1])))", str(tmp_path / "new")]  # fmt: skip
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(3)]
    assert len({process.communicate(timeout=30)[0] for process in running}) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_a_key_that_others_can_read_or_that_is_damaged_is_refused(tmp_path: Path) -> None:
    secret_key(tmp_path)
    (tmp_path / "secret_key").chmod(0o644)
    with pytest.raises(StorageUnavailable, match="read by others"):
        secret_key(tmp_path)
    (tmp_path / "secret_key").chmod(0o600)
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(StorageUnavailable, match="damaged"):
        secret_key(tmp_path)
