"""Who is calling: people, guests, and nobody."""

from pathlib import Path

import pytest

from tests.unit.api.account_service import People, running_people


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path}/x.sqlite3"


async def test_without_a_token_a_caller_is_a_guest_where_guests_are_allowed(url: str, media_root: Path) -> None:
    async with running_people(url, media_root, guest_sessions=True) as people:
        assert await people.call("GET", "/whoami") == (200, {"user_id": None, "is_admin": False})


async def test_where_guests_are_not_allowed_a_token_is_needed(url: str, media_root: Path) -> None:
    async with running_people(url, media_root, guest_sessions=False) as people:
        status, answer = await people.call("GET", "/whoami")
        assert (status, answer["code"]) == (401, "login_required")
        token = (await people.sign_up())["access_token"]
        assert await people.call("GET", "/whoami", token) == (200, {"user_id": "amira", "is_admin": False})


async def headers(people: People, **given: str) -> int:
    return (await people.client.get("/whoami", headers=given)).status


async def test_a_token_that_is_not_good_never_makes_a_guest(url: str, media_root: Path) -> None:
    async with running_people(url, media_root, guest_sessions=True) as people:
        token = (await people.sign_up())["access_token"]
        assert await headers(people, Authorization=f"bearer  {token}") == 200
        for value in ("", "Bearer", "Bearer ", "Bearer null", f"Basic {token}", token, f"Bearer {token}x", "Bearer é"):
            assert await headers(people, Authorization=value) == 401


async def test_becoming_an_administrator_takes_effect_at_once(url: str, media_root: Path) -> None:
    async with running_people(url, media_root) as people:
        token = (await people.sign_up())["access_token"]
        account = await people.storage.accounts.find("amira")
        assert account is not None
        await people.storage.accounts.set_admin(account.id, True)
        assert (await people.call("GET", "/whoami", token))[1]["is_admin"] is True
        await people.storage.accounts.set_admin(account.id, False)
        assert (await people.call("GET", "/whoami", token))[1]["is_admin"] is False
