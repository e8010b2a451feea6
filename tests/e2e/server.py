"""The real server as a process of its own, on a free port with throwaway data."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import aiohttp

__all__ = ["Server"]

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 40.0
STOP_TIMEOUT_S = 15.0


class Server:
    """start() and kill() as often as needed, always at the same address; stop() at the end."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self._folder / "server.log").read_text()

    async def start(self) -> None:
        """Returns when the server is ready. Raises AssertionError with its log when it is not in time."""
        environment = os.environ | {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "MEDIA_ROOT": str(self._folder / "media"),
            "DATABASE_URL": f"sqlite://{self._folder / 'test.sqlite3'}",
            "ADMISSION": "count",  # whatever else the machine is busy with
            **self._settings,
        }
        with (self._folder / "server.log").open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "app.py", cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._until_ready()
        except TimeoutError:
            raise AssertionError(f"the server did not start:\n{self.log}") from None

    async def kill(self) -> None:
        """No goodbye: as if the power went."""
        process = self._running()
        process.kill()
        await process.wait()

    async def stop(self) -> None:
        """End it in good order, if it still runs."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"the server did not stop:\n{self.log}") from None

    async def _until_ready(self) -> None:
        async with aiohttp.ClientSession() as client:
            while True:
                assert self._running().returncode is None, f"the server ended:\n{self.log}"
                try:
                    async with client.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.1)

    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "start() first"
        return self._process


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
