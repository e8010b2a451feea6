import json
from pathlib import Path

from media_pipeline.evaluation.floors import FLOORS_FILE, MARGINS, broken_floors, read_floors, record_floors


def test_a_figure_on_the_wrong_side_is_named_and_one_that_is_gone_too() -> None:
    limits = {
        "recall/acne": {"at_least": 0.6},
        "refused/acne": {"at_most": 0.1},
        "precision/acne": {"at_least": 0.5},
        "overlap/acne": {"at_least": 0.3},
    }
    figures = {"recall/acne": 0.59, "refused/acne": 0.11, "precision/acne": 0.5}
    broken = {one.figure: one.value for one in broken_floors(figures, limits)}
    assert broken == {"recall/acne": 0.59, "refused/acne": 0.11, "overlap/acne": None}


def test_recorded_floors_lie_a_margin_below_the_truth(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    figures = {"recall/acne": 0.8, "refused/acne": 0.02, "noise_floor/acne": 4.0, "response/acne": 0.9}
    record_floors("real inputs", figures, path)
    limits = read_floors("real inputs", path)
    assert limits["recall/acne"] == {"at_least": 0.75}
    assert limits["refused/acne"] == {"at_most": 0.05}
    assert limits["noise_floor/acne"] == {"at_most": 6.0}
    assert broken_floors(figures, limits) == []
    assert read_floors("package portrait", path) == {}


def test_recording_tightens_and_never_loosens(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    record_floors("real inputs", {"recall/acne": 0.8, "refused/acne": 0.10}, path)
    record_floors("real inputs", {"recall/acne": 0.6, "refused/acne": 0.30}, path)
    assert read_floors("real inputs", path) == {"recall/acne": {"at_least": 0.75}, "refused/acne": {"at_most": 0.13}}
    record_floors("real inputs", {"recall/acne": 0.9, "refused/acne": 0.0}, path)
    assert read_floors("real inputs", path) == {"recall/acne": {"at_least": 0.85}, "refused/acne": {"at_most": 0.03}}


def test_a_share_too_small_for_a_margin_gets_no_floor(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    record_floors("real inputs", {"recall/acne": 0.03}, path)
    assert read_floors("real inputs", path) == {}


def test_the_recorded_file_holds_known_figures_with_one_limit_each() -> None:
    for limits in json.loads(FLOORS_FILE.read_text()).values():
        for name, limit in limits.items():
            way, _ = MARGINS[name.split("/")[0]]
            assert list(limit) == [way], name
