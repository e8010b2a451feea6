import numpy as np
from numpy.typing import NDArray

from media_pipeline.evaluation.matching import match
from media_pipeline.evaluation.planting import Planted
from media_pipeline.types import Box, Condition, Finding, RegionName

PX_PER_MM = 3.0


def _circle(x: float, y: float, radius_mm: float) -> NDArray[np.float32]:
    """Centre and radius in mm, as an outline in px."""
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([x + radius_mm * np.cos(turn), y + radius_mm * np.sin(turn)], axis=1)
    return (points * PX_PER_MM).astype(np.float32)


def _line(x0: float, x1: float, y: float) -> NDArray[np.float32]:
    points = np.stack([np.linspace(x0, x1, 30), np.full(30, y)], axis=1)
    return (points * PX_PER_MM).astype(np.float32)


def _finding(condition: Condition, outline: NDArray[np.float32], *, box_only: bool = False) -> Finding:
    box = Box.around(outline)
    return Finding("1", condition, RegionName.FOREHEAD, box, 0.9, outline=None if box_only else outline)


def test_a_spot_is_found_by_a_finding_near_its_centre_and_by_one_alone() -> None:
    planted = [Planted(Condition.ACNE, _circle(20, 20, 1.5)), Planted(Condition.ACNE, _circle(40, 20, 1.5))]
    findings = [
        _finding(Condition.ACNE, _circle(20.5, 20, 1.5), box_only=True),
        _finding(Condition.ACNE, _circle(20, 21.5, 1.5), box_only=True),
        _finding(Condition.ACNE, _circle(60, 60, 1.5), box_only=True),
    ]
    outcome = match(Condition.ACNE, planted, findings, [], PX_PER_MM)
    assert (outcome.planted, outcome.found, outcome.new, outcome.right) == (2, 1, 3, 1)
    assert outcome.overlap is not None
    assert 0.6 < outcome.overlap < 0.75  # boxes of 3 mm, half a millimetre apart: 2.5 / 3.5


def test_what_was_found_before_planting_is_neither_right_nor_wrong() -> None:
    mole = _finding(Condition.DARK_SPOTS, _circle(10, 10, 1.0))
    planted = [Planted(Condition.DARK_SPOTS, _circle(30, 10, 1.0))]
    found = _finding(Condition.DARK_SPOTS, _circle(30, 10, 1.0))
    outcome = match(Condition.DARK_SPOTS, planted, [mole, found], [mole], PX_PER_MM)
    assert (outcome.planted, outcome.already, outcome.found, outcome.new, outcome.right) == (1, 0, 1, 1, 1)


def test_a_spot_planted_on_a_mole_does_not_count() -> None:
    mole = _finding(Condition.DARK_SPOTS, _circle(10, 10, 1.0))
    planted = [Planted(Condition.DARK_SPOTS, _circle(10.5, 10, 1.0))]
    outcome = match(Condition.DARK_SPOTS, planted, [mole], [mole], PX_PER_MM)
    assert (outcome.planted, outcome.already, outcome.found, outcome.new) == (0, 1, 0, 0)


def test_a_patch_is_found_when_enough_of_it_is_covered() -> None:
    planted = [Planted(Condition.ECZEMA, _circle(30, 30, 10))]
    whole = match(Condition.ECZEMA, planted, [_finding(Condition.ECZEMA, _circle(30, 30, 10))], [], PX_PER_MM)
    assert (whole.found, whole.right, whole.new) == (1, 1, 1)
    assert whole.overlap is not None
    assert whole.overlap > 0.98
    small = match(Condition.ECZEMA, planted, [_finding(Condition.ECZEMA, _circle(30, 30, 3))], [], PX_PER_MM)
    assert (small.found, small.right, small.new) == (0, 1, 1)
    beside = match(Condition.ECZEMA, planted, [_finding(Condition.ECZEMA, _circle(55, 30, 8))], [], PX_PER_MM)
    assert (beside.found, beside.right, beside.new, beside.overlap) == (0, 0, 1, 0.0)


def test_two_findings_may_cover_one_patch_together() -> None:
    planted = [Planted(Condition.ECZEMA, _circle(30, 30, 10))]
    halves = [_finding(Condition.ECZEMA, _circle(x, 30, 5)) for x in (25, 35)]
    outcome = match(Condition.ECZEMA, planted, halves, [], PX_PER_MM)
    assert (outcome.found, outcome.right, outcome.new) == (1, 2, 2)


def test_a_finding_far_larger_than_the_patch_is_wrong_though_it_covers_it() -> None:
    planted = [Planted(Condition.ROSACEA, _circle(50, 50, 8))]
    outcome = match(Condition.ROSACEA, planted, [_finding(Condition.ROSACEA, _circle(50, 50, 30))], [], PX_PER_MM)
    assert (outcome.found, outcome.right, outcome.new) == (1, 0, 1)


def test_lines_are_compared_along_their_course() -> None:
    planted = [Planted(Condition.WRINKLES, _line(10, 50, 20)), Planted(Condition.WRINKLES, _line(10, 50, 35))]
    findings = [
        _finding(Condition.WRINKLES, _line(12, 32, 20.8)),  # half of the first, a little off
        _finding(Condition.WRINKLES, _line(10, 50, 60)),  # where nothing is
    ]
    outcome = match(Condition.WRINKLES, planted, findings, [], PX_PER_MM)
    assert (outcome.planted, outcome.found, outcome.right, outcome.new) == (2, 1, 1, 2)


def test_a_line_that_crosses_a_planted_one_does_not_find_it() -> None:
    planted = [Planted(Condition.WRINKLES, _line(10, 50, 20))]
    crossing = (np.stack([np.full(30, 30.0), np.linspace(0, 40, 30)], axis=1) * PX_PER_MM).astype(np.float32)
    outcome = match(Condition.WRINKLES, planted, [_finding(Condition.WRINKLES, crossing)], [], PX_PER_MM)
    assert (outcome.found, outcome.right) == (0, 0)


def test_finding_nothing_finds_nothing() -> None:
    planted = [Planted(Condition.WRINKLES, _line(10, 50, 20))]
    outcome = match(Condition.WRINKLES, planted, [], [], PX_PER_MM)
    assert (outcome.planted, outcome.found, outcome.new, outcome.overlap) == (1, 0, 0, None)


def test_old_lines_are_left_out_of_both_counts() -> None:
    old = _finding(Condition.WRINKLES, _line(10, 50, 80))
    planted = [Planted(Condition.WRINKLES, _line(10, 50, 20)), Planted(Condition.WRINKLES, _line(10, 50, 80.5))]
    found = [old, _finding(Condition.WRINKLES, _line(10, 50, 20))]
    outcome = match(Condition.WRINKLES, planted, found, [old], PX_PER_MM)
    assert (outcome.planted, outcome.already, outcome.found, outcome.new, outcome.right) == (1, 1, 1, 1, 1)
