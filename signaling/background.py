"""A task that works beside a block, and ends with it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

__all__ = ["beside"]


@asynccontextmanager
async def beside(work: Coroutine[object, object, None], name: str) -> AsyncIterator[None]:
    """Run `work` as long as the block lasts; then it is cancelled and has ended."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
