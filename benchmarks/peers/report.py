"""The comparison as one page: every system in every table, whatever came out."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from benchmarks.peers.measure import Measured
from benchmarks.peers.systems import MODELS, SYSTEMS
from benchmarks.table import machine

__all__ = ["Report", "to_markdown"]

PREFACE = """# Beside the neighbours

Written by `make bench-peers`; do not edit. The same client, the same 640x360 clip at 30 frames a second and the same
model against each system, one after the other, round by round, in one run: {when}, on {machine}

- **Latency** is the arrival of the first answer about a frame minus the moment that the frame's last packet was sent.
  *Stale* is how old the newest frame with an answer had become when the next answer came (p95): what a person sees.
- **Models.** `mesh` is MediaPipe's FaceMesh with refined landmarks. `20ms` and `80ms` use that much processor time
  without the interpreter's lock, as inference on a processor does.
- **Who.** *aiortc's example* is its `examples/server` with its image filter replaced by the model; *tuned* drains
  frames, looks at the newest on a thread, and runs uvloop. *fastrtc* is `Stream(VideoStreamHandler(...), mode="send")`.
  *streamlit-webrtc's track* is its `AsyncVideoProcessTrack`, without Streamlit around it; *tuned* is `recv_queued` and
  uvloop. None of them encodes video back, which spares them work that their defaults would do. *DermaAssist, mesh
  alone* is our server with skin inspections switched off, and still judges quality, pose and regions; *everything on*
  inspects the skin.
- Client and server share the machine's cores, so the client's own work counts. Lost and late packets come from a relay
  in the client's process (`benchmarks/impaired_link.py`), both ways.
- A session is *held* with at least 10 answers a second and a p95 of at most 500 ms.
"""


@dataclass
class Report:
    """Everything measured: by model and system (a list of runs), by system and sessions, by network and system."""

    alone: dict[tuple[str, str], list[Measured]] = field(default_factory=dict)
    ladder: dict[tuple[str, int], Measured] = field(default_factory=dict)
    overload: dict[str, Measured] = field(default_factory=dict)
    networks: dict[tuple[str, str], Measured] = field(default_factory=dict)

    def held(self, name: str) -> int:
        """The most sessions that the system held, 1 at least."""
        return max(
            (sessions for (system, sessions), one in self.ladder.items() if system == name and one.held), default=1
        )


def to_markdown(report: Report, when: str, runs: int, seconds: float) -> str:
    """The whole page; what was not measured in this run is left out, and named at the end."""
    names = [system.name for system in SYSTEMS]
    tables: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {}
    for model in MODELS:
        tables[f"One session, {model} (median of {runs} runs of {seconds:.0f} s, spread in brackets)"] = (
            ("system", "p50 ms", "p95 ms", "p99 ms", "stale p95 ms", "answers/s", "CPU s a minute"),
            [(name, *_alone(report.alone[model, name])) for name in names if (model, name) in report.alone],
        )
    load = ("system", "sessions", "answers/s, least to mean")
    tables["More sessions, mesh"] = (
        (*load, "p95 ms", "worst session", "Jain", "CPU s", "MB", "held"),
        [_step(*key, one) for key, one in report.ladder.items()],
    )
    tables["Three times what each held, mesh"] = (
        (*load, "p50 ms", "p95 ms", "Jain", "MB", "MB a minute", "failed"),
        [(name, str(3 * report.held(name)), *_overload(one)) for name, one in report.overload.items()],
    )
    tables["One session, mesh, on a bad network"] = (
        ("network", "system", "answers/s", "p50 ms", "p95 ms", "stale p95 ms"),
        [(*key, *_network(one)) for key, one in report.networks.items()],
    )
    parts = [PREFACE.format(when=when, machine=machine())]
    parts += [f"## {title}\n\n{_table(header, rows)}" for title, (header, rows) in tables.items() if rows]
    missing = [title.partition(" (")[0] for title, (_, rows) in tables.items() if not rows]
    if missing:
        parts.append(f"Not measured in this run: {'; '.join(missing)}.\n")
    return "\n".join(parts)


def _alone(runs: list[Measured]) -> tuple[str, ...]:
    good = [one for one in runs if not one.failure]
    if not good:
        return (runs[0].failure, "", "", "", "", "")
    return (
        _spread(good, lambda one: one.p50_ms),
        _spread(good, lambda one: one.p95_ms),
        _spread(good, lambda one: one.p99_ms),
        _spread(good, lambda one: one.stale_p95_ms),
        f"{statistics.median(one.fps_mean for one in good):.1f}",
        f"{statistics.median(one.cpu_s_per_session_minute for one in good):.1f}",
    )


def _spread(runs: list[Measured], value: Callable[[Measured], float]) -> str:
    values = [value(one) for one in runs]
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


def _step(name: str, sessions: int, one: Measured) -> tuple[str, ...]:
    if one.failure:
        return (name, str(sessions), one.failure, "", "", "", "", "", "no")
    return (
        name,
        str(sessions),
        f"{one.fps_min:.1f} to {one.fps_mean:.1f}",
        f"{one.p95_ms:.0f}",
        _late(one.worst_p95_ms),
        f"{one.jain:.3f}",
        f"{one.cpu_s_per_session_minute:.1f}",
        f"{one.memory_mb:.0f}",
        "yes" if one.held else "no",
    )


def _overload(one: Measured) -> tuple[str, ...]:
    if one.failure:
        return (one.failure, "", "", "", "", "", "")
    return (
        f"{one.fps_min:.1f} to {one.fps_mean:.1f}",
        f"{one.p50_ms:.0f}",
        f"{one.p95_ms:.0f}",
        f"{one.jain:.3f}",
        f"{one.memory_mb:.0f}",
        f"{one.memory_slope:+.0f}",
        f"{one.failed:.0f}",
    )


def _network(one: Measured) -> tuple[str, ...]:
    if one.failure or not one.fps_mean:
        return (one.failure or "no answers", "", "", "")
    return (f"{one.fps_mean:.1f}", f"{one.p50_ms:.0f}", f"{one.p95_ms:.0f}", f"{one.stale_p95_ms:.0f}")


def _late(milliseconds: float) -> str:
    return f"{milliseconds:.0f}" if milliseconds < 1e6 else "no answers"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
