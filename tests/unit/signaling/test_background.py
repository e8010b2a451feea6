"""What works beside a block has ended when the block has, however that ends."""

import asyncio

import pytest

from signaling.background import beside


@pytest.mark.parametrize("fails", [False, True])
async def test_it_ends_with_the_block(fails: bool) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    try:
        async with beside(work(), "work"):
            await began.wait()
            assert "work" in {task.get_name() for task in asyncio.all_tasks()}
            if fails:
                raise LookupError
    except LookupError:
        assert fails
    assert ended.is_set()
    assert "work" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_work_that_has_ended_by_itself_is_no_trouble() -> None:
    async def work() -> None:
        return

    async with beside(work(), "short"):
        await asyncio.sleep(0)
