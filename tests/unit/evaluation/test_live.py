"""The report on what is drawn live says what was measured, and says so where nothing was."""

import numpy as np

from media_pipeline.evaluation.anchored import Compared, Strayed
from media_pipeline.evaluation.fused import Gain
from media_pipeline.evaluation.live import clip_table, report
from media_pipeline.types import Condition


def test_the_report_holds_every_figure() -> None:
    text = report(
        {("moved", "mesh"): Compared(Strayed(np.array([0.001, 0.002, 0.03])), Strayed(np.array([0.01])))},
        {("turned", "ellipsoid", 30): Compared(Strayed(np.array([0.03])), Strayed(np.array([0.02])))},
        {"clip": Compared.joined([])},
        {
            Condition.ACNE: Gain((0.5, 0.75), (2.0, 1.0), (0.25, 0.125)),
            Condition.ECZEMA: Gain((0.25, 0.25), None, None),
        },
        heads=6,
        looks=12,
    )
    assert "| moved | mesh | mesh | 0.20% | 2.72% | 3.00% | 67% | 3 |" in text
    assert "| moved | mesh | registered | 1.00% | 1.00% | 1.00% | 100% | 1 |" in text
    assert "| turned | ellipsoid, 30 a second | mesh | 3.00% | 3.00% | 3.00% | 0% | 1 |" in text
    assert "| clip | registered | - | - | - | - | 0 |" in text
    assert "| acne | 0.50 | 0.75 | 2.00 | 1.00 | 0.25 | 0.12 |" in text
    assert "| eczema | 0.25 | 0.25 | - | - | - | - |" in text
    assert "| mean of the conditions | 0.38 | 0.50 | 2.00 | 1.00 | 0.25 | 0.12 |" in text
    assert all(len(line) < 140 for line in text.splitlines())


def test_without_clips_there_is_no_table_of_them() -> None:
    assert clip_table([]) == {}
