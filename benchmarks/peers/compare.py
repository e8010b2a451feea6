"""Every run of the comparison, round by round, so that what disturbs the machine disturbs all systems alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers.measure import Measured, Session, measure
from benchmarks.peers.record import Part, Record
from benchmarks.peers.systems import SYSTEMS, System
from benchmarks.table import machine

__all__ = ["LADDER", "NETWORKS", "PARTS", "Comparison"]

PARTS = ("alone", "networks", "ladder", "overload")
LADDER = (4, 8, 12, 16)
NETWORKS = {
    "2 % loss": ("--loss", "0.02"),
    "5 % loss": ("--loss", "0.05"),
    "50 ms each way, ±10 ms": ("--delay", "0.05", "--jitter", "0.01"),
}


@dataclass
class Comparison:
    """run() measures the parts asked for and puts each into the record when it is complete; then finished is called.

    seconds: of each run; runs: of each one-session figure; models: of the part `alone`; rungs: sessions."""

    clip: Path
    seconds: float
    runs: int
    parts: Sequence[str]
    models: Sequence[str]
    rungs: Sequence[int]
    record: Record
    finished: Callable[[], None]

    def run(self) -> None:
        """All parts asked for, the ladder before what needs to know what each system held."""
        self._started = time.monotonic()
        self._done, self._planned = 0, self.planned()
        if "alone" in self.parts:
            for model in self.models:
                self._alone(model)
        for part, work in (("networks", self._networks), ("ladder", self._ladder), ("overload", self._overload)):
            if part in self.parts:
                work()

    def planned(self) -> int:
        """How many runs there will be, at most."""
        alone = sum(model in system.models for system in SYSTEMS for model in self.models) * self.runs
        counts = {
            "alone": alone,
            "networks": len(NETWORKS) * len(SYSTEMS) * self.runs,
            "ladder": len(self.rungs) * len(SYSTEMS),
            "overload": len(SYSTEMS),
        }
        return sum(counts[part] for part in self.parts)

    def _alone(self, model: str) -> None:
        part = self._new_part()
        for _ in range(self.runs):
            for system in SYSTEMS:
                if model in system.models:
                    self._measure(part, system, "", model, Session(self.clip, 1, self.seconds, settle_s=2.0))
        self._finish(f"alone {model}", part)

    def _networks(self) -> None:
        part = self._new_part()
        for _ in range(self.runs):
            for name, network in NETWORKS.items():
                for system in SYSTEMS:
                    session = Session(self.clip, 1, self.seconds, settle_s=4.0, network=network)
                    self._measure(part, system, name, "mesh", session)
        self._finish("networks", part)

    def _ladder(self) -> None:
        """More and more sessions, until a system no longer holds them: one step beyond is measured too."""
        part, climbing = self._new_part(), list(SYSTEMS)
        for sessions in self.rungs:
            for system in tuple(climbing):
                session = Session(self.clip, sessions, self.seconds, settle_s=4.0)
                step = self._measure(part, system, str(sessions), "mesh", session)
                if not step.held and sessions > self.rungs[0]:
                    climbing.remove(system)
                    self._planned -= sum(rung > sessions for rung in self.rungs)
        part.rows.sort(key=lambda row: [system.name for system in SYSTEMS].index(row.system))
        self._finish("ladder", part)

    def _overload(self) -> None:
        part = self._new_part(3 * self.seconds)
        for system in SYSTEMS:
            sessions = 3 * self.record.held(system.name)
            session = Session(self.clip, sessions, 3 * self.seconds, settle_s=5.0)
            self._measure(part, system, str(sessions), "mesh", session)
        self._finish("overload", part)

    def _new_part(self, seconds: float | None = None) -> Part:
        return Part(f"{datetime.now(UTC):%Y-%m-%d %H:%M}", machine(), seconds or self.seconds)

    def _measure(self, part: Part, system: System, at: str, model: str, session: Session) -> Measured:
        result = measure(system, model, session)
        part.add(system.name, at, result)
        self._done += 1
        spent = time.monotonic() - self._started
        left = spent / self._done * (self._planned - self._done)
        what = f"{session.sessions} sessions" if not session.network else at
        progress = f"[{self._done}/{self._planned}, {spent / 60:.1f} min, about {left / 60:.0f} left]"
        print(f"{progress} {system.name}: {model}, {what}: {result.line}", flush=True)
        return result

    def _finish(self, name: str, part: Part) -> None:
        self.record.parts[name] = part
        self.finished()
