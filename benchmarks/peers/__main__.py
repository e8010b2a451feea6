"""`make bench-peers`: the same client, clip and model against our server and its neighbours.

Keeps what it measures in benchmarks/peers/measured.json and writes benchmarks/PEERS.md from that after each part: parts
can be measured one by one. `python -m benchmarks.peers --quick` tries everything once, shortly, shows the page
and keeps nothing; --page writes the page anew from what is kept.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.peers.client import make_clip
from benchmarks.peers.compare import LADDER, PARTS, Comparison
from benchmarks.peers.record import Record
from benchmarks.peers.report import to_markdown
from benchmarks.peers.systems import MODELS, SYSTEMS, environment

__all__ = ["main"]

PAGE = Path(__file__).parents[1] / "PEERS.md"
MEASURED = Path(__file__).with_name("measured.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--page", action="store_true", help="measure nothing")
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs of each one-session figure")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each run; three times that under overload")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure; all by default")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--sessions", nargs="+", type=int, default=LADDER, help="rungs of the ladder")
    arguments = parser.parse_args()
    record = Record() if arguments.quick else Record.load(MEASURED)

    def keep() -> None:
        if not arguments.quick:
            record.save(MEASURED)
            PAGE.write_text(to_markdown(record))

    if not arguments.page:
        for system in SYSTEMS:
            environment(system)
        seconds, runs = (2.0, 1) if arguments.quick else (arguments.seconds, arguments.runs)
        with tempfile.TemporaryDirectory(prefix="dermaassist-peers-") as folder:
            clip = Path(folder) / "clip.npz"
            make_clip(clip)
            parts, models, rungs = arguments.parts, arguments.models, arguments.sessions
            Comparison(clip, seconds, runs, parts, models, rungs, record, keep).run()
    keep()
    print(to_markdown(record) if arguments.quick else f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
