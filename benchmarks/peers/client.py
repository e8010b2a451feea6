"""One client process for every system: the same clip, the same clock, the same sums.

`python -m benchmarks.peers.client URL CLIP --sessions 4 [--rtp-timestamps] [--loss 0.02]` says it as JSON on stdout.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

from benchmarks.clips import Clip, close_up, encode, moving_portrait
from benchmarks.impaired_link import ImpairedLink, Impairment
from benchmarks.live_client import RTCP_TYPES, RTP_MARKER, ClipTrack, LiveClient
from benchmarks.load import percentile
from benchmarks.peers.stamp import stamped

__all__ = ["PeerClient", "load_clip", "make_clip", "run"]

CLIP_FRAMES = 900  # 30 s: an answer about a frame is told from one about the same picture a round earlier
STAMP = '"stamp": '


@dataclass
class PeerClient(LiveClient):
    """A session whose answers name their frame by its stamp, or with rtp_timestamps by its RTP timestamp.

    staleness: when an answer comes, how old the newest frame known until then had become, s."""

    rtp_timestamps: bool = False
    staleness: list[float] = field(default_factory=list)
    answers: int = 0
    _newest_sent: float = 0.0

    def _time_packets(self, transport: Any) -> None:
        send = transport._send_rtp
        track = self.track
        assert isinstance(track, ClipTrack)

        async def send_and_note(data: bytes) -> None:
            await send(data)
            if data[1] & RTP_MARKER and data[1] not in RTCP_TYPES:
                key = (track.sent_frames - 1) % CLIP_FRAMES
                if self.rtp_timestamps:
                    key = int.from_bytes(data[4:8], "big")
                self.sent_at[key] = time.monotonic()
                if len(self.sent_at) > CLIP_FRAMES:
                    del self.sent_at[next(iter(self.sent_at))]

        transport._send_rtp = send_and_note

    def _on_annotation(self, text: str) -> None:
        now = time.monotonic()
        if not self.first_annotation_s:
            self.first_annotation_s = now - self.offered_at
        key = self._key(text)
        sent = None if key is None else self.sent_at.pop(key, None)
        if sent is None:
            return
        self.answers += 1
        self.latencies.append(now - sent)
        if self._newest_sent:
            self.staleness.append(now - self._newest_sent)
        self._newest_sent = max(self._newest_sent, sent)

    def _key(self, text: str) -> int | None:
        name = '"rtp_timestamp":' if self.rtp_timestamps else STAMP
        start = text.find(name)
        if start < 0:
            return None
        start += len(name)
        value = text[start : text.index(",", start)]
        return None if value == "null" else int(value)


def make_clip(path: Path) -> None:
    """Encode the clip once for all runs: its packets' lengths and the packets."""
    clip = encode(stamped(moving_portrait(close_up(), 640, 360, CLIP_FRAMES)), kbps=1000)
    np.savez(path, lengths=[len(one) for one in clip.packets], packets=np.frombuffer(b"".join(clip.packets), np.uint8))


def load_clip(path: Path) -> Clip:
    """The clip that make_clip wrote."""
    with np.load(path) as stored:
        ends = np.cumsum(stored["lengths"])
        data = stored["packets"].tobytes()
    packets = [data[end - length : end] for end, length in zip(ends, np.diff(ends, prepend=0), strict=True)]
    return Clip(packets, "VP8", 30, 640, 360)


async def run(
    url: str,
    clip: Clip,
    sessions: int,
    seconds: float,
    settle_s: float,
    *,
    rtp_timestamps: bool,
    impairment: Impairment | None,
) -> dict[str, float]:
    """Open the sessions, let them settle, measure, close. Rates in frames a second, times in ms;
    since_s and until_s on the monotonic clock, which all processes of a machine share."""
    async with contextlib.AsyncExitStack() as stack:
        clients: list[PeerClient] = []
        failed = 0
        for number in range(sessions):
            link = None
            if impairment is not None:
                link = await stack.enter_async_context(ImpairedLink(impairment, seed=number))
            client = PeerClient(
                url, ClipTrack(clip), keep=False, control_channel=False, link=link, rtp_timestamps=rtp_timestamps
            )
            try:
                clients.append(await stack.enter_async_context(client))
            except (OSError, ValueError):
                failed += 1
            await asyncio.sleep(0.05 + (number % 7) / clip.fps / 7)
        await asyncio.sleep(settle_s)
        for client in clients:
            client.latencies.clear()
            client.staleness.clear()
        started = time.monotonic()
        await asyncio.sleep(seconds)
        until = time.monotonic()
        return _summary(clients, until - started) | {"failed": failed, "since_s": started, "until_s": until}


def _summary(clients: list[PeerClient], elapsed: float) -> dict[str, float]:
    rates = [len(client.latencies) / elapsed for client in clients] or [0.0]
    latencies = [one for client in clients for one in client.latencies]
    squares = sum(rate * rate for rate in rates)
    # a session that got nothing has nothing to time: it counts as infinitely late
    worst = max((percentile(one.latencies, 0.95) if one.latencies else float("inf") for one in clients), default=0.0)
    return {
        "sessions": len(clients),
        "fps_min": min(rates),
        "fps_mean": statistics.fmean(rates),
        "p50_ms": percentile(latencies, 0.50) * 1e3,
        "p95_ms": percentile(latencies, 0.95) * 1e3,
        "p99_ms": percentile(latencies, 0.99) * 1e3,
        "worst_p95_ms": min(worst * 1e3, 1e9),
        "stale_p95_ms": percentile([one for client in clients for one in client.staleness], 0.95) * 1e3,
        "jain": sum(rates) ** 2 / (len(rates) * squares) if squares else 0.0,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("clip", type=Path)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--settle", type=float, default=2.0)
    parser.add_argument("--rtp-timestamps", action="store_true")
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--delay", type=float, default=0.0, help="s, one way")
    parser.add_argument("--jitter", type=float, default=0.0, help="s, to either side")
    arguments = parser.parse_args()
    impairment = Impairment(arguments.loss, arguments.delay, arguments.jitter)
    result = uvloop.run(
        run(
            arguments.url,
            load_clip(arguments.clip),
            arguments.sessions,
            arguments.seconds,
            arguments.settle,
            rtp_timestamps=arguments.rtp_timestamps,
            impairment=None if impairment == Impairment() else impairment,
        )
    )
    json.dump(result, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
