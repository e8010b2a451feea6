"""Times as older files write them."""

from datetime import UTC, datetime

import pytest

from storage.timestamps import read_timestamp

MOMENT = datetime(2024, 5, 1, 12, 33, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-01T12:33:11",
        "2024-05-01 12:33:11",
        "2024-05-01T12:33:11Z",
        "2024-05-01T15:33:11+03:00",
        " 20240501_123311 ",
        "01/05/2024 12:33:11",
        1714566791,
        1714566791.0,
        1714566791000,
    ],
)
def test_every_common_spelling_of_a_time_is_read_as_utc(written: object) -> None:
    assert read_timestamp(written) == MOMENT
    assert read_timestamp(written).utcoffset() is not None


@pytest.mark.parametrize(
    "written", [None, "", "yesterday", True, [], "1066-10-14", 1e300, float("nan"), -1, "9999-01-01", "2024-13-01"]
)
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="timestamp"):
        read_timestamp(written)
