"""The server as its users start it: `python app.py` in a process of its own, with a throwaway media folder. Other
servers that listen on PORT and answer /readyz can be started in its place, to be compared."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

__all__ = ["ServerProcess"]

ROOT = Path(__file__).resolve().parents[1]
READY_TIMEOUT_S = 120.0  # on a machine that is busy with other things


class ServerProcess:
    """`with ServerProcess(MAX_SESSIONS="64") as server`: started, ready, and stopped at the end. Settings by their
    environment names."""

    def __init__(
        self,
        cpus: list[int] | None = None,
        command: Sequence[str] = (sys.executable, "app.py"),
        quiet: bool = False,
        **settings: str,
    ) -> None:
        """quiet: also throw away what it writes to stderr."""
        self._cpus = cpus
        self._command = list(command)
        self._stderr = subprocess.DEVNULL if quiet else None
        self._settings = settings
        self.start_to_ready_s = 0.0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="dermaassist-bench-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = os.environ | {
            "PORT": str(port),
            "MEDIA_ROOT": self._folder.name,
            "DATABASE_URL": f"sqlite://{self._folder.name}/bench.sqlite3",
            "LOG_LEVEL": "warning",
            "ADMISSION": "count",  # whoever measures decides how much is asked for
            **self._settings,
        }
        started = time.monotonic()
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=self._stderr
        )
        self.usage = psutil.Process(self.process.pid)
        if self._cpus is not None:
            self.usage.cpu_affinity(self._cpus)
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() - started > READY_TIMEOUT_S:
                self.__exit__(None, None, None)
                raise RuntimeError("the server did not become ready")
            time.sleep(0.02)
        self.start_to_ready_s = time.monotonic() - started
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._folder.cleanup()

    def stop(self, number: int = signal.SIGINT, timeout_s: float = 15.0) -> float:
        """Send the signal and wait: seconds until the process was gone."""
        started = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return time.monotonic() - started

    @property
    def media_root(self) -> Path:
        """Where the server keeps its files."""
        return Path(self._folder.name)

    @property
    def memory_mb(self) -> float:
        """Unique set size of the server and the processes it has started: what would be freed if they ended, MB."""
        total = 0.0
        for one in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended just now
                total += float(one.memory_full_info().uss)
        return total / 1e6

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time used so far, by the processes it has started too."""
        times = [one.cpu_times() for one in self._processes()]
        return sum(float(one.user + one.system) for one in times)

    def loads(self, library: str) -> bool:
        """Whether a shared library of that name is mapped into the process."""
        return library in Path(f"/proc/{self.process.pid}/maps").read_text()

    def wait_until_idle(self, timeout_s: float = 30.0) -> None:
        """Wait until what goes on behind a start that is ready is over."""
        deadline = time.monotonic() + timeout_s
        before = self.cpu_s
        while time.monotonic() < deadline:
            time.sleep(0.5)
            now = self.cpu_s
            if now - before < 0.02:
                return
            before = now

    def _processes(self) -> list[psutil.Process]:
        return [self.usage, *self.usage.children(recursive=True)]

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=1) as response:
                return bool(response.status == 200)
        except OSError:
            return False
