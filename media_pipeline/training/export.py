"""A trained checkpoint to the ONNX file that ships: converted by Ultralytics, weights stored in half precision.

    python -m media_pipeline.training.export --checkpoint acne.pt --out media_pipeline/weights/acne.onnx

Halved weights are cast back to float32 when the file is loaded, so the network computes as before with weights rounded
to eleven bits, and the file is half as large.
"""

import argparse
import os
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np

__all__ = ["export", "halve"]

SMALLEST = 256  # numbers; shorter tensors (biases, shapes) stay as they are


def export(checkpoint: Path, out: Path) -> None:
    """Write `out` from an Ultralytics checkpoint."""
    os.environ["YOLO_AUTOINSTALL"] = "false"
    from media_pipeline.detectors.yolo_export import convert

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Ultralytics uses torch's older exporter on purpose
        copy, made = Path(folder, "acne.pt"), Path(folder, "acne.onnx")
        shutil.copy(checkpoint, copy)
        convert(copy, made)
        out.parent.mkdir(parents=True, exist_ok=True)
        halve(made, out)


def halve(source: Path, out: Path) -> None:
    """Store the large float32 tensors of an ONNX file as float16 with a cast behind each."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(source)
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= SMALLEST:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
            casts.append(onnx.helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(model)
    onnx.save(model, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    export(options.checkpoint, options.out)


if __name__ == "__main__":
    main()
