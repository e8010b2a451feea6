"""Two findings are the same thing where a person would say so."""

from dataclasses import replace

import numpy as np
import pytest

from media_pipeline.sameness import pair
from media_pipeline.types import Box, Condition, Finding
from tests.unit.media_pipeline.looks import patch, spot

PX_PER_MM = 2.0


def line(*points: tuple[float, float]) -> Finding:
    outline = np.array(points, np.float32)
    long = patch(0, 0, 10, 10, condition=Condition.WRINKLES)
    return replace(long, outline=outline, box=Box.around(outline))


def test_spots_pair_with_the_nearest_within_reach() -> None:
    pairing = pair([spot(0, 0), spot(12, 0)], [spot(10, 0), spot(1, 1), spot(60, 60)], PX_PER_MM)
    assert set(pairing.pairs) == {(0, 1), (1, 0)}
    assert pairing.parts == ()


def test_two_spots_side_by_side_stay_two() -> None:
    pairing = pair([spot(0, 0)], [spot(0, 0), spot(4, 0)], PX_PER_MM)
    assert pairing.pairs == ((0, 0),)
    assert pairing.parts == ()


def test_patches_pair_by_what_they_share() -> None:
    known = [patch(0, 0, 40, 30), patch(100, 0, 40, 30)]
    pairing = pair(known, [patch(104, 3, 40, 30), patch(4, -3, 36, 30), patch(30, 60, 40, 30)], PX_PER_MM)
    assert set(pairing.pairs) == {(0, 1), (1, 0)}


def test_a_patch_seen_in_two_pieces_is_one_with_a_part() -> None:
    pairing = pair([patch(0, 0, 60, 30)], [patch(0, 0, 30, 30), patch(34, 0, 26, 30)], PX_PER_MM)
    assert len(pairing.pairs) == len(pairing.parts) == 1
    assert {n for _, n in (*pairing.pairs, *pairing.parts)} == {0, 1}


def test_lines_that_run_along_each_other_are_one_and_lines_that_cross_are_two() -> None:
    level = line((0, 0), (40, 2), (80, 0))
    assert pair([level], [line((10, 3), (70, 3))], PX_PER_MM).pairs == ((0, 0),)
    assert pair([level], [line((40, -40), (40, 40))], PX_PER_MM).pairs == ()


@pytest.mark.parametrize(("known", "new"), [([], [spot(0, 0)]), ([spot(0, 0)], []), ([], [])])
def test_nothing_pairs_with_nothing(known: list[Finding], new: list[Finding]) -> None:
    assert pair(known, new, PX_PER_MM).pairs == ()
