from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ApiError
from api.media_links import MediaLinks, public_base
from tests.unit.api.conftest import Serve

SECRET = "s" * 32


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def check(links: MediaLinks, url: str) -> float:
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return links.check(parts.path, query.get("expires", ""), query.get("signature", ""))


def test_a_link_opens_until_its_time_is_over() -> None:
    clock = Clock()
    links = MediaLinks(SECRET, 900, clock)
    url = links.make("https://skin.example", "reports", "abc", "face.jpg")
    assert url.startswith("https://skin.example/media/reports/abc/face.jpg?")
    lifetime = check(links, url)
    assert 450 < lifetime <= 900
    clock.now += lifetime - 1
    assert check(links, url) == 1
    clock.now += 1
    with pytest.raises(ApiError) as expired:
        check(links, url)
    assert (expired.value.status, expired.value.code) == (403, "link_expired")


def test_links_made_within_half_a_lifetime_are_the_same() -> None:
    clock = Clock()
    clock.now = 450 * 3000
    links = MediaLinks(SECRET, 900, clock)
    first = links.make("", "abc", "face.jpg")
    clock.now += 449
    assert links.make("", "abc", "face.jpg") == first
    clock.now += 1
    assert links.make("", "abc", "face.jpg") != first
    assert check(links, first) == 450


def test_the_address_under_api_is_the_same_link() -> None:
    links = MediaLinks(SECRET, 900)
    url = links.make("", "reports", "abc", "face.jpg")
    assert check(links, f"/api{url}") > 0


@given(st.integers(min_value=0), st.characters())
def test_any_changed_character_closes_the_link(place: int, character: str) -> None:
    links = MediaLinks(SECRET, 900, Clock())
    path, expires = "/media/reports/abc/face.jpg", str(links.expires_at())
    signature = parse_qs(urlsplit(links.make("", "reports", "abc", "face.jpg")).query)["signature"][0]
    whole = f"{path} {expires} {signature}"
    place %= len(whole)
    changed = whole[:place] + character + whole[place + 1 :]
    if changed == whole or changed.count(" ") != 2:
        return
    with pytest.raises(ApiError) as refused:
        links.check(*changed.split(" "))
    assert (refused.value.status, refused.value.code) == (403, "link_invalid")


@pytest.mark.parametrize("expires", ["", "soon", "99999999999999999999", "1e9", "-1"])
def test_a_made_up_time_is_refused(expires: str) -> None:
    with pytest.raises(ApiError) as refused:
        MediaLinks(SECRET, 900).check("/media/reports/abc/face.jpg", expires, "x")
    assert refused.value.code == "link_invalid"


def test_another_secret_opens_nothing() -> None:
    url = MediaLinks("t" * 32, 900).make("", "reports", "abc", "face.jpg")
    with pytest.raises(ApiError, match="not one of ours"):
        check(MediaLinks(SECRET, 900), url)
    with pytest.raises(ValueError, match="32"):
        MediaLinks("short", 900)


async def test_links_begin_with_a_name_nobody_else_chose(serve: Serve) -> None:
    async def show(request: web.Request) -> web.Response:
        return web.Response(text=public_base(request, request.query.get("public", ""), "skin.local"))

    app = web.Application()
    app.router.add_get("/", show)
    client = await serve(app)
    own = f"http://127.0.0.1:{client.port}"
    for host, expected in {
        f"127.0.0.1:{client.port}": own,
        "192.168.1.5:8000": "http://192.168.1.5:8000",
        "localhost:9": "http://localhost:9",
        "[::1]:9": "http://[::1]:9",
        "skin.local:8000": "http://skin.local:8000",
        "evil.example": own,
        "127.0.0.1.evil.example": own,
        "user@127.0.0.1": own,
        "127.0.0.1/evil": own,
        "127.0.0.1:80:80": own,
    }.items():
        assert await (await client.get("/", headers={"Host": host})).text() == expected, host
    fixed = await client.get("/?public=https://skin.example", headers={"Host": "127.0.0.1"})
    assert await fixed.text() == "https://skin.example"
