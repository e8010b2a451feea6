import io
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from PIL import Image

from api.media_links import MediaLinks
from settings import Settings
from tests.unit.api.service_fixture import SECRET, Running, day, form, picture, service


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


async def uploaded(running: Running) -> dict[str, str]:
    answer = await running.client.post("/upload-image/", data=form(picture()), headers=await running.person("ann"))
    body: dict[str, str] = await answer.json()
    return body


async def test_a_link_opens_with_a_plain_get_and_only_as_a_picture(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        link = local((await uploaded(running))["original_image_url"])
        opened = await running.client.get(link)
        assert await opened.read() == picture()
        assert opened.headers["Content-Type"] == "image/jpeg"
        assert opened.headers["X-Content-Type-Options"] == "nosniff"
        assert opened.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "private" in opened.headers["Cache-Control"]
        assert (await running.client.head(link)).status == 200
        part = await running.client.get(link, headers={"Range": "bytes=0-9"})
        assert (part.status, await part.read()) == (206, picture()[:10])
        beyond = await running.client.get(link, headers={"Range": "bytes=999999999-"})
        assert beyond.status == 416
        known = await running.client.get(link, headers={"If-None-Match": opened.headers["ETag"]})
        assert known.status == 304
        assert (await running.client.post(link)).status == 405


async def test_changed_unsigned_and_expired_links_are_refused(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        body = await uploaded(running)
        link, other = local(body["original_image_url"]), local(body["face_image_url"])
        path, query = link.split("?")
        swapped = f"{other.split('?')[0]}?{query}"
        later = link.replace("expires=", "expires=9")
        for bad in (path, swapped, later, link[:-1], f"{path}/?{query}"):
            refused = await running.client.get(bad)
            assert refused.status == 403, bad
            assert (await refused.json())["code"] == "link_invalid"
        segments = path.split("/")[2:]
        past = MediaLinks(SECRET, 900, now=lambda: 1_000_000.0).make("", *segments)
        expired = await running.client.get(past)
        assert (expired.status, (await expired.json())["code"]) == (403, "link_expired")


async def test_even_a_signed_path_trick_opens_nothing(settings: Settings, tmp_path: Path) -> None:
    """Nobody can sign these; should a bug ever do so, the names still are no paths."""
    links = MediaLinks(SECRET, 900)
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    async with service(settings, tmp_path) as running:
        for segments in (
            ("..", "secret.jpg"),
            ("%2e%2e", "secret.jpg"),
            ("0" * 32, "../../secret.jpg"),
            ("0" * 32, "x\0.jpg"),
            ("0" * 32, f"{'0' * 32}.jpg"),
            ("0" * 32, f"{'0' * 32}.html"),
        ):
            answer = await running.client.get(links.make("", *segments))
            assert answer.status in (403, 404), segments
            assert b"secret" not in await answer.read()


async def test_pictures_of_a_deleted_report_are_gone(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        body = await uploaded(running)
        await running.storage.files.remove_reports([body["report_id"]])
        gone = await running.client.get(local(body["face_image_url"]))
        assert (gone.status, (await gone.json())["code"]) == (404, "not_found")


async def test_the_plot_comes_as_png_or_svg_light_or_dark_and_is_not_sent_twice(
    settings: Settings, tmp_path: Path
) -> None:
    async with service(settings, tmp_path) as running:
        await running.person("ann")
        await running.report("ann", day(1), 50)
        await running.report("ann", day(3), 80)
        link = MediaLinks(SECRET, 900).make("", "progress", "account", str(running.people["ann"].id))
        light = await running.client.get(link)
        assert light.headers["Content-Type"] == "image/png"
        assert _corner(await light.read()) == (255, 255, 255)
        dark = await running.client.get(f"{link}&theme=dark&condition=acne")
        assert sum(_corner(await dark.read())) < 100
        vector = await running.client.get(f"{link}&form=svg")
        assert vector.headers["Content-Type"] == "image/svg+xml"
        assert (await vector.read()).startswith(b"<?xml")
        assert "sandbox" in vector.headers["Content-Security-Policy"]
        same = await running.client.get(link, headers={"If-None-Match": light.headers["ETag"]})
        assert (same.status, await same.read()) == (304, b"")
        await running.report("ann", day(5), 20)
        changed = await running.client.get(link, headers={"If-None-Match": light.headers["ETag"]})
        assert changed.status == 200
        for wrong in ("theme=pink", "form=pdf", f"condition={quote('x' * 41)}"):
            assert (await running.client.get(f"{link}&{wrong}")).status == 422


async def test_anothers_plot_needs_anothers_link(settings: Settings, tmp_path: Path) -> None:
    async with service(settings, tmp_path) as running:
        link = local((await uploaded(running))["progress_plot_url"])
        assert (await running.client.get(link)).status == 200
        await running.person("bob")
        mine, bobs = running.people["ann"].id, running.people["bob"].id
        assert (await running.client.get(link.replace(f"/account/{mine}", f"/account/{bobs}"))).status == 403


def _corner(png: bytes) -> tuple[int, ...]:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return tuple(int(value) for value in pixels[0, 0])
