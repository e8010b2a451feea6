"""How many messages a client may send on `control`."""

from typing import Literal

__all__ = ["MessageRate"]


class MessageRate:
    """A fixed window of one second. Messages over the limit are ignored; a flood ends the session."""

    PER_SECOND = 50  # a page sends one ping a second and a few settings
    FLOOD_PER_SECOND = 200  # parsing is avoided, but reading alone costs the event loop its time

    def __init__(self) -> None:
        self._window_start = float("-inf")
        self._count = 0

    def count(self, now: float) -> Literal["ok", "first_over", "over", "flood"]:
        """Judge a message that came at `now`, seconds. first_over comes once a window: time to say so."""
        if now - self._window_start >= 1.0:
            self._window_start, self._count = now, 0
        self._count += 1
        if self._count <= self.PER_SECOND:
            return "ok"
        if self._count == self.PER_SECOND + 1:
            return "first_over"
        return "flood" if self._count > self.FLOOD_PER_SECOND else "over"
