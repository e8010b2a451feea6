"""Accounts through a real server and a real database, of either kind."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.tokens import ACCESS_S, TokenMaker
from tests.unit.api.account_service import PASSWORD, SECRET, People, running_people
from tests.unit.storage.drafts import draft, pictures


@pytest.fixture
async def people(database_url: str, media_root: Path) -> AsyncIterator[People]:
    async with running_people(database_url, media_root, guest_sessions=True) as running:
        yield running


@pytest.fixture
async def sqlite_people(tmp_path: Path, media_root: Path) -> AsyncIterator[People]:
    """For what does not depend on the database."""
    async with running_people(f"sqlite://{tmp_path}/x.sqlite3", media_root, guest_sessions=True) as running:
        yield running


async def test_a_life_from_sign_up_to_deletion(people: People) -> None:
    made = await people.sign_up("Amira", name="أميرة", consent=True)
    assert made["user_id"] == "amira" and made["name"] == "أميرة" and made["consent_version"]
    assert all(isinstance(value, str) for value in made.values())
    status, logged_in = await people.call("POST", "/api/login/", user_id=" AMIRA", password=PASSWORD)
    assert status == 200
    token = logged_in["data"]["access_token"]
    status, profile = await people.call("GET", "/profile", token)
    assert (status, profile["data"]["user_id"]) == (200, "amira")
    status, _ = await people.call("DELETE", "/account/", token)
    assert status == 200
    assert (await people.call("GET", "/profile/", token))[0] == 401
    assert (await people.call("POST", "/login/", user_id="amira", password=PASSWORD))[0] == 401


async def test_of_two_sign_ups_at_once_one_is_told_that_the_user_id_is_taken(people: People) -> None:
    answers = await asyncio.gather(
        *(people.call("POST", "/signup/", user_id="amira", password=PASSWORD) for _ in range(4))
    )
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
    refused = next(body for status, body in answers if status == 409)
    assert refused["code"] == "user_id_taken"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user_id": "ab", "password": PASSWORD}, "user_id"),
        ({"user_id": "a b c", "password": PASSWORD}, "user_id"),
        ({"user_id": "../etc/passwd", "password": PASSWORD}, "user_id"),
        ({"user_id": "default_user", "password": PASSWORD}, "user_id"),
        ({"user_id": "amira", "password": "1234567"}, "password"),
        ({"user_id": "amira", "password": "x" * 1025}, "password"),
        ({"user_id": "amira", "password": "é" * 600}, "password"),
        ({"user_id": "amira"}, "password"),
        ({"user_id": 7, "password": PASSWORD}, "user_id"),
        ({"user_id": "amira", "password": PASSWORD, "consent": "yes"}, "consent"),
        ({"user_id": "amira", "password": PASSWORD, "name": "a\u0000b"}, "name"),
    ],
)
async def test_what_cannot_be_an_account_is_refused_with_its_field(
    sqlite_people: People, body: dict[str, Any], field: str
) -> None:
    status, answer = await sqlite_people.call("POST", "/signup/", **body)
    assert status == 422
    assert list(answer["details"]["fields"]) == [field]
    assert PASSWORD not in json.dumps(answer)


async def test_a_wrong_password_and_nobodys_user_id_are_answered_alike(sqlite_people: People) -> None:
    await sqlite_people.sign_up()
    wrong = await sqlite_people.call("POST", "/login/", user_id="amira", password="wrong horse")
    nobody = await sqlite_people.call("POST", "/login/", user_id="nobody", password="wrong horse")
    impossible = await sqlite_people.call("POST", "/login/", user_id="\u200b", password="wrong horse")
    assert wrong == nobody == impossible
    assert wrong[0] == 401 and wrong[1]["code"] == "wrong_credentials"


async def test_attempts_on_one_account_are_limited_and_say_when_to_come_back(
    database_url: str, media_root: Path
) -> None:
    async with running_people(database_url, media_root, login_attempts=3) as people:
        await people.sign_up()
        for _ in range(3):
            assert (await people.call("POST", "/login/", user_id="amira", password="wrong horse"))[0] == 401
        response = await people.raw("POST", "/login/", user_id="AMIRA", password=PASSWORD)
        assert response.status == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 901
        assert (await people.call("POST", "/login/", user_id="nobody", password=PASSWORD))[0] == 401


async def test_attempts_from_one_address_are_limited_and_good_logins_do_not_count(
    tmp_path: Path, media_root: Path
) -> None:
    url = f"sqlite://{tmp_path}/x.sqlite3"
    async with running_people(url, media_root, login_attempts_per_address=3, signups_per_address=2) as people:
        await people.sign_up()
        for _ in range(5):
            assert (await people.call("POST", "/login/", user_id="amira", password=PASSWORD))[0] == 200
        for number in range(3):
            assert (await people.call("POST", "/login/", user_id=f"user{number}", password=PASSWORD))[0] == 401
        assert (await people.call("POST", "/login/", user_id="amira", password=PASSWORD))[0] == 429
        await people.sign_up("omar")
        assert (await people.call("POST", "/signup/", user_id="zaid", password=PASSWORD))[0] == 429


async def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_login(people: People) -> None:
    first = await people.sign_up()
    status, second = await people.call("POST", "/token/refresh/", refresh_token=first["refresh_token"])
    assert status == 200
    assert (await people.call("GET", "/profile/", second["data"]["access_token"]))[0] == 200
    status, reused = await people.call("POST", "/token/refresh/", refresh_token=first["refresh_token"])
    assert (status, reused["code"]) == (401, "token_reused")
    for ended in (first["access_token"], second["data"]["access_token"]):
        assert (await people.call("GET", "/profile/", ended))[0] == 401
    status, gone = await people.call("POST", "/token/refresh/", refresh_token=second["data"]["refresh_token"])
    assert (status, gone["code"]) == (401, "token_invalid")
    assert (await people.call("POST", "/login/", user_id="amira", password=PASSWORD))[0] == 200


async def test_logout_ends_this_login_and_no_other(people: People) -> None:
    phone = await people.sign_up()
    _, laptop = await people.call("POST", "/login/", user_id="amira", password=PASSWORD)
    assert (await people.call("POST", "/logout/", phone["access_token"]))[0] == 200
    assert (await people.call("GET", "/profile/", phone["access_token"]))[0] == 401
    assert (await people.call("POST", "/token/refresh/", refresh_token=phone["refresh_token"]))[0] == 401
    assert (await people.call("GET", "/profile/", laptop["data"]["access_token"]))[0] == 200
    assert (await people.call("POST", "/logout/", refresh_token=laptop["data"]["refresh_token"]))[0] == 200
    assert (await people.call("GET", "/profile/", laptop["data"]["access_token"]))[0] == 401
    assert (await people.call("POST", "/logout/"))[0] == 401


async def test_a_changed_password_ends_every_other_login(people: People) -> None:
    phone = await people.sign_up()
    wrong = await people.call(
        "PUT", "/account/password/", phone["access_token"], password="wrong horse", new_password="battery staple"
    )
    assert wrong[0] == 401
    status, changed = await people.call(
        "PUT", "/account/password/", phone["access_token"], password=PASSWORD, new_password="battery staple"
    )
    assert status == 200
    assert (await people.call("GET", "/profile/", phone["access_token"]))[0] == 401
    assert (await people.call("GET", "/profile/", changed["data"]["access_token"]))[0] == 200
    assert (await people.call("POST", "/login/", user_id="amira", password=PASSWORD))[0] == 401
    assert (await people.call("POST", "/login/", user_id="amira", password="battery staple"))[0] == 200


async def test_name_and_retention_are_the_callers_to_change(sqlite_people: People) -> None:
    token = (await sqlite_people.sign_up())["access_token"]
    status, named = await sqlite_people.call("PATCH", "/profile/", token, name=" Amira K. ")
    assert (status, named["data"]["name"]) == (200, "Amira K.")
    status, kept = await sqlite_people.call("PUT", "/account/retention/", token, pictures_days=30, reports_days=None)
    assert (status, kept["data"]["keep_pictures_days"], kept["data"]["keep_reports_days"]) == (200, "30", "")
    assert (await sqlite_people.call("PUT", "/account/retention/", token, pictures_days=0, reports_days=1))[0] == 422


async def test_consent_is_given_shown_and_withdrawn_with_all_that_was_kept(people: People) -> None:
    token = (await people.sign_up())["access_token"]
    status, text = await people.call("GET", "/consent/")
    assert status == 200 and "not a diagnosis" in text["text"] and text["given_version"] is None
    assert (await people.call("PUT", "/consent/", token, version="1999-01"))[0] == 409
    status, given = await people.call("PUT", "/consent/", token, version=text["version"])
    assert (status, given["given_version"]) == (200, text["version"])
    account = await people.storage.accounts.find("amira")
    assert account is not None and account.may_keep
    await people.storage.saver.save(account.id, draft(), pictures())
    status, withdrawn = await people.call("DELETE", "/consent/", token)
    assert (status, withdrawn["reports_deleted"]) == (200, 1)
    assert (await people.call("GET", "/consent/", token))[1]["given_version"] is None
    assert not [path for path in people.storage.files.root.rglob("*") if path.is_file()]


async def test_the_export_is_a_zip_of_the_callers_own(people: People) -> None:
    amira = await people.sign_up(consent=True)
    omar = await people.sign_up("omar", consent=True)
    for user_id in ("amira", "omar"):
        account = await people.storage.accounts.find(user_id)
        assert account is not None
        await people.storage.saver.save(account.id, draft(), pictures())
    response = await people.raw("GET", "/account/export", amira["access_token"])
    assert response.status == 200 and response.content_type == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(await response.read()))
    assert archive.testzip() is None
    assert json.loads(archive.read("account.json"))["user_id"] == "amira"
    assert len([name for name in archive.namelist() if name.startswith("reports/")]) == 4
    assert (await people.raw("GET", "/account/export")).status == 401
    assert (await people.raw("HEAD", "/account/export", omar["access_token"])).status == 200


async def test_deletion_takes_pictures_and_lines_along(people: People) -> None:
    token = (await people.sign_up(consent=True))["access_token"]
    account = await people.storage.accounts.find("amira")
    assert account is not None
    await people.storage.saver.save(account.id, draft(), pictures())
    status, gone = await people.call("DELETE", "/api/account/", token)
    assert (status, gone["reports_deleted"]) == (200, 1)
    assert people.storage.log.path.read_bytes() == b""
    assert not [path for path in people.storage.files.root.rglob("*") if path.is_file()]
    await people.sign_up()


async def test_every_spelling_of_an_address_answers(sqlite_people: People) -> None:
    for number, path in enumerate(("/signup", "/signup/", "/api/signup", "/api/signup/")):
        status, _ = await sqlite_people.call("POST", path, user_id=f"user{number}", password=PASSWORD)
        assert status == 201
    for path in ("/profile", "/profile/", "/api/profile", "/api/profile/"):
        response = await sqlite_people.raw("GET", path)
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_tokens_of_another_secret_time_or_kind_open_nothing(sqlite_people: People) -> None:
    made = await sqlite_people.sign_up()
    account = await sqlite_people.storage.accounts.find("amira")
    assert account is not None
    long_ago = TokenMaker(SECRET, lambda: 1_700_000_000.0)
    real = TokenMaker(SECRET).read(made["access_token"], "access")
    for token, code in (
        (long_ago.access("amira", real.session_id).text, "token_expired"),
        (TokenMaker(SECRET).access("omar", real.session_id).text, "token_invalid"),
        (TokenMaker(SECRET).access("amira", "0" * 32).text, "token_invalid"),
        (TokenMaker("x" * 40).access("amira", real.session_id).text, "token_invalid"),
        (made["refresh_token"], "token_invalid"),
        ("", "token_invalid"),
    ):
        for path in ("/profile/", "/whoami"):
            status, answer = await sqlite_people.call("GET", path, token)
            assert (status, answer["code"]) == (401, code)
    assert int(made["expires_in"]) == ACCESS_S


async def test_two_servers_on_one_database_share_logins_and_limits(database_url: str, media_root: Path) -> None:
    async with (
        running_people(database_url, media_root, login_attempts=2) as one,
        running_people(database_url, media_root, login_attempts=2) as other,
    ):
        made = await one.sign_up()
        assert (await other.call("GET", "/profile/", made["access_token"]))[0] == 200
        assert (await other.call("POST", "/logout/", made["access_token"]))[0] == 200
        assert (await one.call("GET", "/profile/", made["access_token"]))[0] == 401
        for server in (one, other):
            assert (await server.call("POST", "/login/", user_id="amira", password="wrong horse"))[0] == 401
        for server in (one, other):
            assert (await server.call("POST", "/login/", user_id="amira", password=PASSWORD))[0] == 429
