"""Starting and stopping."""

import asyncio
from collections.abc import Iterator

from benchmarks.clips import close_up, encode, moving_portrait
from benchmarks.live_client import ClipTrack, LiveClient
from benchmarks.server_process import ServerProcess
from benchmarks.table import Row

__all__ = ["bench_start_up"]


def bench_start_up(quick: bool) -> Iterator[Row]:
    """Start to ready, torch not loaded, Ctrl-C with sessions open."""
    times = []
    for _ in range(1 if quick else 5):
        with ServerProcess() as server:
            times.append(server.start_to_ready_s)
            torch = server.loads("libtorch")
    middle = sorted(times)[len(times) // 2]
    yield Row(
        "start to ready",
        f"{middle:.1f} s, torch {'loaded' if torch else 'not loaded'}",
        "<= 3 s, torch not imported",
        middle <= 3 and not torch,
    )
    stopping = asyncio.run(_stop_with_sessions(4))
    yield Row("Ctrl-C with 4 sessions open", f"{stopping:.1f} s", "<= 2 s", stopping <= 2)


async def _stop_with_sessions(count: int) -> float:
    clip = encode(moving_portrait(close_up(), 640, 360, 30), kbps=800)
    with ServerProcess() as server:
        clients = [LiveClient(server.url, ClipTrack(clip)) for _ in range(count)]
        for client in clients:
            await client.__aenter__()
            await client.next_annotations()
        took = await asyncio.to_thread(server.stop)
        await asyncio.gather(*(client.pc.close() for client in clients))
    return took
