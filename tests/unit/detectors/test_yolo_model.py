from pathlib import Path

import numpy as np
import pytest

from media_pipeline.detectors.yolo_model import YoloModel, letterbox, suppress
from media_pipeline.errors import ModelError
from tests.unit.detectors.red_dot_network import write_red_dot_network


def test_a_red_square_is_found_where_it_is(tmp_path: Path) -> None:
    model = YoloModel(write_red_dot_network(tmp_path / "red.onnx"), side=512)
    picture = np.full((128, 128, 3), 90, np.uint8)
    picture[40:48, 64:72, 0] = 255
    boxes = model.detect(picture, 0.5)
    assert model.side == 128  # the file's own
    np.testing.assert_allclose(boxes.corners, [[60, 36, 76, 52]], atol=0.01)
    assert boxes.scores.shape == (1, 1) and boxes.scores[0, 0] > 0.9


def test_boxes_of_a_wide_picture_come_back_in_its_own_pixels(tmp_path: Path) -> None:
    model = YoloModel(write_red_dot_network(tmp_path / "red.onnx"), side=512)
    picture = np.full((128, 256, 3), 90, np.uint8)
    picture[48:64, 128:144, 0] = 255
    boxes = model.detect(picture, 0.5)
    best = boxes.corners[boxes.scores[:, 0].argmax()]
    np.testing.assert_allclose((best[:2] + best[2:]) / 2, [136, 56], atol=8.1)
    np.testing.assert_allclose(best[2:] - best[:2], [32, 32], atol=0.1)


def test_letterbox_pads_with_grey_and_keeps_the_aspect() -> None:
    blob, scale, (left, top) = letterbox(np.zeros((50, 100, 3), np.uint8), 64)
    assert blob.shape == (1, 3, 64, 64) and (scale, left, top) == (0.64, 0, 16)
    assert blob[0, :, 0, 0] == pytest.approx(114 / 255)
    assert blob[0, :, 32, 32] == pytest.approx(0)


def test_suppression_keeps_the_better_of_two_and_both_of_neighbours() -> None:
    corners = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [22, 22, 26, 26]], np.float32)
    scores = np.array([0.5, 0.9, 0.3, 0.2], np.float32)
    assert suppress(corners, scores, overlap=0.45, most=10) == [1, 2]  # the last lies inside the third
    assert suppress(corners, scores, overlap=0.45, most=1) == [1]
    assert suppress(corners[:0], scores[:0], overlap=0.45, most=10) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file .*none\.onnx"):
        YoloModel(tmp_path / "none.onnx", side=128)


def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "junk.onnx"
    path.write_bytes(b"\x08\x07junk" * 100)
    with pytest.raises(ModelError, match="not an ONNX model"):
        YoloModel(path, side=128)


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_broken_weights_are_refused(tmp_path: Path, broken: float) -> None:
    with pytest.raises(ModelError, match="broken weights"):
        YoloModel(write_red_dot_network(tmp_path / "broken.onnx", weight=broken), side=128)


def test_a_classifier_is_refused(tmp_path: Path) -> None:
    path = write_red_dot_network(tmp_path / "cls.onnx", metadata={"task": "classify", "names": "{0: 'acne'}"})
    with pytest.raises(ModelError, match="a model for classify, not a detector"):
        YoloModel(path, side=128)


@pytest.mark.parametrize("metadata", [{}, {"names": "boom("}, {"names": "{1: 'acne'}"}])
def test_a_network_without_class_names_is_refused(tmp_path: Path, metadata: dict[str, str]) -> None:
    with pytest.raises(ModelError, match="does not say what its classes are"):
        YoloModel(write_red_dot_network(tmp_path / "nameless.onnx", metadata=metadata), side=128)


def test_a_table_that_does_not_fit_the_names_is_refused(tmp_path: Path) -> None:
    path = write_red_dot_network(tmp_path / "odd.onnx", metadata={"names": "{0: 'acne', 1: 'mole'}"})
    with pytest.raises(ModelError, match=r"not a YOLOv8 detector: its output is \(1, 5, 336\), not \(1, 6, 336\)"):
        YoloModel(path, side=128)
