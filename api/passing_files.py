"""Files that live as long as their links and no longer: pictures of guests, and of people who want nothing kept.

Each batch is a folder of random name below one root. Its age is the folder's own time of change, so that any process
may sweep what any other left, a crashed one included.
"""

import asyncio
import contextlib
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

__all__ = ["PASSING_FILES", "PassingFiles"]

logger = logging.getLogger(__name__)

ID_PATTERN: Final = re.compile(r"[0-9a-f]{32}")
NAME_PATTERN: Final = re.compile(r"[a-z0-9_-]{1,64}\.(jpg|png|json)")


class PassingFiles:
    """lifetime_s: seconds a batch lives. Its methods block: call them off the event loop."""

    def __init__(self, root: Path, lifetime_s: float) -> None:
        self._root = root
        self._lifetime_s = lifetime_s

    def write(self, files: Mapping[str, bytes]) -> str:
        """Keep files by name as one batch, all or none; its id. Raises OSError where they cannot be written."""
        for name in files:
            if not NAME_PATTERN.fullmatch(name):
                raise ValueError(f"not a name for a passing file: {name!r}")
        batch = secrets.token_hex(16)
        folder = self._root / f".{batch}"
        folder.mkdir(mode=0o700, parents=True)
        try:
            for name, content in files.items():
                (folder / name).write_bytes(content)
            folder.rename(self._root / batch)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return batch

    def path(self, batch: str, name: str) -> Path | None:
        """Where the file is; None where there is none, or its time is over."""
        if not ID_PATTERN.fullmatch(batch) or not NAME_PATTERN.fullmatch(name):
            return None
        path = self._root / batch / name
        try:
            born = path.parent.stat().st_mtime
        except FileNotFoundError:
            return None
        return path if time.time() - born < self._lifetime_s and path.is_file() else None

    def sweep(self) -> int:
        """Remove every batch, finished or not, that is past its time; how many."""
        if not self._root.is_dir():
            return 0
        removed = 0
        limit = time.time() - self._lifetime_s
        for entry in os.scandir(self._root):
            with contextlib.suppress(FileNotFoundError):  # another process swept it first
                if entry.stat(follow_symlinks=False).st_mtime <= limit:
                    shutil.rmtree(entry.path)
                    removed += 1
        return removed

    async def sweeping(self, app: web.Application) -> AsyncIterator[None]:
        """A cleanup context: sweeps at once, then a few times per lifetime, until the application ends."""
        task = asyncio.create_task(self._sweep_on(), name="passing-files-sweeper")
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _sweep_on(self) -> None:
        while True:
            try:
                removed = await asyncio.to_thread(self.sweep)
            except OSError as error:  # a full or vanished disk must not end the sweeping
                logger.warning("passing files not swept: %s", error)
            else:
                if removed:
                    logger.info("swept %d batches of passing files", removed)
            await asyncio.sleep(max(1.0, self._lifetime_s / 4))


PASSING_FILES = web.AppKey("PASSING_FILES", PassingFiles)
