"""Debian's Firefox ESR without a window, driven over WebDriver BiDi (w3.org/TR/webdriver-bidi), its own protocol."""

import asyncio
import itertools
import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

__all__ = ["Firefox", "FirefoxError"]

START_TIMEOUT_S = 60.0
COMMAND_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.permission.disabled": True,  # the page gets the camera without asking
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,
    "media.gmp-manager.url": "",  # no codec is downloaded
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class FirefoxError(RuntimeError):
    """Firefox refused a command, or a script threw."""


class Firefox:
    """`async with Firefox(folder) as firefox`: one tab. folder: an empty one for its profile."""

    def __init__(self, folder: Path) -> None:
        self._profile = folder
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        program = shutil.which("firefox-esr")
        assert program is not None, "needs the Debian package firefox-esr"
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        (self._profile / "user.js").write_text("\n".join(lines))
        arguments = ["--headless", "--no-remote", "--profile", str(self._profile), "--remote-debugging-port", "0"]
        self._process = await asyncio.create_subprocess_exec(
            program, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        self._http = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                self._socket = await self._http.ws_connect(f"{await self._address()}/session", max_msg_size=0)
                await self.command("session.new", capabilities={})
                tree = await self.command("browsingContext.getTree")
                self._tab = tree["contexts"][0]["context"]
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()
        await self._stop()

    async def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its answer. Raises FirefoxError, TimeoutError."""
        number = next(self._numbers)
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            await self._socket.send_json({"id": number, "method": method, "params": parameters})
            while True:
                message = await self._socket.receive_json()
                if message.get("id") != number:
                    continue  # an event
                if message["type"] == "error":
                    raise FirefoxError(f"{method}: {message['message']}")
                result: dict[str, Any] = message["result"]
                return result

    async def before_each_page(self, script: str) -> None:
        """Run `script`, a function's text, before any script of the pages to come."""
        await self.command("script.addPreloadScript", functionDeclaration=script)

    async def open(self, url: str) -> None:
        await self.command("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    async def run(self, script: str) -> Any:
        """The JSON value of an (async) expression in the page. Raises FirefoxError when it throws."""
        result = await self.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({script}) ?? null))()",
            target={"context": self._tab},
            awaitPromise=True,
            userActivation=True,
        )
        if result["type"] == "exception":
            raise FirefoxError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    async def until(self, expression: str, timeout_s: float = COMMAND_TIMEOUT_S) -> Any:
        """The value of an expression once it is true in JavaScript's sense. Raises FirefoxError, TimeoutError."""
        async with asyncio.timeout(timeout_s):
            return await self.run(
                "(async () => { for (;;) { const value = await (async () => ("
                + expression
                + "))(); if (value) return value;"
                " await new Promise((next) => setTimeout(next, 100)); } })()"
            )

    async def _address(self) -> str:
        """Where it listens: it writes that into its profile."""
        file = self._profile / "WebDriverBiDiServer.json"
        while True:
            if file.exists() and (text := file.read_text()):
                where = json.loads(text)
                return f"ws://{where['ws_host']}:{where['ws_port']}"
            assert self._process.returncode is None, "Firefox ended at once"
            await asyncio.sleep(0.1)

    async def _stop(self) -> None:
        await self._http.close()
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
