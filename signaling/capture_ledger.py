"""What a session has captured: how often of late, and the last reports, for a client that asks again."""

from collections import OrderedDict
from typing import Final

from signaling.errors import CaptureRefused

__all__ = ["PER_MINUTE", "REMEMBERED", "CaptureLedger"]

PER_MINUTE: Final = 20  # captures; each costs as much as ten seconds of live video
REMEMBERED: Final = 8  # reports


class CaptureLedger:
    """Of one session."""

    def __init__(self) -> None:
        self._reports: OrderedDict[str, str] = OrderedDict()
        self._begun: list[float] = []  # when, of the last minute

    def count(self, now: float) -> None:
        """One more is begun at `now` (seconds, any clock that does not jump). Raises CaptureRefused."""
        self._begun = [moment for moment in self._begun if now - moment < 60.0]
        if len(self._begun) >= PER_MINUTE:
            raise CaptureRefused("too_many_captures", f"At most {PER_MINUTE} reports a minute can be made.", 429)
        self._begun.append(now)

    def note(self, capture_id: str, report: str) -> None:
        """Remember the report's message."""
        self._reports[capture_id] = report
        while len(self._reports) > REMEMBERED:
            self._reports.popitem(last=False)

    def report(self, capture_id: str) -> str | None:
        """The message of that capture's report, None where there is none or it is long ago."""
        return self._reports.get(capture_id)
