from pathlib import Path

import numpy as np
import pytest

from media_pipeline.detectors.yolo import YoloAcneDetector
from media_pipeline.training.calibrate import (
    Seen,
    average_precision,
    calibration_error,
    fit,
    fit_sides,
    match,
    measure,
    recalibrated,
    size_figures,
    write_calibration,
)
from tests.unit.detectors.red_dot_network import write_red_dot_network


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def test_each_lesion_is_claimed_once_and_by_a_near_box() -> None:
    found = boxes((0, 0, 10, 10), (1, 1, 11, 11), (50, 50, 60, 60))
    assert match(found, boxes((0, 0, 10, 10), (80, 80, 90, 90))).tolist() == [0, -1, -1]
    assert match(found, boxes()).tolist() == [-1, -1, -1]
    assert match(boxes(), found).tolist() == []


def seen(confidence: list[float], truth: list[int], kinds: list[int], true_kinds: list[int]) -> Seen:
    at, said, true = (np.array(values, np.intp) for values in (truth, kinds, true_kinds))
    return Seen(np.array(confidence, np.float32), at, said, true, boxes(), boxes())


def test_recall_precision_and_count_bias() -> None:
    tiles = [seen([0.9, 0.6, 0.3], [0, -1, 1], [1, 1, 4], [1, 2, 2]), seen([0.2], [-1], [0], [])]
    outcome = measure(tiles, 0.25)
    assert outcome.recall == pytest.approx(2 / 3)
    assert outcome.precision == pytest.approx(2 / 3)
    assert outcome.count_bias == pytest.approx(0.0)
    assert outcome.recall_by_kind["pustule"] == pytest.approx(0.5)
    assert outcome.kind_right == pytest.approx(0.5)


def test_average_precision_of_a_perfect_model_is_one() -> None:
    assert average_precision([seen([0.9, 0.8], [0, 1], [1, 1], [1, 1])]) == pytest.approx(1.0)
    assert average_precision([seen([0.9, 0.8], [-1, 0], [1, 1], [1, 1])]) == pytest.approx(0.25)


def test_the_curve_turns_raw_confidence_into_the_share_of_right_boxes() -> None:
    rng = np.random.default_rng(4)
    raw = rng.uniform(0.02, 0.5, 4000)
    right = rng.random(4000) < np.minimum(1, 2 * raw)  # twice as often right as it says
    tile = seen(raw.tolist(), np.where(right, 0, -1).tolist(), [1] * 4000, [1])
    better = recalibrated(tile, *fit([tile]))
    assert calibration_error([tile]) > 0.15
    assert calibration_error([better]) < 0.05


def test_boxes_are_fitted_to_how_far_lesions_are_seen() -> None:
    rng = np.random.default_rng(3)
    middles, sides = rng.uniform(50, 300, (200, 2)), rng.uniform(8, 40, (200, 1))
    extents = np.hstack([middles - sides / 2, middles + sides / 2])
    drawn = (sides + 2) / 0.7 * rng.normal(1, 0.05, (200, 1))
    shifted = middles + (1.0, -0.5)
    tile = Seen(
        confidence=np.full(201, 0.9, np.float32),
        truth=np.append(np.arange(200), -1),
        kinds=np.zeros(201, np.intp),
        true_kinds=np.zeros(200, np.intp),
        boxes=boxes(*np.hstack([shifted - drawn / 2, shifted + drawn / 2]), (0, 0, 300, 300)),
        extents=boxes(*extents),
    )
    scale, border = fit_sides([tile], 0.5)
    assert scale == pytest.approx(0.7, abs=0.03) and border == pytest.approx(-2.0, abs=0.8)
    figures = size_figures([tile], 0.5, scale, border)
    assert figures["drawn_side"] > 1.4 and figures["reported_side"] == pytest.approx(1.0, abs=0.03)
    assert (figures["offset_right"], figures["offset_down"]) == pytest.approx((1.0, -0.5), abs=1e-3)


def test_a_model_that_finds_next_to_nothing_keeps_its_boxes() -> None:
    tile = Seen(np.array([0.9], np.float32), np.array([-1]), np.array([1]), np.array([1]), boxes((0, 0, 9, 9)), boxes())
    assert fit_sides([tile], 0.5) == (1.0, 0.0)
    assert size_figures([tile], 0.5, 1.0, 0.0) == {}


def test_what_was_calibrated_is_read_back_by_the_detector(tmp_path: Path) -> None:
    path = write_red_dot_network(tmp_path / "red.onnx")
    write_calibration(path, {"acne_threshold": "0.300", "acne_version": "1.0"})
    write_calibration(path, {"acne_threshold": "0.175", "acne_version": "1.1"})
    detector = YoloAcneDetector(path)
    assert detector.threshold == 0.175 and detector.info.version == "1.1"
