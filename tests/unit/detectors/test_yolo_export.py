import sys
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.detectors.yolo import load_acne_detector
from media_pipeline.detectors.yolo_export import onnx_of
from media_pipeline.errors import ModelError
from tests.unit.detectors.test_yolo import drawn_face


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An Ultralytics checkpoint of a YOLOv8n with random weights that looks for pimples."""
    import torch
    from ultralytics.cfg import get_cfg
    from ultralytics.nn import tasks

    network = tasks.DetectionModel("yolov8n.yaml", nc=1, verbose=False)  # type: ignore[no-untyped-call]
    vars(network).update(args=get_cfg(), names={0: "pimple"})
    path = tmp_path_factory.mktemp("checkpoint") / "best.pt"
    torch.save({"model": network.half(), "train_args": {}, "version": "8.4.0"}, path)
    return path


@pytest.mark.timeout(180)  # a process of its own imports torch
def test_a_checkpoint_is_converted_once_and_found_again_by_its_content(checkpoint: Path, tmp_path: Path) -> None:
    before = set(sys.modules)
    detector = load_acne_detector(checkpoint, tmp_path)
    assert detector.detect(drawn_face())[0].findings == ()
    (made,) = tmp_path.iterdir()
    stamp = made.stat().st_mtime_ns
    moved = checkpoint.rename(checkpoint.with_name("renamed.pt"))
    assert onnx_of(moved, tmp_path) == made and made.stat().st_mtime_ns == stamp
    assert not {name for name in set(sys.modules) - before if name.split(".")[0] in ("torch", "ultralytics")}


@pytest.mark.timeout(180)
def test_a_file_that_is_no_checkpoint_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    import torch

    cache = tmp_path / "cache"
    wrong = tmp_path / "weights.pt"
    torch.save({"rows": np.zeros(3).tolist()}, wrong)
    with pytest.raises(ModelError, match=r"weights\.pt is not an Ultralytics detector"):
        onnx_of(wrong, cache)
    assert list(cache.iterdir()) == []


def test_a_missing_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.pt cannot be read"):
        onnx_of(tmp_path / "gone.pt", tmp_path)
