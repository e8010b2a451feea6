"""The REST service: uploads, a long history, and its answers while live sessions run."""

import asyncio
import io
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import aiohttp
import cv2
import numpy as np
from PIL import Image as Pillow

from benchmarks.clips import portrait
from benchmarks.load import percentile
from benchmarks.server_process import ROOT, ServerProcess
from benchmarks.table import Row
from storage.opening import open_storage
from storage.records import ConditionRecord, ReportDraft, ScoreRecord, SeverityRecord

__all__ = ["bench_rest"]

REPORTS = 10_000
LIVE_SESSIONS = 8
TIMEOUT = aiohttp.ClientTimeout(total=120)
ACCOUNT = {"user_id": "bench", "name": "Bench", "password": "a password for benches", "consent": True}


def bench_rest(quick: bool) -> Iterator[Row]:
    """All rows about REST."""
    with ServerProcess() as server:
        yield from asyncio.run(_uploads(server.url, 3 if quick else 15))
    with ServerProcess(MAX_SESSIONS="64", ADMISSION="count") as server:
        yield asyncio.run(_beside_live_sessions(server.url, 5.0 if quick else 20.0))
        yield asyncio.run(_long_history(server, 200 if quick else REPORTS))


async def _uploads(url: str, rounds: int) -> list[Row]:
    photograph = _photograph_12_mp()
    async with aiohttp.ClientSession(url, timeout=TIMEOUT) as http:
        headers = await _signed_up(http)
        await _upload(http, headers, photograph)
        alone = [await _upload(http, headers, photograph) for _ in range(rounds)]
        started = time.perf_counter()
        statuses = await asyncio.gather(*(_upload(http, headers, photograph) for _ in range(10)))
        together = time.perf_counter() - started
        async with http.get("/reports/", params={"limit": "50"}, headers=headers) as response:
            kept = len(await response.json())
    middle = statistics.median(alone)
    return [
        Row(
            "upload of a 12 MP JPEG over HTTP, all local detectors, stored",
            f"p50 {middle * 1e3:.0f} ms, p95 {percentile(alone, 0.95) * 1e3:.0f} ms",
            "<= 1000 ms p50",
            middle <= 1.0,
        ),
        Row(
            "ten such uploads at once",
            f"all {len(statuses)} stored in {together:.1f} s",
            "none lost",
            kept >= min(50, rounds + 11),
        ),
    ]


async def _beside_live_sessions(url: str, seconds: float) -> Row:
    command = [sys.executable, "-m", "benchmarks.load", url, "--sessions", str(LIVE_SESSIONS), "--seconds", "999"]
    client = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.DEVNULL)
    taken: list[float] = []
    try:
        async with aiohttp.ClientSession(url, timeout=TIMEOUT) as http:
            headers = await _signed_up(http)
            await asyncio.sleep(6)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                for path in ("/reports/", "/progress/", "/profile/", "/ice-servers"):
                    started = time.perf_counter()
                    async with http.get(path, headers=headers) as response:
                        await response.read()
                    taken.append(time.perf_counter() - started)
                await asyncio.sleep(0.05)
    finally:
        client.kill()
        await client.wait()
    p99 = percentile(taken, 0.99) * 1e3
    return Row(
        f"REST reads while {LIVE_SESSIONS} live sessions run",
        f"p50 {percentile(taken, 0.5) * 1e3:.0f} ms, p99 {p99:.0f} ms over {len(taken)} calls",
        "p99 <= 200 ms",
        p99 <= 200,
    )


async def _long_history(server: ServerProcess, count: int) -> Row:
    """The first page of /reports/ for somebody with so many of them."""
    async with aiohttp.ClientSession(server.url, timeout=TIMEOUT) as http:
        async with http.post("/login/", json={key: ACCOUNT[key] for key in ("user_id", "password")}) as response:
            token = (await response.json())["data"]["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with open_storage(f"sqlite://{server.media_root}/bench.sqlite3", server.media_root) as storage:
            account = await storage.accounts.find("bench")
            assert account is not None
            for number in range(count):
                await storage.saver.save(account.id, _draft(number), [])
        taken = []
        for _ in range(20):
            started = time.perf_counter()
            async with http.get("/reports/", headers=headers) as response:
                await response.read()
            taken.append(time.perf_counter() - started)
    middle = statistics.median(taken) * 1e3
    return Row(f"/reports/ with {count} reports", f"p50 {middle:.0f} ms", "<= 50 ms", middle <= 50)


def _draft(number: int) -> ReportDraft:
    conditions = tuple(
        ConditionRecord(
            condition=name,
            count=number % 7,
            status="ok",
            severity=SeverityRecord(1, "mild", "bench"),
            score=ScoreRecord(80.0, 75.0, 85.0, "bench/1"),
            detector={"name": "local", "version": "1", "backend": "opencv"},
            findings=tuple({"id": f"{name}-{one}", "x": 10.5, "y": 20.5} for one in range(number % 7)),
        )
        for name in ("acne", "wrinkles", "eyebags", "eczema", "rosacea", "hyperpigmentation", "dark_spots")
    )
    when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    return ReportDraft(when, "upload", "bench.jpg", "normal", {"ok": True, "issues": []}, conditions)


async def _signed_up(http: aiohttp.ClientSession) -> dict[str, str]:
    async with http.post("/signup/", json=ACCOUNT) as response:
        token = (await response.json())["data"]["access_token"]
    return {"Authorization": f"Bearer {token}"}


async def _upload(http: aiohttp.ClientSession, headers: dict[str, str], picture: bytes) -> float:
    form = aiohttp.FormData()
    form.add_field("file", picture, filename="face.jpg", content_type="image/jpeg")
    started = time.perf_counter()
    async with http.post("/upload-image/", data=form, headers=headers) as response:
        answer = await response.json()
        if response.status != 201 or not answer["kept"]:
            raise RuntimeError(f"upload failed: {response.status} {answer}")
    return time.perf_counter() - started


def _photograph_12_mp() -> bytes:
    large = np.asarray(cv2.resize(portrait("hopper"), (3000, 4000), interpolation=cv2.INTER_CUBIC), np.uint8)
    out = io.BytesIO()
    Pillow.fromarray(large).save(out, "JPEG", quality=90)
    return out.getvalue()
