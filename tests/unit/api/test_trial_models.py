"""What /trials/ takes: one condition, a day that is a day, weeks within sense."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from api.trial_models import StopBody, TrialBody


def test_a_day_is_read_as_written() -> None:
    body = TrialBody.model_validate({"name": "Gel", "condition": "acne", "started_on": "2026-03-01", "weeks": 8})
    assert (body.started_on, body.weeks) == (date(2026, 3, 1), 8)
    assert StopBody().stopped_on is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("started_on", "20260301"),
        ("started_on", "2026-02-30"),
        ("started_on", 1772323200),
        ("started_on", "2026-03-01T12:00"),
        ("weeks", 1),
        ("weeks", 53),
        ("condition", "freckles"),
        ("condition", ["acne", "rosacea"]),
    ],
)
def test_what_merely_could_be_one_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        TrialBody.model_validate({"name": "Gel", "condition": "acne", field: value})
    assert refused.value.errors()[0]["loc"][0] == field
