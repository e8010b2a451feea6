"""What was measured, kept as JSON part by part: parts can be measured on different days, and each says when it was."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.measure import Measured

__all__ = ["Part", "Record", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One system under one circumstance (at: so many sessions, or a network), run once or more."""

    system: str
    at: str
    runs: list[Measured]


@dataclass(slots=True)
class Part:
    """One table. when: date and time, UTC; machine: it and its versions; seconds: of each run."""

    when: str
    machine: str
    seconds: float
    rows: list[Row] = field(default_factory=list)

    def add(self, system: str, at: str, run: Measured) -> None:
        """One more run of a system, to those it has had under the same circumstance."""
        for row in self.rows:
            if (row.system, row.at) == (system, at):
                row.runs.append(run)
                return
        self.rows.append(Row(system, at, [run]))


@dataclass
class Record:
    """The parts by name."""

    parts: dict[str, Part] = field(default_factory=dict)

    def held(self, system: str) -> int:
        """The most sessions that the system held in every run, 1 at least."""
        rows = self.parts["ladder"].rows if "ladder" in self.parts else []
        held = [int(row.at) for row in rows if row.system == system and all(one.held for one in row.runs)]
        return max(held, default=1)

    def save(self, path: Path) -> None:
        """Write all parts; the file is whole at any time."""
        text = json.dumps({name: dataclasses.asdict(part) for name, part in self.parts.items()}, indent=1)
        unfinished = path.with_suffix(".new")
        unfinished.write_text(text + "\n")
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Record":
        """What save() wrote; nothing where there is no file."""
        if not path.exists():
            return cls()
        stored: dict[str, Any] = json.loads(path.read_text())
        return cls({name: _part(one) for name, one in stored.items()})


def _part(stored: dict[str, Any]) -> Part:
    rows = [Row(row["system"], row["at"], [Measured(**run) for run in row["runs"]]) for row in stored["rows"]]
    return Part(stored["when"], stored["machine"], stored["seconds"], rows)
