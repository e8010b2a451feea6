"""Many at once, a killed process, a database that goes away, a disk without room: what was answered 201 is there whole,
and nothing is there by halves."""

import asyncio
import resource
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from settings import Settings
from storage import open_storage
from tests.integration.rest.conftest import ROOT
from tests.mariadb import MariaDb
from tests.unit.api.service_fixture import Running, form, picture, service

UPLOADS = 50
FILES = 5  # of a report: original, processed, face, and two crops


@pytest.fixture
def plain() -> Settings:
    return Settings(_env_file=None)


async def send(running: Running, seed: int, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    async with running.client.post("/upload-image/", data=form(picture(seed)), headers=headers) as answer:
        return answer.status, await answer.json()


async def test_fifty_uploads_at_once_lose_none(plain: Settings, tmp_path: Path, database_url: str) -> None:
    async with service(plain, tmp_path, database_url=database_url) as running:
        people = [await running.person(f"person{number}") for number in range(5)]
        answers = await asyncio.gather(*(send(running, number, people[number % 5]) for number in range(UPLOADS)))
        assert [status for status, _ in answers] == [201] * UPLOADS
        ids = {body["report_id"] for _, body in answers}
        assert len(ids) == UPLOADS
        for name, account in running.people.items():
            page = await running.storage.reports.page(account.id, limit=200)
            assert page.total == UPLOADS / 5, name
            for report in page.reports:
                assert report.id in ids and len(report.files) == FILES
                assert sorted(await running.storage.files.present(report.id)) == sorted(
                    file.key.split("/")[1] for file in report.files
                )


async def test_a_killed_process_keeps_every_report_it_answered_for(tmp_path: Path) -> None:
    async def start() -> tuple[asyncio.subprocess.Process, int]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.rest.quick_server",
            str(tmp_path),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        return process, int(await asyncio.wait_for(process.stdout.readline(), 40))

    process, port = await start()
    answered: list[str] = []
    enough = asyncio.Event()

    async def upload(http: aiohttp.ClientSession, seed: int) -> None:
        try:
            async with http.post("/upload-image/", data=form(picture(seed))) as answer:
                assert answer.status == 201
                answered.append((await answer.json())["report_id"])
        except aiohttp.ClientError:
            return
        if len(answered) >= UPLOADS // 5:
            enough.set()

    ann = {"Authorization": "Bearer ann"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=ann) as http:
        sending = [asyncio.create_task(upload(http, seed)) for seed in range(UPLOADS)]
        await asyncio.wait_for(enough.wait(), 40)
        process.kill()
        await process.wait()
        await asyncio.gather(*sending)
    assert UPLOADS // 5 <= len(answered)

    async with open_storage(f"sqlite://{tmp_path}/test.sqlite3", tmp_path) as storage:
        await storage.housekeeper.recover(grace_s=0)
        page = await storage.reports.page(None, limit=200)
        assert set(answered) <= {report.id for report in page.reports}
        for report in page.reports:
            present = await storage.files.present(report.id)
            assert present == {file.key.split("/")[1]: file.size for file in report.files} and len(present) == FILES
        assert set(await storage.files.all_reports()) == {report.id for report in page.reports}

    process, port = await start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=ann) as http:
        async with http.get(f"/reports/{answered[0]}") as answer:
            link = urlsplit((await answer.json())["original_image_url"])
        async with http.get(f"{link.path}?{link.query}") as opened:
            assert opened.status == 200
    process.kill()
    await process.wait()


@pytest.mark.system("mariadb-server")
async def test_a_database_that_goes_away_is_a_clear_503_until_it_is_back(
    plain: Settings, tmp_path: Path, mariadb: MariaDb
) -> None:
    url = mariadb.url(mariadb.new_database())
    async with service(plain, tmp_path, database_url=url) as running:
        ann = await running.person("ann")
        assert (await send(running, 0, ann))[0] == 201
        await asyncio.to_thread(mariadb.stop)
        for _ in range(3):
            status, body = await send(running, 1, ann)
            assert (status, body["code"]) == (503, "storage_unavailable")
            async with running.client.get("/reports/", headers=ann) as listed:
                assert listed.status == 503 and int(listed.headers["Retry-After"]) > 0
            async with running.client.get("/healthz") as alive:
                assert alive.status == 200
            async with running.client.post("/upload-image/", data=form(picture(2))) as guest:
                assert guest.status == 201  # nothing of a guest's is stored: no database is needed
        await asyncio.to_thread(mariadb.start)
        assert (await send(running, 3, ann))[0] == 201
        page = await running.storage.reports.page(running.people["ann"].id)
        assert page.total == 2
        assert {len(report.files) for report in page.reports} == {FILES}
        assert set(await running.storage.files.all_reports()) == {report.id for report in page.reports}


async def test_a_disk_without_room_keeps_nothing_and_works_again_afterwards(plain: Settings, tmp_path: Path) -> None:
    async with service(plain, tmp_path) as running:
        ann = await running.person("ann")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            status, body = await send(running, 0, ann)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert (status, body["code"]) == (507, "storage_full")
        assert (await running.storage.reports.page(None)).total == 0
        assert await running.storage.files.all_reports() == ()
        assert (await send(running, 0, ann))[0] == 201
