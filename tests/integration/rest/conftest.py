"""The server as `make run` starts it: a process of its own, on a free port, with throwaway data."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Server:
    """A running process. url without a slash at its end."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(20)


def start(data: Path, **settings: str) -> Server:
    """Start app.py on `data` and wait until it says its address."""
    data.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    environment |= {"PORT": "0", "MEDIA_ROOT": str(data), "DATABASE_URL": f"sqlite://{data}/test.sqlite3"} | settings
    log = data / f"log-{time.monotonic_ns()}.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + 50
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"is live at http://localhost:(\d+)", log.read_text(errors="replace"))
        if found is not None:
            return Server(f"http://127.0.0.1:{found[1]}", process, log)
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')[-4000:]}")


@pytest.fixture(scope="session")
def rest_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all the tests that leave it as it was."""
    server = start(tmp_path_factory.mktemp("rest") / "media")
    yield server
    server.process.terminate()
    assert server.process.wait(30) == 0


@pytest.fixture(scope="session")
def portrait(hopper: NDArray[np.uint8]) -> bytes:
    """A JPEG of a frontal face, large enough for most conditions."""
    large = cv2.resize(hopper, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", cv2.cvtColor(np.asarray(large), cv2.COLOR_RGB2BGR))[1].tobytes()
