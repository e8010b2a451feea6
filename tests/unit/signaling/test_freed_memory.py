"""Memory goes back to the system when sessions have ended, and only then."""

import asyncio
import gc
import weakref
from collections.abc import Callable

import psutil
import pytest

from signaling.freed_memory import FreedMemory, trim


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def test_it_trims_once_for_what_has_ended_since() -> None:
    ended = 3
    looks, trims = 0, 0

    def count() -> int:
        nonlocal looks
        looks += 1
        return ended

    def give_back() -> bool:
        nonlocal trims
        trims += 1
        return True

    async with FreedMemory(count, give_back, every_s=0.01).running():
        await until(lambda: looks >= 3)
        assert trims == 0
        ended = 5
        await until(lambda: trims == 1)
        seen = looks
        await until(lambda: looks >= seen + 3)
        assert trims == 1
    stopped = looks
    await asyncio.sleep(0.05)
    assert looks == stopped


async def test_circles_are_found_without_waiting_for_many() -> None:
    class Link:
        def __init__(self) -> None:
            self.other = self

    one = Link()
    seen = weakref.ref(one)
    ended = 0
    gc.disable()
    try:
        async with FreedMemory(lambda: ended, lambda: True, every_s=0.01).running():
            del one
            assert seen() is not None
            ended = 1
            await until(lambda: seen() is None)
    finally:
        gc.enable()


def test_freed_blocks_between_used_ones_go_back() -> None:
    if not trim():
        pytest.skip("not glibc")
    process = psutil.Process()
    blocks = [bytearray(64 * 1024) for _ in range(2000)]  # under the size that is mapped on its own
    full = process.memory_info().rss
    kept = blocks[::2]
    del blocks
    before = process.memory_info().rss
    assert trim()
    after = process.memory_info().rss
    assert full - after > 40e6, f"{full} full, {before} freed, {after} trimmed"
    assert len(kept) == 1000
