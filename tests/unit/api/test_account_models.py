"""What the account calls take and give."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from api.account_models import RetentionBody, SignUpBody, profile_data
from storage.records import Account, Retention


def test_a_user_id_arrives_normalised_and_a_name_trimmed() -> None:
    body = SignUpBody(user_id="  ＡMIRA ", password="correct horse", name=" Amira ")
    assert (body.user_id, body.name, body.consent) == ("amira", "Amira", False)


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_days_that_make_no_sense_are_refused(days: int) -> None:
    with pytest.raises(ValidationError):
        RetentionBody(pictures_days=days, reports_days=None)


def test_every_value_of_a_profile_is_a_string() -> None:
    account = Account(1, "amira", "", "hash", True, Retention(30, None), 0, datetime(2026, 3, 1, tzinfo=UTC), None)
    data = profile_data(account)
    assert all(isinstance(value, str) for value in data.values())
    assert data["is_admin"] == "true" and data["keep_pictures_days"] == "30" and data["keep_reports_days"] == ""
    assert "hash" not in data.values()
