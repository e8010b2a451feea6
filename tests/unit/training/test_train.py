from pathlib import Path

import numpy as np
import pytest

from media_pipeline.detectors.yolo import YoloAcneDetector
from media_pipeline.detectors.yolo_model import YoloModel
from media_pipeline.training import calibrate
from media_pipeline.training.export import export
from media_pipeline.training.render import render_set
from media_pipeline.training.train import CROP, Batches, train


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """Four tiles, each with one bright square of 20 px as its lesion, at a place of its own."""
    pictures = np.zeros((4, CROP + 32, CROP + 32, 3), np.uint8)
    labels = []
    for index in range(4):
        x, y = 60 + 40 * index, 200 - 30 * index
        pictures[index, y : y + 20, x : x + 20] = 255
        labels.append((index, 1, x, y, x + 20, y + 20))
    np.save(tmp_path / "train.npy", pictures)
    np.savez(tmp_path / "train_labels.npz", labels=np.array(labels, np.float32))
    return tmp_path


def test_boxes_follow_their_crops_through_every_turn(tiles: Path) -> None:
    batches = Batches(tiles, "train", 4, seed=3)
    for _ in range(10):
        images, rows = batches.next()
        assert images.shape == (4, CROP, CROP, 3)
        for index, kind, x, y, w, h in rows:
            assert kind == 1
            ys, xs = np.nonzero(images[int(index), ..., 0] > 100)
            np.testing.assert_allclose(
                (x * CROP, y * CROP), ((xs.min() + xs.max() + 1) / 2, (ys.min() + ys.max() + 1) / 2)
            )
            np.testing.assert_allclose((w * CROP, h * CROP), (20, 20), rtol=1e-5)


@pytest.mark.timeout(180)  # imports torch, exports
def test_what_make_train_runs_makes_weights_that_the_detector_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step reads what the one before wrote; at this size nothing is learned."""
    data, onnx = tmp_path / "data", tmp_path / "acne.onnx"
    for held_out in (True, False):
        render_set(tmp_path / "no faces", data, 2, 1, held_out=held_out, workers=1)
    train(data, tmp_path / "acne.pt", steps=1, batch=2, rate=1e-3, seed=1, threads=1, crop=64)
    export(tmp_path / "acne.pt", onnx)
    assert onnx.stat().st_size < 6.5e6, "half precision"
    model = YoloModel(onnx, side=64)
    assert model.names[1] == "acne_papule" and len(model.names) == 5
    assert model.detect(np.zeros((64, 64, 3), np.uint8), 0.5).scores.shape[1] == 5
    monkeypatch.setattr("sys.argv", ["calibrate", "--model", str(onnx), "--data", str(data), "--write", "small"])
    calibrate.main()
    assert YoloAcneDetector(onnx).info.version == "small"
