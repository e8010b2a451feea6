"""A tiny network with a YOLOv8's input and output that fires on red squares: a real ONNX file, made in milliseconds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BOX = 16.0  # px of the network's input: side of every box it draws


def write_red_dot_network(
    path: Path,
    names: Sequence[str] = ("acne",),
    *,
    side: int = 128,
    weight: float = 40.0,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Each cell of 8x8 px is averaged; its score is sigmoid(weight * (red - green) - 10), for the first class; the
    others get a tenth of the weight."""
    nodes, constants, tables = [], [], []
    for stride in (8, 16, 32):
        gain = np.zeros((len(names), 3, 1, 1), np.float32)
        gain[:, 0], gain[:, 1] = weight / 10, -weight / 10
        gain[0] *= 10
        bias = np.full(len(names), -10.0 if stride == 8 else -60.0, np.float32)
        cells = (side // stride) ** 2
        constants += [
            numpy_helper.from_array(gain, f"gain{stride}"),
            numpy_helper.from_array(bias, f"bias{stride}"),
            numpy_helper.from_array(np.array([1, len(names), cells], np.int64), f"shape{stride}"),
        ]
        steps = [stride, stride]
        nodes += [
            helper.make_node("AveragePool", ["images"], [f"mean{stride}"], kernel_shape=steps, strides=steps),
            helper.make_node("Conv", [f"mean{stride}", f"gain{stride}", f"bias{stride}"], [f"logit{stride}"]),
            helper.make_node("Sigmoid", [f"logit{stride}"], [f"chance{stride}"]),
            helper.make_node("Reshape", [f"chance{stride}", f"shape{stride}"], [f"score{stride}"]),
        ]
        ys, xs = np.mgrid[0 : side // stride, 0 : side // stride].reshape(2, -1)
        extent = np.full(cells, BOX)
        tables.append(np.stack([(xs + 0.5) * stride, (ys + 0.5) * stride, extent, extent]))
    boxes = np.concatenate(tables, axis=1)[None].astype(np.float32)
    constants.append(numpy_helper.from_array(boxes, "boxes"))
    nodes.append(helper.make_node("Concat", ["score8", "score16", "score32"], ["scores"], axis=2))
    nodes.append(helper.make_node("Concat", ["boxes", "scores"], ["output0"], axis=1))
    graph = helper.make_graph(
        nodes,
        "red_dot",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 4 + len(names), boxes.shape[2]])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    told = {"task": "detect", "names": str(dict(enumerate(names)))} if metadata is None else metadata
    for key, value in told.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
