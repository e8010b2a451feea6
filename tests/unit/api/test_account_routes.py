"""The account calls as the OpenAPI document tells them."""

from pathlib import Path

from tests.unit.api.account_service import running_people


async def test_every_account_call_is_documented_with_its_answers(tmp_path: Path, media_root: Path) -> None:
    async with running_people(f"sqlite://{tmp_path}/x.sqlite3", media_root) as people:
        _, document = await people.call("GET", "/openapi.json")
    paths = document["paths"]
    assert set(paths["/signup/"]["post"]["responses"]) >= {"201", "400", "409", "413", "415", "422", "429", "503"}
    assert set(paths["/login/"]["post"]["responses"]) >= {"200", "401", "422", "429", "503"}
    assert set(paths["/profile/"]) == {"get", "patch"}
    assert set(paths["/consent/"]) == {"get", "put", "delete"}
    for path in ("/logout/", "/token/refresh/", "/account/", "/account/export", "/account/retention/"):
        assert path in paths
    assert paths["/account/"]["delete"]["security"] == [{"bearer": []}]
