import pytest
from aiohttp.test_utils import make_mocked_request

from api.callers import caller_or_401, is_callers
from api.errors import ApiError
from storage.records import Account, Retention
from tests.unit.api.service_fixture import day

ANN = Account(1, "ann", "Ann", None, False, Retention(), 0, day(1), None)


@pytest.mark.parametrize("user_id", [None, "", "default_user"])
def test_naming_nobody_is_always_right(user_id: str | None) -> None:
    assert is_callers(user_id, None) and is_callers(user_id, ANN)


@pytest.mark.parametrize(
    ("user_id", "right"),
    [("ann", True), (" Ann ", True), ("\uff41nn", True), ("bob", False), ("../ann", False), ("a", False)],
)
def test_only_ones_own_name_is_right(user_id: str, right: bool) -> None:
    assert is_callers(user_id, ANN) is right
    assert not is_callers(user_id, None)


async def test_guests_have_no_history() -> None:
    async def guest(request: object) -> None:
        return None

    async def ann(request: object) -> Account:
        return ANN

    request = make_mocked_request("GET", "/reports/")
    assert await caller_or_401(ann, request) is ANN
    with pytest.raises(ApiError) as refused:
        await caller_or_401(guest, request)
    assert (refused.value.status, refused.value.headers["WWW-Authenticate"]) == (401, "Bearer")
