import json
from pathlib import Path

import pytest

from media_pipeline.evaluation.__main__ import main
from media_pipeline.evaluation.bench import Plan
from media_pipeline.evaluation.camera import PLAIN
from media_pipeline.evaluation.scenes import Scene
from media_pipeline.types import Condition

PLAN = Plan((Scene("package portrait", "intermediate", PLAIN, ((Condition.WRINKLES, 3),), smooth=True),), (), ())


@pytest.mark.timeout(180)  # seconds; 5 to 10 on a quiet machine
def test_a_broken_floor_fails_the_command_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    floors = tmp_path / "floors.json"
    arguments = [
        "--shared",
        str(tmp_path / "nowhere"),
        "--workers",
        "1",
        "--out",
        str(tmp_path),
        "--floors",
        str(floors),
    ]
    assert main([*arguments, "--record"], PLAN) == 0
    recorded = json.loads(floors.read_text())["package portrait"]
    assert recorded["recall/wrinkles"]["at_least"] > 0
    assert "# How good the detectors are" in (tmp_path / "EVALUATION.md").read_text()
    assert "conditions" in json.loads((tmp_path / "noise_floor.json").read_text())
    recorded["recall/wrinkles"] = {"at_least": 1.01}
    floors.write_text(json.dumps({"package portrait": recorded}))
    assert main(arguments, PLAN) == 1
    assert "recall/wrinkles" in capsys.readouterr().err
