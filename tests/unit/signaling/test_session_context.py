"""Whatever is started for a session knows which it is; the name opens nothing."""

import asyncio
import secrets

from signaling.session_context import SESSION, about_session, short_name


async def test_tasks_started_inside_are_about_the_session_and_nothing_outside_is() -> None:
    session_id = secrets.token_urlsafe(16)

    async def named() -> str:
        await asyncio.sleep(0)
        return SESSION.get()

    with about_session(session_id):
        task = asyncio.create_task(named())
        thread = asyncio.create_task(asyncio.to_thread(SESSION.get))
    assert SESSION.get() == "-"
    assert await task == await thread == short_name(session_id) == session_id[:8]
