"""A real browser with a camera that plays a file, driven from the tests."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from benchmarks.browser import ALLOW_CAMERA, CHROMIUM_FLAGS
from tests.e2e.server import Server

DENY_CAMERA = "--deny-permission-prompts"

LaunchBrowser = Callable[..., Awaitable[Browser]]
StartServer = Callable[..., Awaitable[Server]]


@pytest.fixture
async def launch_browser() -> AsyncIterator[LaunchBrowser]:
    """Starts Debian's Chromium: `await launch_browser(clip)` with an MJPEG file as the camera's picture, or with none;
    `allow_camera=False` refuses the page the camera. Closed after the test."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())

        async def launch(clip: Path | None = None, *, allow_camera: bool = True) -> Browser:
            flags = [*CHROMIUM_FLAGS, ALLOW_CAMERA if allow_camera else DENY_CAMERA]
            if clip is not None:
                flags.append(f"--use-file-for-fake-video-capture={clip}")
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            stack.push_async_callback(browser.close)
            return browser

        yield launch


@pytest.fixture
async def start_server(tmp_path: Path) -> AsyncIterator[StartServer]:
    """Starts the real server: `await start_server(MAX_SESSIONS="1")`. Stopped in good order after the test."""
    async with AsyncExitStack() as stack:

        async def start(**settings: str) -> Server:
            server = Server(tmp_path, **settings)
            stack.push_async_callback(server.stop)
            await server.start()
            return server

        yield start
