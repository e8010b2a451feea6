import asyncio
import hashlib
import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData, web

from api.application import setup
from api.error_rules import ERROR_RULES
from api.picture_upload import UploadLimits, receive_form
from settings import Settings
from tests.unit.api.conftest import Client, Serve

CAP = 200_000


async def start(serve: Serve, settings: Settings, folder: Path) -> Client:
    limits = UploadLimits(CAP, folder, idle_s=0.3, total_s=1.0)

    async def upload(request: web.Request) -> web.Response:
        picture = await receive_form(request, limits)
        try:
            data = picture.read()
            assert hashlib.sha256(data).hexdigest() == picture.sha256
            return web.json_response({"size": len(data), "fields": picture.fields})
        finally:
            picture.close()

    app = web.Application()
    setup(app, settings, error_rules=ERROR_RULES)
    app.router.add_post("/", upload)
    return await serve(app)


def form(data: object, **fields: str) -> FormData:
    made = FormData()
    made.add_field("file", data, filename="me.jpg")
    for name, value in fields.items():
        made.add_field(name, value)
    return made


def multipart(*parts: bytes, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end


MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
FILE = b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\npixels'


async def test_a_picture_arrives_whole_with_its_fields_in_any_order(
    serve: Serve, settings: Settings, tmp_path: Path
) -> None:
    client = await start(serve, settings, tmp_path)
    answer = await client.post("/", data=form(b"x" * 150_000, name="me", user_id="ann"))
    assert await answer.json() == {
        "size": 150_000,
        "fields": {"filename": "me.jpg", "name": "me", "user_id": "ann"},
    }
    assert os.listdir(tmp_path) == []


async def test_the_cap_holds_announced_or_not(serve: Serve, settings: Settings, tmp_path: Path) -> None:
    client = await start(serve, settings, tmp_path)
    assert (await client.post("/", data=form(b"x" * CAP))).status == 200
    assert (await client.post("/", data=form(b"x" * (CAP + 1)))).status == 413

    sent = 0

    async def gigabyte() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(1000):
            sent += 1
            yield b"x" * 1_000_000

    refused = await client.post("/", data=gigabyte(), headers=MULTIPART)
    assert (refused.status, (await refused.json())["code"]) == (413, "too_large")
    assert sent < 100
    field = await client.post("/", data=form(b"x", name="n" * 5000))
    assert field.status == 413
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (multipart(b'Content-Disposition: form-data; name="name"\r\n\r\nann'), 400, "file_missing"),
        (multipart(FILE, FILE), 400, "invalid_form"),
        (multipart(FILE, end=b""), 400, "invalid_form"),
        (multipart(FILE)[:-20], 400, "invalid_form"),
        (multipart(b"Content-Disposition: form-data\r\n\r\nx"), 400, "invalid_form"),
        (multipart(b"no headers at all"), 400, "invalid_form"),
        (multipart(*[b'Content-Disposition: form-data; name="n"\r\n\r\nx'] * 17), 400, "invalid_form"),
        (multipart(FILE, b'Content-Disposition: form-data; name="name"\r\n\r\n\xff\xfe'), 400, "invalid_form"),
        (multipart(b"Content-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n"), 400, "invalid_form"),
        (b"", 400, "invalid_form"),
        (b"--y\r\n", 400, "invalid_form"),
    ],
)
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionHeader")
async def test_broken_forms_are_refused_with_the_reason(
    serve: Serve, settings: Settings, tmp_path: Path, body: bytes, status: int, code: str
) -> None:
    client = await start(serve, settings, tmp_path)
    answer = await client.post("/", data=body, headers=MULTIPART)
    assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_other_types_are_refused(serve: Serve, settings: Settings, tmp_path: Path) -> None:
    client = await start(serve, settings, tmp_path)
    for kind, status in (("image/jpeg", 415), ("application/json", 415), ("multipart/form-data", 400)):
        assert (await client.post("/", data=b"x", headers={"Content-Type": kind})).status == status, kind


async def test_a_body_that_stalls_or_drips_is_given_up(serve: Serve, settings: Settings, tmp_path: Path) -> None:
    client = await start(serve, settings, tmp_path)
    stop = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\npix'
        await stop.wait()

    async def drips() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while not stop.is_set():
            yield b"x" * 100
            await asyncio.sleep(0.05)

    for body in (stalls(), drips()):
        answer = await client.post("/", data=body, headers=MULTIPART)
        assert (answer.status, (await answer.json())["code"]) == (408, "request_timeout")
    stop.set()
    assert os.listdir(tmp_path) == []


async def test_a_client_that_goes_away_leaves_nothing(serve: Serve, settings: Settings, tmp_path: Path) -> None:
    client = await start(serve, settings, tmp_path)
    assert client.port is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 150000\r\n")
    writer.write(b"Content-Type: multipart/form-data; boundary=x\r\n\r\n")
    writer.write(multipart(FILE, end=b"") + b"x" * 60_000)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await client.post("/", data=form(b"after"))).status == 200
    assert os.listdir(tmp_path) == []


async def test_a_disk_without_room_says_so_and_keeps_nothing(serve: Serve, settings: Settings, tmp_path: Path) -> None:
    """The limit on a file's size is a fault that the system itself gives, as a full disk is, without being root."""
    client = await start(serve, settings, tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        answer = await client.post("/", data=form(b"x" * 150_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (answer.status, (await answer.json())["code"]) == (507, "storage_full")
    assert os.listdir(tmp_path) == []
    assert (await client.post("/", data=form(b"x" * 150_000))).status == 200
