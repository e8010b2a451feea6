"""What has happened to all live sessions since the start of the process, those that have ended included."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields

from signaling.selected_pair import SelectedPair
from signaling.session_figures import SessionFigures

__all__ = ["Frames", "Tally"]


@dataclass(slots=True)
class Frames:
    """Frames of video, results on the annotations channel, and connections that took a session over."""

    received: int = 0
    analysed: int = 0
    dropped: int = 0
    sent: int = 0
    skipped: int = 0
    takeovers: int = 0

    def add(self, figures: SessionFigures) -> None:
        """Add one session's."""
        self.received += figures.frames_received
        self.analysed += figures.frames_analysed
        self.dropped += figures.frames_dropped
        self.sent += figures.results_sent
        self.skipped += figures.results_skipped
        self.takeovers += figures.takeovers

    def with_those(self, figures: Iterable[SessionFigures]) -> "Frames":
        """These and those of the sessions that are still here."""
        total = Frames(*(getattr(self, one.name) for one in fields(self)))
        for one in figures:
            total.add(one)
        return total


class Tally:
    """Counts; only on the event loop. ended: by reason of the goodbye; refused: by code of the answer; ice: connections
    by outcome (connected, failed, unanswered); pairs: by the kinds of both ends."""

    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.ice: Counter[str] = Counter()
        self.pairs: Counter[SelectedPair] = Counter()
        self.frames_of_ended = Frames()

    def ice_settled(self, outcome: str, pair: SelectedPair | None = None) -> None:
        """A connection came about, over that pair, or did not."""
        self.ice[outcome] += 1
        if pair is not None:
            self.pairs[pair] += 1

    def session_ended(self, reason: str, figures: SessionFigures) -> None:
        """A session is over."""
        self.ended[reason] += 1
        self.frames_of_ended.add(figures)
