from pathlib import Path

import numpy as np
import pytest

from media_pipeline.detectors.yolo_model import YoloModel
from media_pipeline.training.calibrate import Seen, average_precision, match, measure, write_threshold
from tests.unit.detectors.red_dot_network import write_red_dot_network


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def test_each_lesion_is_claimed_once_and_by_a_near_box() -> None:
    found = boxes((0, 0, 10, 10), (1, 1, 11, 11), (50, 50, 60, 60))
    assert match(found, boxes((0, 0, 10, 10), (80, 80, 90, 90))).tolist() == [0, -1, -1]
    assert match(found, boxes()).tolist() == [-1, -1, -1]
    assert match(boxes(), found).tolist() == []


def seen(confidence: list[float], truth: list[int], kinds: list[int], true_kinds: list[int]) -> Seen:
    whole = (np.array(values, np.intp) for values in (truth, kinds, true_kinds))
    return Seen(np.array(confidence, np.float32), *whole)


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


def test_a_written_threshold_is_read_back(tmp_path: Path) -> None:
    path = write_red_dot_network(tmp_path / "red.onnx")
    write_threshold(path, 0.3, "1.0")
    write_threshold(path, 0.175, "1.1")
    metadata = YoloModel(path, side=128).metadata
    assert (metadata["acne_threshold"], metadata["acne_version"]) == ("0.175", "1.1")
