"""The report on what is drawn live says what was measured, and says so where nothing was."""

import numpy as np

from media_pipeline.evaluation.anchored import Strayed
from media_pipeline.evaluation.fused import Gain
from media_pipeline.evaluation.live import clip_table, report
from media_pipeline.types import Condition


def test_the_report_holds_every_figure() -> None:
    text = report(
        {("moved", "mesh"): Strayed(np.array([0.001, 0.002, 0.03]))},
        {"clip": Strayed(np.zeros(0))},
        {
            Condition.ACNE: Gain((0.5, 0.75), (2.0, 1.0), (0.25, 0.125)),
            Condition.ECZEMA: Gain((0.25, 0.25), None, None),
        },
        heads=6,
        looks=12,
    )
    assert "| moved | mesh | 0.20% | 2.72% | 3.00% | 67% | 3 |" in text
    assert "| clip | - | - | - | - | 0 |" in text
    assert "| acne | 0.50 | 0.75 | 2.00 | 1.00 | 0.25 | 0.12 |" in text
    assert "| eczema | 0.25 | 0.25 | - | - | - | - |" in text
    assert "| mean of the conditions | 0.38 | 0.50 | 2.00 | 1.00 | 0.25 | 0.12 |" in text
    assert all(len(line) < 140 for line in text.splitlines())


def test_without_clips_there_is_no_table_of_them() -> None:
    assert clip_table([]) == {}
