"""A real server in this process, real peers, and the rule that nothing is left when a test is over."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from app import create_app
from benchmarks.clips import Clip, close_up, encode, moving_portrait
from settings import Settings
from signaling.registry import SessionRegistry
from signaling.routes import REGISTRY


@dataclass
class Server:
    """A running application: its address and its sessions."""

    url: str
    app: web.Application

    @property
    def sessions(self) -> SessionRegistry:
        return self.app[REGISTRY]

    async def empty(self, timeout_s: float = 10.0) -> None:
        """Wait until no session is left."""
        await asyncio.wait_for(self.sessions.emptied(), timeout_s)


StartServer = Callable[..., Awaitable[Server]]


@asynccontextmanager
async def servers(root: Path) -> AsyncIterator[StartServer]:
    """A function that starts a server with the given settings; all are stopped at the end, and must leave nothing."""
    threads_before = {thread.name for thread in threading.enumerate()}
    tasks_before = asyncio.all_tasks()
    stop = asyncio.Event()
    hosts: list[asyncio.Task[None]] = []

    async def host(settings: Settings, started: asyncio.Future[Server]) -> None:
        """A server's whole life in one task, as in production: what it opens is closed in the same context."""
        app = create_app(settings)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, lingering_time=1.0)
        try:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            started.set_result(Server(f"http://127.0.0.1:{runner.addresses[0][1]}", app))
            await stop.wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise
        finally:
            await runner.cleanup()

    async def start(**changes: Any) -> Server:
        folder = root / str(len(hosts))
        values: dict[str, Any] = {
            "host": "127.0.0.1",
            "media_root": folder,
            "database_url": f"sqlite://{folder}/test.sqlite3",
            "shutdown_grace_s": 5.0,
            "admission": "count",  # whatever else the machine is busy with
        }
        started: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
        hosts.append(asyncio.create_task(host(Settings(_env_file=None, **(values | changes)), started)))
        return await started

    try:
        yield start
    finally:
        stop.set()
        await asyncio.gather(*hosts)
    await asyncio.sleep(0)
    gc.collect()
    await _settle(lambda: asyncio.all_tasks() - tasks_before - {asyncio.current_task()})
    await _settle(lambda: {thread.name for thread in threading.enumerate() if _ours(thread)} - threads_before)


@pytest.fixture
async def start_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    """A function that starts a server with the given settings."""
    async with servers(tmp_path) as start:
        yield start


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A server with the default settings."""
    return await start_server()


@pytest.fixture(scope="session")
def face_clip() -> Clip:
    """Two seconds of a portrait that sways, 640x360 at 30 frames a second."""
    return encode(moving_portrait(close_up(), 640, 360, 60))


@pytest.fixture(scope="session")
def empty_clip() -> Clip:
    """Two seconds of a grey room."""
    import numpy as np

    return encode([np.full((360, 640, 3), 90, np.uint8)] * 60)


def _ours(thread: threading.Thread) -> bool:
    # the loop's default executor keeps its threads for the next call
    return not thread.name.startswith("asyncio_")


async def _settle(left: Callable[[], set[Any]], timeout_s: float = 5.0) -> None:
    """Fail if something is still left when the time is over."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while remaining := left():
        assert asyncio.get_running_loop().time() < deadline, f"left behind: {remaining}"
        await asyncio.sleep(0.05)
