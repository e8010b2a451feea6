"""A YOLOv8 network in ONNX: load it, check what it is, run it, suppress doubles. numpy in, boxes out; no torch.

A network is taken as it comes out of Ultralytics' export: one input (1, 3, H, W) of RGB 0-1, one output
(1, 4 + classes, anchors) of centre x, y, width, height in px of the input and a score 0-1 per class, and the class
names in the file's metadata.
"""

import ast
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import openvino
from numpy.typing import NDArray

from media_pipeline.errors import DetectorError, ModelError
from media_pipeline.types import Image

__all__ = ["Boxes", "YoloModel", "suppress"]

STRIDE = 32  # px: the network's coarsest step; sides must be multiples of it
PADDING = 114  # grey that Ultralytics letterboxes with


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """What a network sees. corners (N, 4) float32 x0, y0, x1, y1 px of the picture given; scores (N, classes) 0-1."""

    corners: NDArray[np.float32]
    scores: NDArray[np.float32]


class YoloModel:
    """A loaded network; `detect` may be called from several threads, and runs one picture at a time.

    Raises ModelError, with a sentence, where the file is missing, no ONNX, no detector, without class names, or gives
    numbers that are not finite.
    """

    def __init__(self, path: Path, *, side: int, threads: int = 2) -> None:
        """side: px of the square input where the network leaves it open (a multiple of 32)."""
        if not path.is_file():
            raise ModelError(f"There is no model file {path}.")
        core = openvino.Core()
        try:
            model = core.read_model(path)
        except RuntimeError as error:
            raise ModelError(f"{path} is not an ONNX model that can be loaded.") from error
        if any(np.isnan(op.data).any() for op in model.get_ops() if op.get_type_name() == "Constant"):
            raise ModelError(f"{path} has broken weights: some are not numbers.")
        self.metadata = _metadata(model)
        self.names = _names(path, self.metadata)
        self.side = _input_side(path, model, side)
        try:
            model.reshape([1, 3, self.side, self.side])
            settings = {
                "INFERENCE_NUM_THREADS": threads,
                "NUM_STREAMS": 1,
                "PERFORMANCE_HINT": "LATENCY",
                "ENABLE_CPU_PINNING": False,  # other work shares these cores
            }
            self._request = core.compile_model(model, "CPU", settings).create_infer_request()
            self._lock = threading.Lock()
            probe = self._run(np.random.default_rng(0).random((1, 3, self.side, self.side), np.float32))
        except (RuntimeError, DetectorError) as error:
            raise ModelError(f"{path} cannot run on a picture of {self.side} px: {_first_line(error)}") from error
        self._check(path, probe)

    def detect(self, rgb: Image, floor: float) -> Boxes:
        """All boxes whose best score reaches `floor`, doubles included. rgb (H, W, 3). Raises DetectorError."""
        blob, scale, margins = letterbox(rgb, self.side)
        output = self._run(blob)[0]
        if not np.isfinite(output).all():
            raise DetectorError("the acne model gave numbers that are not finite")
        seen = output[:, output[4:].max(axis=0) >= floor].T
        centre, extent = seen[:, :2], seen[:, 2:4]
        corners = np.concatenate([centre - extent / 2, centre + extent / 2], axis=1)
        corners = (corners - np.array([*margins, *margins], np.float32)) / scale
        return Boxes(corners.astype(np.float32), np.clip(seen[:, 4:], 0, 1).astype(np.float32))

    def _run(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's one output for (1, 3, side, side)."""
        try:
            with self._lock:
                outputs = self._request.infer({0: blob})
                return np.array(outputs[0], np.float32)  # a copy: the request's memory is used again
        except RuntimeError as error:
            raise DetectorError(f"the acne model failed: {_first_line(error)}") from error

    def _check(self, path: Path, output: NDArray[np.float32]) -> None:
        """What a probe of noise gave must look like a detector's output."""
        expected = (1, 4 + len(self.names), sum((self.side // stride) ** 2 for stride in (8, 16, 32)))
        if output.shape != expected:
            raise ModelError(f"{path} is not a YOLOv8 detector: its output is {output.shape}, not {expected}.")
        if not np.isfinite(output).all():
            raise ModelError(f"{path} has broken weights: what it computes is not finite.")
        if output[0, 4:].min() < -0.01 or output[0, 4:].max() > 1.01:
            raise ModelError(f"{path} is not a YOLOv8 detector: its scores are not between 0 and 1.")


def letterbox(rgb: Image, side: int) -> tuple[NDArray[np.float32], float, tuple[int, int]]:
    """The picture fitted into a grey square as the network wants it (1, 3, side, side), the scale, and the left and top
    margins in px."""
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    if scale != 1:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        wanted = (max(1, round(width * scale)), max(1, round(height * scale)))
        rgb = np.asarray(cv2.resize(rgb, wanted, interpolation=way), np.uint8)
    top, left = (side - rgb.shape[0]) // 2, (side - rgb.shape[1]) // 2
    square = np.full((side, side, 3), PADDING, np.uint8)
    square[top : top + rgb.shape[0], left : left + rgb.shape[1]] = rgb
    blob = np.multiply(square.transpose(2, 0, 1)[None], np.float32(1 / 255), dtype=np.float32)
    return np.ascontiguousarray(blob), scale, (left, top)


def suppress(corners: NDArray[np.float32], scores: NDArray[np.float32], *, overlap: float, most: int) -> list[int]:
    """Non-maximum suppression: indices of the boxes to keep, best first. corners (N, 4) px, scores (N,); of two that
    overlap by more than `overlap` (intersection over union), or by nine tenths of the smaller, the better stays; at
    most `most`."""
    order = np.argsort(-scores, kind="stable")
    areas = np.clip(corners[:, 2:] - corners[:, :2], 0, None).prod(axis=1)
    kept: list[int] = []
    while len(order) and len(kept) < most:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(corners[best, :2], corners[rest, :2])
        high = np.minimum(corners[best, 2:], corners[rest, 2:])
        shared = np.clip(high - low, 0, None).prod(axis=1)
        union = areas[best] + areas[rest] - shared
        order = rest[(shared <= overlap * union) & (shared <= 0.9 * np.minimum(areas[best], areas[rest]))]
    return kept


def _metadata(model: openvino.Model) -> dict[str, str]:
    """What the ONNX file says of itself, as its exporter wrote it."""
    if not model.has_rt_info("framework"):
        return {}
    return {str(key): str(value.value) for key, value in model.get_rt_info()["framework"].items()}


def _names(path: Path, metadata: dict[str, str]) -> tuple[str, ...]:
    """Class names by class number, from the metadata that Ultralytics writes."""
    if metadata.get("task", "detect") != "detect":
        raise ModelError(f"{path} is a model for {metadata['task']}, not a detector.")
    try:
        names = ast.literal_eval(metadata["names"])
        return tuple(str(names[index]) for index in range(len(names)))
    except (KeyError, IndexError, ValueError, SyntaxError, TypeError) as error:
        raise ModelError(f"{path} does not say what its classes are: it is not an Ultralytics detector.") from error


def _input_side(path: Path, model: openvino.Model, side: int) -> int:
    shape = model.inputs[0].get_partial_shape() if len(model.inputs) == 1 else None
    picture = shape is not None and not shape.rank.is_dynamic and len(shape) == 4 and shape[1] == openvino.Dimension(3)
    if shape is None or not picture or len(model.outputs) != 1:
        raise ModelError(
            f"{path} is not a YOLOv8 detector: it does not turn one picture of three colours into one table."
        )
    height, width = shape[2], shape[3]
    if height.is_dynamic or width.is_dynamic:
        return side
    if height != width or height.get_length() % STRIDE:
        raise ModelError(f"{path} takes pictures of {width}x{height} px; a square of a multiple of {STRIDE} is needed.")
    return int(height.get_length())


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
