"""`make bench`: measures everything and writes benchmarks/RESULTS.md. `python -m benchmarks --quick` tries the bench
itself in a minute or two, and writes nothing; names after it choose what to run."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.browser import bench_browser
from benchmarks.live import bench_live
from benchmarks.products import bench_products
from benchmarks.rest import bench_rest
from benchmarks.start_up import bench_start_up
from benchmarks.still import bench_still
from benchmarks.table import Row, machine, to_markdown

__all__ = ["main"]

RESULTS = Path(__file__).with_name("RESULTS.md")
BENCHES: Mapping[str, tuple[str, Callable[[bool], Iterator[Row]]]] = {
    "start-up": ("Starting and stopping", bench_start_up),
    "browser": ("A browser", bench_browser),
    "live": ("Live sessions", bench_live),
    "still": ("Still pictures", bench_still),
    "rest": ("The REST service", bench_rest),
    "products": ("Products", bench_products),
}

PREFACE = """# Results of `make bench`

Written by `make bench`; do not edit. Latency is from the moment a frame's last packet was sent until the first
annotation about that frame arrived, on one monotonic clock, by a client that sends a pre-encoded clip. One-session
latencies have server and client on different cores; all other figures have both on the same cores, so the client's own
work counts too.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], help="which benches; all by default")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    started = time.monotonic()
    sections = []
    for name in arguments.names or BENCHES:
        title, bench = BENCHES[name]
        rows = []
        for row in bench(arguments.quick):
            print(f"{row.what}: {row.measured}   [{row.bar}] {'' if row.met is None else row.met}", flush=True)
            rows.append(row)
        sections.append(f"## {title}\n\n{to_markdown(rows)}\n")
    if not arguments.quick and not arguments.names:
        when = (
            f"Measured {datetime.now(UTC):%Y-%m-%d} in {(time.monotonic() - started) / 60:.0f} minutes on {machine()}\n"
        )
        RESULTS.write_text("\n".join([PREFACE, when, *sections]))
        print(f"written: {RESULTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
