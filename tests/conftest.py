"""Fixtures everything shares: the public-domain portraits that come with packages, the folder of real inputs, and the
rule for tests that need a system program, and databases: what asks for `database_url` or `storage` runs on SQLite and
on MariaDB."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from storage import Storage, open_storage
from tests.mariadb import MariaDb

SYSTEM_PROGRAMS = {
    "chromium": "chromium",
    "coturn": "turnserver",
    "curl": "curl",
    "firefox-esr": "firefox-esr",
    "gstreamer1.0-tools": "gst-launch-1.0",
    "mariadb-server": "mariadbd",
}
BOTH_DATABASES = ["sqlite", pytest.param("mariadb", marks=pytest.mark.system("mariadb-server"))]
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


PILLOW_OPEN = Image.open


@pytest.fixture(autouse=True)
def pillow_as_it_is_in_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ultralytics replaces PIL.Image.open when it is imported. The server never imports it (training and conversion run
    in processes of their own), so no test may see that either."""
    monkeypatch.setattr(Image, "open", PILLOW_OPEN)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("system"):
        package = marker.args[0]
        program = SYSTEM_PROGRAMS[package]
        if shutil.which(program) or Path("/usr/sbin", program).exists():
            continue
        reason = f"needs the Debian package {package}"
        if os.environ.get("REQUIRE_SYSTEM") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the project; tests that use it skip where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real inputs are not here: {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def hopper() -> NDArray[np.uint8]:
    """A public-domain portrait that comes with matplotlib: (600, 512, 3) RGB, one frontal face."""
    path = files("matplotlib") / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    return _read_rgb(Path(str(path)))


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """A public-domain portrait that comes with scikit-image: (512, 512, 3) RGB, one frontal face."""
    return _read_rgb(Path(str(files("skimage") / "data" / "astronaut.png")))


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """A server of this test run's own. Who asks for it needs the marker `system("mariadb-server")`."""
    server = MariaDb(tmp_path_factory.mktemp("mariadb"))
    server.start()
    yield server
    server.stop(kill=True)


@pytest.fixture(params=BOTH_DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind without a single row. (MariaDB keeps its tables: making them takes half a second.)"""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/test.sqlite3"
    server: MariaDb = request.getfixturevalue("mariadb")
    server.empty("shared")
    return server.url("shared")


@pytest.fixture(params=BOTH_DATABASES)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind without a single table."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/bare.sqlite3"
    server: MariaDb = request.getfixturevalue("mariadb")
    return server.url(server.new_database())


@pytest.fixture
def media_root(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
async def storage(database_url: str, media_root: Path) -> AsyncIterator[Storage]:
    """An open, empty storage on a database of either kind."""
    async with open_storage(database_url, media_root) as opened:
        yield opened


def _read_rgb(path: Path) -> NDArray[np.uint8]:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert bgr is not None, path
    return np.ascontiguousarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)
