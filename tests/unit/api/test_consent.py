"""Consent over HTTP. What it does to stored reports is tested with the accounts."""

from pathlib import Path

from api.consent import TEXT, VERSION
from tests.unit.api.account_service import running_people


def test_the_text_says_what_is_kept_why_and_how_to_withdraw() -> None:
    for said in ("face pictures", "withdraw", "export", "provider", "not a diagnosis"):
        assert said in TEXT
    assert len(VERSION) <= 32


async def test_consent_without_a_body_is_to_the_current_text(tmp_path: Path, media_root: Path) -> None:
    async with running_people(f"sqlite://{tmp_path}/x.sqlite3", media_root) as people:
        token = (await people.sign_up())["access_token"]
        status, given = await people.call("PUT", "/api/consent", token)
        assert (status, given["given_version"]) == (200, VERSION)
        assert (await people.call("PUT", "/consent/"))[0] == 401
        assert (await people.call("DELETE", "/consent/"))[0] == 401
        assert (await people.call("GET", "/consent/", "nonsense"))[0] == 401
