"""A client process that holds sessions and reports what each got: `python -m benchmarks.load URL --sessions 8`.

It sends undecoded packets and looks into no message, so that it takes as little as it can of the machine it shares.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass

import uvloop

from benchmarks.clips import Clip, close_up, encode, moving_portrait
from benchmarks.live_client import ClipTrack, LiveClient

__all__ = ["SessionLoad", "measure", "percentile"]


@dataclass(frozen=True, slots=True)
class SessionLoad:
    """One session's share: analysed frames a second, latencies, and p95 of the age of what is shown on the skin, s."""

    fps: float
    p50_s: float
    p95_s: float
    p99_s: float
    first_annotation_s: float
    inspection_age_s: float = 0.0
    refused: str | None = None


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them lies; 0.0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def measure(url: str, clip: Clip, sessions: int, seconds: float, settle_s: float) -> list[SessionLoad]:
    """Open sessions one after the other, let them settle, measure, close."""
    clients: list[LiveClient] = []
    refused: list[str] = []
    try:
        for number in range(sessions):
            track = ClipTrack(clip)
            client = LiveClient(url, track, keep=False)
            try:
                await client.__aenter__()
            except (ConnectionRefusedError, OSError) as error:
                refused.append(str(error))
                continue
            clients.append(client)
            # spread the cameras' clocks over a frame's time
            await asyncio.sleep(0.05 + (number % 7) / clip.fps / 7)
        await asyncio.sleep(settle_s)
        for client in clients:
            client.latencies.clear()
            client.inspection_ages.clear()
        started = time.monotonic()
        await asyncio.sleep(seconds)
        elapsed = time.monotonic() - started
        loads = [
            SessionLoad(
                fps=len(client.latencies) / elapsed,
                p50_s=percentile(client.latencies, 0.50),
                p95_s=percentile(client.latencies, 0.95),
                p99_s=percentile(client.latencies, 0.99),
                first_annotation_s=client.first_annotation_s,
                inspection_age_s=percentile(client.inspection_ages, 0.95),
            )
            for client in clients
        ]
    finally:
        await asyncio.gather(*(client.__aexit__(None, None, None) for client in clients))
    return loads + [SessionLoad(0.0, 0.0, 0.0, 0.0, 0.0, refused=reason) for reason in refused]


def summary(loads: list[SessionLoad]) -> dict[str, float]:
    """Over all sessions: rates, latencies of the worst session, Jain's index of fairness of the rates."""
    served = [load for load in loads if load.refused is None]
    rates = [load.fps for load in served] or [0.0]
    squares = sum(rate * rate for rate in rates)
    return {
        "sessions": len(served),
        "refused": len(loads) - len(served),
        "fps_min": min(rates),
        "fps_mean": statistics.fmean(rates),
        "p50_ms": percentile([load.p50_s for load in served], 0.5) * 1e3,
        "p95_ms": max((load.p95_s for load in served), default=0.0) * 1e3,
        "p99_ms": max((load.p99_s for load in served), default=0.0) * 1e3,
        "jain": sum(rates) ** 2 / (len(rates) * squares) if squares else 0.0,
        "inspection_age_s": max((load.inspection_age_s for load in served), default=0.0),
        "first_ms": percentile([load.first_annotation_s for load in served], 0.5) * 1e3,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--settle", type=float, default=3.0)
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--fps", type=int, default=30)
    arguments = parser.parse_args()
    kbps = 1000 if arguments.width <= 640 else 2500
    clip = encode(
        moving_portrait(close_up(), arguments.width, arguments.height, 90),
        fps=arguments.fps,
        kbps=kbps,
    )
    loads = uvloop.run(measure(arguments.url, clip, arguments.sessions, arguments.seconds, arguments.settle))
    json.dump({"summary": summary(loads), "sessions": [asdict(load) for load in loads]}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
