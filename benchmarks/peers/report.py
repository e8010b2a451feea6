"""The comparison as one page: every system in every table, whatever came out."""

import statistics
from collections.abc import Callable, Iterable

from benchmarks.peers.measure import Measured
from benchmarks.peers.record import Part, Record, Row
from benchmarks.peers.systems import MODELS

__all__ = ["to_markdown"]

PREFACE = """# Beside the neighbours

Written by `make bench-peers`; do not edit. The same client, the same 640x360 clip at 30 frames a second and the same
model against each system, one after the other, round by round. Each table is one run and says when it was; tables of
different days are of different states of this project.

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
  in the client's process (`benchmarks/impaired_link.py`), both ways. DermaAssist answers with whole results of about
  six packets, where a page takes `moves` of one; the neighbours' answers are a box, one packet. One packet lost in
  twenty therefore costs it a quarter of its answers here.
- *MB* is the server's unique set size, *MB a minute* its slope over the run, which is short: tens either way are noise.
- A session is *held* with at least 10 answers a second and a p95 of at most 500 ms.
"""


ONE_SESSION = ("p50 ms", "p95 ms", "p99 ms", "stale p95 ms", "answers/s", "CPU s a minute", "MB")
LOAD = ("system", "sessions", "answers/s, least to mean")
# Title and header of each table, by its part.
TABLES = {
    **{f"alone {model}": (f"One session, {model}", ("system", *ONE_SESSION)) for model in MODELS},
    "ladder": ("More sessions, mesh", (*LOAD, "p95 ms", "worst session", "Jain", "CPU s", "MB", "held")),
    "overload": (
        "Three times what each held, mesh",
        (*LOAD, "p50 ms", "p95 ms", "stale p95 ms", "Jain", "CPU s", "MB", "MB a minute", "failed"),
    ),
    "networks": ("One session, mesh, on a bad network", ("network", "system", *ONE_SESSION)),
}


def to_markdown(record: Record) -> str:
    """The whole page; what has not been measured is left out, and named at the end."""
    sections = [PREFACE]
    machines: list[str] = []
    for name, (title, header) in TABLES.items():
        if name not in record.parts:
            continue
        part = record.parts[name]
        if part.machine not in machines:
            machines.append(part.machine)
        on = f", machine {machines.index(part.machine) + 1}"
        sections.append(f"## {title}\n\n{_how(part)}{on}.\n\n{_table(header, map(_cells(name), part.rows))}")
    sections.append("\n".join(f"Machine {number}: {one}" for number, one in enumerate(machines, 1)) + "\n")
    if missing := [title for name, (title, _) in TABLES.items() if name not in record.parts]:
        sections.append(f"Not measured: {'; '.join(missing)}.\n")
    return "\n".join(sections)


def _how(part: Part) -> str:
    runs = max((len(row.runs) for row in part.rows), default=0)
    what = f"median of {runs} interleaved runs of" if runs > 1 else "one run of"
    spread = ", spread in brackets" if runs > 1 else ""
    return f"{part.when} UTC, {what} {part.seconds:.0f} s{spread}"


def _cells(name: str) -> Callable[[Row], tuple[str, ...]]:
    """How a row of that part is written."""
    if name == "ladder":
        return lambda row: (row.system, row.at, *_step(row.runs[0]))
    if name == "overload":
        return lambda row: (row.system, row.at, *_overload(row.runs[0]))
    if name == "networks":
        return lambda row: (row.at, row.system, *_alone(row.runs))
    return lambda row: (row.system, *_alone(row.runs))


def _alone(runs: list[Measured]) -> tuple[str, ...]:
    good = [one for one in runs if not one.failure and one.fps_mean]
    if not good:
        return (runs[0].failure or "no answers", *[""] * (len(ONE_SESSION) - 1))
    return (
        _spread(good, lambda one: one.p50_ms),
        _spread(good, lambda one: one.p95_ms),
        _spread(good, lambda one: one.p99_ms),
        _spread(good, lambda one: one.stale_p95_ms),
        f"{statistics.median(one.fps_mean for one in good):.1f}",
        f"{statistics.median(one.cpu_s_per_session_minute for one in good):.1f}",
        f"{statistics.median(one.memory_mb for one in good):.0f}",
    )


def _spread(runs: list[Measured], value: Callable[[Measured], float]) -> str:
    values = [value(one) for one in runs]
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


def _step(one: Measured) -> tuple[str, ...]:
    if one.failure:
        return (one.failure, "", "", "", "", "", "no")
    return (
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
        return (one.failure, *[""] * 8)
    return (
        f"{one.fps_min:.1f} to {one.fps_mean:.1f}",
        f"{one.p50_ms:.0f}",
        f"{one.p95_ms:.0f}",
        f"{one.stale_p95_ms:.0f}",
        f"{one.jain:.3f}",
        f"{one.cpu_s_per_session_minute:.1f}",
        f"{one.memory_mb:.0f}",
        f"{one.memory_slope:+.0f}",
        f"{one.failed:.0f}",
    )


def _late(milliseconds: float) -> str:
    return f"{milliseconds:.0f}" if milliseconds < 1e6 else "no answers"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
