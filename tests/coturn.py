"""A throwaway coturn on loopback, configured by what `python -m turn render` writes."""

import dataclasses
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

from turn.coturn import CoturnConfig

__all__ = ["SECRET", "Coturn"]

SECRET = "only-for-tests-0123456789"
START_TIMEOUT_S = 10.0
SCHEMA = Path("/usr/share/coturn/schema.sql")  # Debian's package


class Coturn:
    """start() and stop() as often as needed, always at the same port. changes: fields of CoturnConfig."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.port = _free_port()
        first = _free_ports(40)
        config = CoturnConfig(
            realm="turn.test",
            secret=SECRET,
            listening_ips=("127.0.0.1",),
            port=self.port,
            relay_ports=(first, first + 39),
            local_peers=True,
        )
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "turnserver.conf"
        self._config.write_text(dataclasses.replace(config, **changes).render())  # type: ignore[arg-type]
        # coturn makes its tables at the first request, and fails the second where that comes at the same time
        with sqlite3.connect(folder / "db") as database:
            database.executescript(SCHEMA.read_text())
        database.close()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, transport: str = "udp") -> str:
        return f"turn:127.0.0.1:{self.port}?transport={transport}"

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")

    def start(self) -> None:
        program = shutil.which("turnserver")
        assert program is not None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    "-c",
                    str(self._config),
                    "--pidfile",
                    str(self._folder / "pid"),
                    "--userdb",
                    str(self._folder / "db"),
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=os.environ | {"HOME": str(self._folder)},
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(self.log[-2000:]) from None
                time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _free_ports(count: int) -> int:
    """The first of so many UDP ports in a row below the ephemeral ones that nobody has at the moment."""
    for first in range(20_000 + os.getpid() % 100 * count, 32_000, count):
        probes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        try:
            for offset, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + offset))
            return first
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    raise RuntimeError("no free ports")
