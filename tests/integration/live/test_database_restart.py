"""A database that is restarted in mid-session: live views do not need it, and what does is told so until it is back."""

import asyncio
import secrets

import aiohttp
import pytest

from benchmarks.clips import Clip
from benchmarks.live_client import ClipTrack, LiveClient
from tests.integration.live.conftest import StartServer
from tests.mariadb import MariaDb


async def ready(url: str) -> str:
    async with aiohttp.ClientSession(url) as http, http.get("/readyz") as response:
        answer = await response.json()
        return str(answer.get("checks", answer.get("details", {}).get("checks"))["database"])


@pytest.mark.system("mariadb-server")
async def test_live_views_go_on_while_the_database_is_away(
    start_server: StartServer, face_clip: Clip, mariadb: MariaDb
) -> None:
    server = await start_server(database_url=mariadb.url(mariadb.new_database()))
    body = {"user_id": "amira", "name": "Amira", "password": secrets.token_urlsafe(), "consent": True}
    async with aiohttp.ClientSession(server.url) as http, http.post("/signup/", json=body) as response:
        token = (await response.json())["data"]["access_token"]
    async with LiveClient(server.url, ClipTrack(face_clip), token=token) as client:
        await client.next_annotations(3)
        assert await ready(server.url) == "ok"
        await asyncio.to_thread(mariadb.stop)
        try:
            assert await ready(server.url) != "ok"
            await client.next_annotations(10)
            with pytest.raises(ConnectionRefusedError, match="503 storage_unavailable"):
                async with LiveClient(server.url, ClipTrack(face_clip), token=token):
                    pass
            async with LiveClient(server.url, ClipTrack(face_clip)) as guest:
                await guest.next_annotations(3)
        finally:
            await asyncio.to_thread(mariadb.start)
        async with asyncio.timeout(20):
            while await ready(server.url) != "ok":
                pass
        resume = client.answer["resume"]["token"]
        async with LiveClient(server.url, ClipTrack(face_clip), token=token, resume=resume) as again:
            await again.next_annotations(3)
            assert again.session_id == client.session_id
