"""Runs of one system: a server process, a client process, and what both say of themselves."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.systems import HERE, ROOT, System, environment
from benchmarks.server_process import ServerProcess

__all__ = ["Measured", "Session", "measure"]

HELD_FPS, HELD_P95_MS = 10.0, 500.0  # what makes a session count as held
LATEST_END_S = 60.0  # beyond a run's own length, a client that has not ended is given up


@dataclass(frozen=True, slots=True)
class Session:
    """How a run goes: the clip's file, sessions at once, seconds measured after settle_s, the network's arguments for
    the client."""

    clip: Path
    sessions: int
    seconds: float
    settle_s: float
    network: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a run. Times in ms, rates in frames a second; cpu_s_per_session_minute: of the server; memory_mb:
    its unique set size at the end, memory_slope: MB a minute while measuring. failure: why there are no figures."""

    fps_min: float = 0.0
    fps_mean: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    worst_p95_ms: float = 0.0
    stale_p95_ms: float = 0.0
    jain: float = 0.0
    failed: float = 0.0
    cpu_s_per_session_minute: float = 0.0
    memory_mb: float = 0.0
    memory_slope: float = 0.0
    failure: str = ""

    @property
    def held(self) -> bool:
        """Whether every session got its frames in time."""
        return not self.failure and not self.failed and self.fps_min >= HELD_FPS and self.worst_p95_ms <= HELD_P95_MS

    @property
    def line(self) -> str:
        """The figures in a few words."""
        if self.failure:
            return f"failed: {self.failure}"
        return (
            f"{self.fps_min:.1f} to {self.fps_mean:.1f} fps, p50 {self.p50_ms:.1f}, p95 {self.p95_ms:.1f}, "
            f"p99 {self.p99_ms:.1f} ms, stale p95 {self.stale_p95_ms:.0f} ms, Jain {self.jain:.2f}, "
            f"{self.cpu_s_per_session_minute:.1f} CPU s a session-minute, {self.memory_mb:.0f} MB "
            f"{self.memory_slope:+.0f} MB/min, {self.failed:.0f} failed"
        )


def measure(system: System, model: str, run: Session) -> Measured:
    """One server, one client, one run."""
    server_command = [str(environment(system)), str(HERE / "servers" / system.server)]
    if system.packages is None:
        server_command = [sys.executable, "-m", f"benchmarks.peers.servers.{system.server.removesuffix('.py')}"]
    settings: dict[str, Any] = {**system.settings, "MODEL": model}
    try:
        with ServerProcess(command=server_command, quiet=True, **settings) as server:
            return _with_client(server, system, run)
    except RuntimeError as error:
        return Measured(failure=str(error))


def _with_client(server: ServerProcess, system: System, run: Session) -> Measured:
    command = [
        sys.executable,
        "-m",
        "benchmarks.peers.client",
        server.url,
        str(run.clip),
        "--sessions",
        str(run.sessions),
    ]
    command += ["--seconds", str(run.seconds), "--settle", str(run.settle_s), *run.network]
    if not system.stamps:
        command.append("--rtp-timestamps")
    client = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    started = time.monotonic()
    longest = run.sessions * 0.5 + run.settle_s + run.seconds + LATEST_END_S
    samples: list[tuple[float, float, float]] = []  # when, MB, processor seconds
    try:
        while client.poll() is None:
            if time.monotonic() - started > longest:
                return Measured(failure="the client did not end")
            if server.process.poll() is not None:
                return Measured(failure=f"the server ended with {server.process.returncode}")
            samples.append((time.monotonic(), server.memory_mb, server.cpu_s))
            time.sleep(0.25)
    finally:
        if client.poll() is None:
            client.kill()
        client.wait()
    assert client.stdout is not None
    text = client.stdout.read()
    client.stdout.close()
    if client.returncode:
        return Measured(failure=f"the client ended with {client.returncode}")
    figures: dict[str, Any] = json.loads(text)
    sessions = figures.pop("sessions")
    since, until = figures.pop("since_s"), figures.pop("until_s")
    within = [one for one in samples if since <= one[0] <= until] or samples[-2:]
    minutes = max(within[-1][0] - within[0][0], 0.1) / 60
    return Measured(
        **figures,
        cpu_s_per_session_minute=(within[-1][2] - within[0][2]) / minutes / max(sessions, 1),
        memory_mb=within[-1][1],
        memory_slope=(within[-1][1] - within[0][1]) / minutes,
    )
