"""A client process that holds sessions and reports what each got: `python -m benchmarks.load URL --sessions 8`.

It sends undecoded packets and looks into no message, so that it takes as little as it can of the machine it shares.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import uvloop

from benchmarks.clips import Clip, close_up, encode, moving_portrait
from benchmarks.live_client import ClipTrack, LiveClient
from benchmarks.obedient import ObedientTrack, clips_by_rate
from signaling.budget import LEAST_KBPS_SHARE

__all__ = ["SessionLoad", "measure", "percentile"]

SPREAD_FPS = 30  # cameras start spread over the time of one frame at that rate


@dataclass(frozen=True, slots=True)
class SessionLoad:
    """One session's share: analysed frames a second, latencies, p95 of the time since the last inspection, s, and the
    frames a second that were sent."""

    fps: float
    p50_s: float
    p95_s: float
    p99_s: float
    first_annotation_s: float
    inspection_age_s: float = 0.0
    sent_fps: float = 0.0
    refused: str | None = None


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of them lies; 0.0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def measure(
    url: str,
    make_track: Callable[[], ClipTrack],
    sessions: int,
    seconds: float,
    settle_s: float,
    *,
    moves: bool = False,
) -> list[SessionLoad]:
    """Open sessions one after the other, let them settle, measure, close."""
    clients: list[LiveClient] = []
    refused: list[str] = []
    try:
        for number in range(sessions):
            client = LiveClient(url, make_track(), keep=False, moves=moves)
            try:
                await client.__aenter__()
            except (ConnectionRefusedError, OSError) as error:
                refused.append(str(error))
                continue
            clients.append(client)
            # spread the cameras' clocks over a frame's time
            await asyncio.sleep(0.05 + (number % 7) / SPREAD_FPS / 7)
        await asyncio.sleep(settle_s)
        for client in clients:
            client.latencies.clear()
            client.inspection_ages.clear()
            client.frames_sent = 0
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
                sent_fps=client.frames_sent / elapsed,
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
        "sent_fps": statistics.fmean(load.sent_fps for load in served) if served else 0.0,
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
    parser.add_argument("--obey-budget", action="store_true", help="send no more frames than the server asks for")
    parser.add_argument("--moves", action="store_true", help="ask for moves between whole results")
    arguments = parser.parse_args()

    def clip(frames: int, fps: int) -> Clip:
        kbps = (1000 if arguments.width <= 640 else 2500) * max(LEAST_KBPS_SHARE, min(1.0, fps / 30))
        portrait = moving_portrait(close_up(), arguments.width, arguments.height, frames)
        return encode(portrait, fps=fps, kbps=round(kbps))

    make_track: Callable[[], ClipTrack]
    if arguments.obey_budget:
        make_track = partial(ObedientTrack, clips_by_rate(clip))
    else:
        make_track = partial(ClipTrack, clip(90, arguments.fps))
    sessions, seconds, settle_s = arguments.sessions, arguments.seconds, arguments.settle
    loads = uvloop.run(measure(arguments.url, make_track, sessions, seconds, settle_s, moves=arguments.moves))
    json.dump({"summary": summary(loads), "sessions": [asdict(load) for load in loads]}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
