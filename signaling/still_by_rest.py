"""A capture whose still came by REST and is analysed there."""

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["StillByRest"]


class StillByRest:
    """The first call of done() or failed() counts, and none where the capture has its report already."""

    def __init__(
        self,
        reported: Callable[[Mapping[str, Any]], None] | None = None,
        refused: Callable[[str, str], None] | None = None,
    ) -> None:
        self._reported = reported
        self._refused = refused

    def done(self, fields: Mapping[str, Any]) -> None:
        """fields: of the `report` message."""
        reported = self._reported
        self._reported = self._refused = None
        if reported is not None:
            reported(fields)

    def failed(self, code: str, sentence: str) -> None:
        """There is no report."""
        refused = self._refused
        self._reported = self._refused = None
        if refused is not None:
            refused(code, sentence)
