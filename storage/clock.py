"""The time of day, as the database keeps it."""

from datetime import UTC, datetime

__all__ = ["utc_now"]


def utc_now() -> datetime:
    """Now, aware and in UTC, to the microsecond."""
    return datetime.now(UTC)
