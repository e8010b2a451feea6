"""Ridges answer to dark lines in the expected direction; their skeletons become ordered points."""

import cv2
import numpy as np
import pytest

from media_pipeline.detectors.lines import hysteresis, ridges, thin, trace


def _valley(angle: float, depth: float = 0.1, width: float = 2.0) -> np.ndarray:
    """Optical density of one straight line through the middle of a 96 px square; width: standard deviation in px."""
    y, x = np.mgrid[-48:48, -48:48].astype(np.float32)
    across = -x * np.sin(angle) + y * np.cos(angle)
    return np.asarray(depth * np.exp(-0.5 * (across / width) ** 2), np.float32)


def _towards(angle: float) -> tuple[np.ndarray, np.ndarray]:
    expected = np.empty((96, 96, 2), np.float32)
    expected[:] = np.cos(2 * angle), np.sin(2 * angle)
    return expected, np.full((96, 96), np.cos(2 * np.radians(30)), np.float32)


@pytest.mark.parametrize("angle", np.radians([0, 30, 90, 150]))
def test_a_line_in_the_expected_direction_answers_with_a_third_of_its_depth(angle: float) -> None:
    along, across = ridges(_valley(angle), [1.4, 2.0, 2.8], *_towards(angle))
    assert 0.033 < along[48, 48] < 0.041
    assert across[20:76, 20:76].max() < 0.002


def test_a_line_across_the_expected_direction_counts_as_texture() -> None:
    along, across = ridges(_valley(np.pi / 2), [2.0], *_towards(0.0))
    assert along[20:76, 20:76].max() < 0.002
    assert across[48, 48] > 0.03


def test_a_round_spot_a_bright_line_and_a_flat_map_answer_little() -> None:
    y, x = np.mgrid[-48:48, -48:48].astype(np.float32)
    spot = np.asarray(0.1 * np.exp(-(x**2 + y**2) / 8), np.float32)
    for picture in (spot, -_valley(0.0), np.full((96, 96), 0.7, np.float32)):
        along, _ = ridges(picture, [2.0], *_towards(0.0))
        assert along[44:52, 44:52].max() < 0.015


def test_hysteresis_follows_a_weak_line_from_a_strong_place() -> None:
    response = np.zeros((9, 30), np.float32)
    response[2, 3:25], response[2, 10] = 0.5, 2.0
    response[6, 3:25] = 0.5
    kept = hysteresis(response, 0.3, 1.0)
    assert kept[2, 3:25].all() and not kept[6].any()


def test_thinning_leaves_one_pixel_that_keeps_the_lines_length() -> None:
    mask = np.zeros((40, 80), np.uint8)
    cv2.line(mask, (10, 10), (70, 30), 1, 7)
    skeleton = thin(mask.astype(np.bool_))
    columns = np.flatnonzero(skeleton.any(axis=0))
    assert np.ptp(columns) > 55
    assert skeleton.sum() < 1.2 * len(columns)


def test_tracing_orders_points_from_end_to_end_and_takes_branches_apart() -> None:
    skeleton = np.zeros((50, 60), np.bool_)
    skeleton[25, 5:55] = True
    skeleton[8:25, 30] = True
    skeleton[45, 5:12] = True
    lines = trace(skeleton, shortest=10)
    assert len(lines) == 2
    longest = max(lines, key=len)
    assert len(longest) == 50
    assert np.abs(np.diff(longest[:, 0])).max() == 1
    assert sorted(longest[[0, -1], 0].tolist()) == [5, 54]
