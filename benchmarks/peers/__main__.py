"""`make bench-peers`: the same client, clip and model against our server and its neighbours, in one run.

Writes benchmarks/PEERS.md. `python -m benchmarks.peers --quick` tries everything once, shortly, and writes nothing.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers.client import make_clip
from benchmarks.peers.measure import LADDER, Measured, Session, ladder, measure
from benchmarks.peers.report import Report, to_markdown
from benchmarks.peers.systems import MODELS, SYSTEMS, System, environment

__all__ = ["main"]

RESULTS = Path(__file__).parents[1] / "PEERS.md"
PARTS = ("alone", "ladder", "overload", "networks")
NETWORKS = (
    ("2 % loss", ("--loss", "0.02")),
    ("5 % loss", ("--loss", "0.05")),
    ("50 ms each way, ±10 ms", ("--delay", "0.05", "--jitter", "0.01")),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs of each one-session figure")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure; all by default")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--sessions", nargs="+", type=int, default=LADDER, help="rungs of the ladder")
    arguments = parser.parse_args()
    started = time.monotonic()
    seconds, runs = (2.0, 1) if arguments.quick else (8.0, arguments.runs)
    for system in SYSTEMS:
        environment(system)
    with tempfile.TemporaryDirectory(prefix="dermaassist-peers-") as folder:
        clip = Path(folder) / "clip.npz"
        make_clip(clip)
        report = compare(clip, seconds, runs, arguments.parts, arguments.models, arguments.sessions)
    if not arguments.quick:
        when = f"{datetime.now(UTC):%Y-%m-%d}, {(time.monotonic() - started) / 60:.0f} minutes"
        RESULTS.write_text(to_markdown(report, when, runs, seconds))
        print(f"written: {RESULTS}")
    return 0


def compare(
    clip: Path, seconds: float, runs: int, parts: Sequence[str], models: Sequence[str], rungs: Sequence[int]
) -> Report:
    """Every run of every system; one after the other, so that what disturbs the machine disturbs all alike."""
    report = Report()
    for model in models if "alone" in parts else ():
        systems = [system for system in SYSTEMS if model in system.models]
        for _ in range(runs):
            for system in systems:
                alone = measure(system, model, Session(clip, 1, seconds, settle_s=2.0))
                note(system, f"{model}, one session", alone)
                report.alone.setdefault((model, system.name), []).append(alone)
    for system in SYSTEMS if "ladder" in parts else ():
        for sessions, step in ladder(system, clip, seconds, rungs):
            note(system, f"{sessions} sessions", step)
            report.ladder[system.name, sessions] = step
    for system in SYSTEMS if "overload" in parts else ():
        sessions = 3 * report.held(system.name)
        worst = measure(system, "mesh", Session(clip, sessions, 3 * seconds, settle_s=5.0))
        note(system, f"overload, {sessions} sessions", worst)
        report.overload[system.name] = worst
    for name, network in NETWORKS if "networks" in parts else ():
        for system in SYSTEMS:
            bad = measure(system, "mesh", Session(clip, 1, seconds, settle_s=4.0, network=network))
            note(system, name, bad)
            report.networks[name, system.name] = bad
    return report


def note(system: System, what: str, result: Measured) -> None:
    print(f"{system.name}: {what}: {result.line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
