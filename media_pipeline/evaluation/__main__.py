"""`python -m media_pipeline.evaluation`: measure, write EVALUATION.md and noise_floor.json, fail on a broken floor."""

import argparse
import sys
from pathlib import Path

from media_pipeline.evaluation.bench import Plan, full_plan, quick_plan, run
from media_pipeline.evaluation.floors import FLOORS_FILE, broken_floors, figures_of, read_floors, record_floors
from media_pipeline.evaluation.report import noise_floors, report

PIPELINE = Path(__file__).resolve().parents[1]
SHARED = PIPELINE.parents[1] / "shared" / "data"


def main(arguments: list[str] | None = None, plan: Plan | None = None) -> int:
    """0 when every floor is kept, 1 when one is broken. plan: None for all of it."""
    parser = argparse.ArgumentParser(prog="python -m media_pipeline.evaluation", description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of real inputs; without it a smaller bench")
    parser.add_argument("--quick", action="store_true", help="half of the pictures, with floors of their own")
    parser.add_argument("--workers", type=int, default=2, help="processes; 0: this one")
    parser.add_argument("--out", type=Path, default=PIPELINE, help="folder for EVALUATION.md and noise_floor.json")
    parser.add_argument("--floors", type=Path, default=FLOORS_FILE, help="file of the floors")
    parser.add_argument("--record", action="store_true", help="tighten the floors to what was measured, less a margin")
    options = parser.parse_args(arguments)
    shared = options.shared if (options.shared / "faces").is_dir() else None
    bench = "package portrait" if shared is None else "real inputs"
    if options.quick:
        bench += ", quick"
    readings = run(plan or (quick_plan if options.quick else full_plan)(shared), shared, options.workers)
    figures = figures_of(readings)
    if options.record:
        record_floors(bench, figures, options.floors)
    limits = read_floors(bench, options.floors)
    broken = broken_floors(figures, limits)
    if shared is None and options.out == PIPELINE:
        print("Without the real inputs the report would say less than the one that is there: nothing is written.")
    else:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "EVALUATION.md").write_text(report(readings, broken, len(limits), bench))
        (options.out / "noise_floor.json").write_text(noise_floors(readings))
    pictures = sum(map(len, (readings.tones, readings.disturbed, readings.repeats)))
    print(f"{pictures} pictures of the {bench} bench in {readings.seconds:.0f} s; {len(limits)} floors")
    for one in broken:
        print(f"below its floor: {one.figure}: {one.value} (limit {one.limit})", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
