import asyncio
import os
import resource
import time
from pathlib import Path

import pytest
from aiohttp import web

from api.passing_files import PassingFiles
from tests.unit.api.conftest import Serve


def test_files_are_found_until_their_time_is_over_and_then_swept(tmp_path: Path) -> None:
    passing = PassingFiles(tmp_path / "passing", 100)
    batch = passing.write({"face.jpg": b"face", "crop-1.jpg": b"crop"})
    path = passing.path(batch, "face.jpg")
    assert path is not None and path.read_bytes() == b"face"
    assert passing.sweep() == 0
    past = time.time() - 101
    os.utime(path.parent, (past, past))
    assert passing.path(batch, "face.jpg") is None
    assert passing.sweep() == 1
    assert list((tmp_path / "passing").iterdir()) == []


def test_what_a_crash_left_half_written_is_swept_too(tmp_path: Path) -> None:
    half = tmp_path / ".0123"
    half.mkdir()
    (half / "face.jpg").write_bytes(b"half")
    os.utime(half, (1, 1))
    assert PassingFiles(tmp_path, 100).sweep() == 1
    assert not half.exists()


@pytest.mark.parametrize("name", ["../x.jpg", "a/b.jpg", ".hidden.jpg", "x.html", "", "x.jpg\0", "X.JPG"])
def test_no_name_is_a_path(tmp_path: Path, name: str) -> None:
    passing = PassingFiles(tmp_path / "passing", 100)
    (tmp_path / "x.jpg").write_bytes(b"secret")
    batch = passing.write({"face.jpg": b"face"})
    assert passing.path(batch, name) is None
    assert passing.path("..", "x.jpg") is None
    with pytest.raises(ValueError, match="name"):
        passing.write({name: b""})


def test_nothing_stays_of_a_batch_that_could_not_be_written(tmp_path: Path) -> None:
    passing = PassingFiles(tmp_path, 100)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            passing.write({"face.jpg": b"face", "crop.jpg": b"x" * 2000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


async def test_the_application_sweeps_when_it_starts(serve: Serve, tmp_path: Path) -> None:
    old = tmp_path / ("0" * 32)
    old.mkdir()
    os.utime(old, (1, 1))
    app = web.Application()
    app.cleanup_ctx.append(PassingFiles(tmp_path, 100).sweeping)
    await serve(app)
    deadline = time.monotonic() + 10
    while old.exists():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
