"""Live sessions: latency, how many fit, what overload does, and what connecting costs."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks.clips import Clip, close_up, encode, moving_portrait
from benchmarks.live_client import ClipTrack, LiveClient
from benchmarks.server_process import ROOT, ServerProcess
from benchmarks.table import Row
from media_pipeline.face_models import CROP_SIZE, FaceModels

__all__ = ["bench_live"]

RUNS = 3
LADDER = (4, 8, 10, 12, 16)
OVERLOAD_S = 120.0
CONNECTS = 200
EXECUTOR_THREADS = 2  # asyncio's own executor may grow by that at any time, whatever sessions do
FITS_FPS, FITS_P95_MS = 10.0, 200.0
SETTLE_S = 10.0  # until the server has found the rate that it can serve all at


@dataclass(frozen=True, slots=True)
class Load:
    """A client's summary, with what the server process used meanwhile."""

    summary: dict[str, float]
    cpu_s: float
    memory_mb: float


def bench_live(quick: bool) -> Iterator[Row]:
    """All rows about live sessions, each as soon as it is known. quick: shorter runs, for trying the bench itself."""
    seconds = 4.0 if quick else 12.0
    yield from _latency(seconds, 1 if quick else RUNS)
    fits, one = 1, None
    for obedient in (False, True):
        for sessions in LADDER[: 2 if quick else None]:
            row, load, fit = _rung(sessions, seconds, obedient=obedient)
            yield row
            if fit and not obedient:
                fits, one = sessions, load
    if one is not None:
        yield _cpu_per_frame(one, seconds)
    yield from _overload(fits, 20.0 if quick else OVERLOAD_S)
    yield from asyncio.run(_connects(20 if quick else CONNECTS))


def _rung(sessions: int, seconds: float, *, obedient: bool) -> tuple[Row, Load, bool]:
    """So many sessions on a server of their own: the row, the load and whether they fit."""
    arguments = ["--settle", str(SETTLE_S), *(["--obey-budget", "--moves"] if obedient else [])]
    with ServerProcess(MAX_SESSIONS="500", ADMISSION="count") as server:
        server.wait_until_idle()
        empty_mb = server.memory_mb
        load = run_client(server, sessions, seconds, *arguments)
    summary = load.summary
    fit = summary["fps_min"] >= FITS_FPS and summary["p95_ms"] <= FITS_P95_MS
    per_session = (load.memory_mb - empty_mb) / sessions
    in_time = summary["inspection_age_s"] <= 3
    sent = (
        f"that do as the page does: obey the budget ({summary['sent_fps']:.0f} fps sent), take moves"
        if obedient
        else "that send 30 fps whatever is said and take whole results"
    )
    row = Row(
        f"{sessions} sessions at 640x360 {sent}, client on the same two cores",
        f"{summary['fps_min']:.1f} to {summary['fps_mean']:.1f} analysed fps, p95 {summary['p95_ms']:.0f} ms, "
        f"Jain {summary['jain']:.3f}, {per_session:.1f} MB a session, "
        f"last inspection {summary['inspection_age_s']:.1f} s ago (p95 of the worst)",
        "16: >= 10 fps each, p95 <= 200 ms, <= 40 MB, <= 3 s" if sessions == 16 else "",
        (fit and per_session <= 40 and in_time) if sessions == 16 else None,
    )
    return row, load, fit


def run_client(
    server: ServerProcess, sessions: int, seconds: float, *arguments: str, cpus: list[int] | None = None
) -> Load:
    """Run the client process against a server and collect both sides."""
    before = server.cpu_s
    client = subprocess.Popen(
        [*_client_command(server, sessions, seconds), *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    if cpus is not None:
        psutil.Process(client.pid).cpu_affinity(cpus)
    memory = 0.0
    while client.poll() is None:
        memory = max(memory, server.memory_mb)
        time.sleep(0.5)
    assert client.stdout is not None
    result: dict[str, Any] = json.load(client.stdout)
    return Load(result["summary"], server.cpu_s - before, memory)


def _client_command(server: ServerProcess, sessions: int, seconds: float) -> list[str]:
    count, length = str(sessions), str(seconds)
    return [sys.executable, "-m", "benchmarks.load", server.url, "--sessions", count, "--seconds", length]


def _latency(seconds: float, runs: int) -> Iterator[Row]:
    for width, height, bars in ((640, 360, (10.0, 20.0)), (1280, 720, (18.0, 40.0))):
        p50s, p95s, firsts = [], [], []
        for _ in range(runs):
            with ServerProcess(cpus=[0]) as server:
                size = ("--width", str(width), "--height", str(height))
                summary = run_client(server, 1, seconds, *size, cpus=[1]).summary
                p50s.append(summary["p50_ms"])
                p95s.append(summary["p95_ms"])
                firsts.append(summary["first_ms"])
        each = ", ".join(f"{one:.1f}/{two:.1f}" for one, two in zip(p50s, p95s, strict=True))
        p50, p95 = statistics.median(p50s), statistics.median(p95s)
        yield Row(
            f"capture to annotation, one session, {width}x{height} at 30 fps (median of {runs} runs)",
            f"p50 {p50:.1f} ms, p95 {p95:.1f} ms (runs: {each})",
            f"p50 <= {bars[0]:.0f} ms, p95 <= {bars[1]:.0f} ms",
            p50 <= bars[0] and p95 <= bars[1],
        )
        if (width, height) == (640, 360):
            first = statistics.median(firsts)
            yield Row("offer to first annotation", f"{first:.0f} ms", "<= 500 ms", first <= 500)


def _cpu_per_frame(load: Load, seconds: float) -> Row:
    frames = load.summary["fps_mean"] * load.summary["sessions"] * seconds
    # settling and connecting use processor time too
    share = seconds / (seconds + SETTLE_S + load.summary["sessions"] * 0.075)
    per_frame_ms = load.cpu_s * share / frames * 1e3
    bare_ms = _bare_model_ms()
    return Row(
        "processor time of the whole server per analysed frame / bare face mesh, "
        f"{load.summary['sessions']:.0f} sessions",
        f"{per_frame_ms:.2f} ms / {bare_ms:.2f} ms = {per_frame_ms / bare_ms:.2f}",
        "<= 1.5",
        per_frame_ms / bare_ms <= 1.5,
    )


def _bare_model_ms() -> float:
    """Processor time of the face mesh model alone, on one upright crop of a face."""
    crop = np.asarray(cv2.resize(close_up(), (CROP_SIZE, CROP_SIZE)), np.uint8)
    models = FaceModels()
    try:
        for _ in range(10):
            models.mesh(crop)
        started = time.process_time()
        for _ in range(100):
            models.mesh(crop)
        return (time.process_time() - started) / 100 * 1e3
    finally:
        models.close()


def _overload(fits: int, seconds: float) -> Iterator[Row]:
    sessions = 3 * fits
    with ServerProcess(MAX_SESSIONS="500", ADMISSION="count") as server:
        samples: list[tuple[float, float]] = []
        command = [*_client_command(server, sessions, seconds), "--settle", "5"]
        client = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started = time.monotonic()
        while client.poll() is None:
            samples.append((time.monotonic() - started, server.memory_mb))
            time.sleep(1.0)
        assert client.stdout is not None
        summary = json.load(client.stdout)["summary"]
        late = [memory for at, memory in samples if at > seconds / 2]
        growth = late[-1] - late[0] if late else 0.0
        after = run_client(server, 1, 4.0, "--settle", "2")
    yield Row(
        f"overload: {sessions} sessions, three times what fits, for {seconds:.0f} s",
        f"p95 {summary['p95_ms']:.0f} ms, Jain {summary['jain']:.3f}, {summary['fps_min']:.1f} to "
        f"{summary['fps_mean']:.1f} fps, {summary['refused']:.0f} refused, "
        f"memory {growth:+.0f} MB over the second half",
        "p95 <= 500 ms, Jain >= 0.95, memory flat",
        summary["p95_ms"] <= 500 and summary["jain"] >= 0.95 and growth < 10,
    )
    again = after.summary
    yield Row(
        "one session, two seconds after the overload",
        f"p50 {again['p50_ms']:.1f} ms, p95 {again['p95_ms']:.1f} ms, {again['fps_min']:.1f} fps",
        "recovered",
        again["fps_min"] > 25,
    )


async def _connects(count: int) -> list[Row]:
    clip = encode(moving_portrait(close_up(), 640, 360, 30), kbps=800)
    with ServerProcess(MAX_SESSIONS="500", SESSION_IDLE_S="3", CONNECT_TIMEOUT_S="3") as server:
        await _connect_and_vanish(
            server.url, clip, count // 2
        )  # until the allocator and the executor have what they keep
        await asyncio.sleep(10)
        before = _left(server)
        await _connect_and_vanish(server.url, clip, count)
        await asyncio.sleep(10)  # both limits, the watchdog's second, and closing a hundred connections
        after = _left(server)
    growth = {name: after[name] - before[name] for name in before}
    return [
        Row(
            f"{count} sessions opened and killed",
            ", ".join(f"{name} {change:+.0f}" for name, change in growth.items()),
            "nothing left behind",
            growth["threads"] <= EXECUTOR_THREADS and growth["files"] <= 0 and growth["MB"] < 20,
        )
    ]


async def _connect_and_vanish(url: str, clip: Clip, count: int) -> None:
    for number in range(count):
        client = LiveClient(url, ClipTrack(clip))
        await client.__aenter__()
        if number % 4 == 0:
            await client.next_annotations()
        # half of them without a word: no DTLS close, no DELETE, as when the process is killed
        if number % 2:
            client.vanish()
        await client.pc.close()


def _left(server: ServerProcess) -> dict[str, float]:
    return {"threads": server.usage.num_threads(), "files": server.usage.num_fds(), "MB": server.memory_mb}
