"""A process that saves reports until it is killed: at the step it is told, or from outside.

    python -m tests.unit.storage.crashing_server DATABASE_URL MEDIA_ROOT STEP

It prints the id of each report once it is saved, as a server would answer 201. STEP: staged, committed, published,
appended, or none.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage import Storage, open_storage
from storage.files import FileStore
from storage.progress_log import ProgressLog
from tests.unit.storage.drafts import draft, pictures

SAVED_BEFORE = 3  # reports that are saved whole before the step that kills


def main() -> None:
    database_url, media_root, step = sys.argv[1:]
    asyncio.run(save_until_killed(database_url, Path(media_root), step))


async def save_until_killed(database_url: str, media_root: Path, step: str) -> None:
    async with open_storage(database_url, media_root) as storage:
        account = await storage.accounts.create("amira", "Amira", "hash", "2026-11")
        for _ in range(SAVED_BEFORE):
            await save_one(storage, account.id)
        die_at(step)
        while True:
            await asyncio.gather(*(save_one(storage, account.id) for _ in range(50)))


async def save_one(storage: Storage, account_id: int) -> None:
    report = await storage.saver.save(account_id, draft(), pictures())
    sys.stdout.write(report.id + "\n")
    sys.stdout.flush()


def die_at(step: str) -> None:
    def die(*arguments: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def after(method: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(*arguments: Any, **more: Any) -> None:
            await method(*arguments, **more)
            die()

        return wrapped

    match step:
        case "staged":
            FileStore.stage = after(FileStore.stage)  # type: ignore[method-assign]
        case "committed":
            FileStore.publish = die  # type: ignore[method-assign, assignment]
        case "published":
            ProgressLog.flush = die  # type: ignore[method-assign, assignment]
        case "appended":
            append = ProgressLog._append

            def append_and_die(log: ProgressLog, lines: dict[str, bytes]) -> None:
                append(log, lines)
                die()

            ProgressLog._append = append_and_die  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    main()
