"""Times as older files write them."""

from datetime import UTC, datetime
from typing import Final

__all__ = ["read_timestamp"]

FORMATS: Final = ("%Y%m%d_%H%M%S", "%Y-%m-%d_%H-%M-%S", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M:%S")
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
MILLISECONDS_FROM: Final = 1e11  # as seconds this would be the year 5138


def read_timestamp(value: object) -> datetime:
    """ISO 8601, a few common spellings, or seconds (or milliseconds) since 1970; without a zone it is UTC.

    Raises ValueError for anything else, and for times before 1990 or after 2199.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("the timestamp is missing or of no known kind")
    moment = _number(float(value)) if isinstance(value, int | float) else _text(value.strip())
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if not EARLIEST <= moment < LATEST:
        raise ValueError("the timestamp is out of all range")
    return moment


def _number(value: float) -> datetime:
    seconds = value / 1000 if abs(value) >= MILLISECONDS_FROM else value
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError("the timestamp is out of all range") from None


def _text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for spelling in FORMATS:
        try:
            return datetime.strptime(text, spelling)
        except ValueError:
            continue
    raise ValueError("the timestamp cannot be read")
