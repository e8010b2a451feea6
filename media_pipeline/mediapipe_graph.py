"""MediaPipe graphs that run in the caller's thread: no thread of their own, no chatter, no Python-side wrapper objects.

MediaPipe's own Python classes (`solutions.FaceMesh`) start two threads an instance and decode every landmark into a
Python object. A `Graph` is built from the same calculators and the same model files, but runs inside `run()` on the
thread that calls it (MediaPipe's ApplicationThreadExecutor, XNNPACK with one thread), and lets go of everything on
`close()`. Measured on two cores, FaceMesh with refined landmarks at 640x360: 3.7 ms and two threads an instance as
`solutions.FaceMesh`, 2.6 ms and no thread as a `Graph` that is handed the face's crop.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mediapipe
import numpy as np
from google.protobuf import text_format
from mediapipe.calculators.tensor import (
    image_to_tensor_calculator_pb2,
    inference_calculator_pb2,
    tensor_converter_calculator_pb2,
)
from mediapipe.framework import calculator_pb2
from mediapipe.framework.formats import rect_pb2
from mediapipe.python import packet_creator
from mediapipe.python._framework_bindings import calculator_graph, image_frame, resource_util, validated_graph_config

from media_pipeline.errors import ModelError
from media_pipeline.types import Image

__all__ = ["Graph", "landmark_array"]

_PACKAGES = Path(mediapipe.__file__).resolve().parents[1]  # model paths inside the graphs are relative to this
_STDERR = 2
_WHOLE_PICTURE = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=1, height=1)

# What MediaPipe and TensorFlow Lite print on every start although nothing is wrong. Anything else is passed on.
_HARMLESS = re.compile(
    rb"All log messages before absl::InitializeLog\(\)"
    rb"|Created TensorFlow Lite XNNPACK delegate"
    rb"|Feedback manager requires a model with a single signature"
    rb"|Using NORM_RECT without IMAGE_DIMENSIONS"
)
_redirecting = threading.Lock()  # file descriptor 2 belongs to the whole process: one redirection at a time


class Graph:
    """A MediaPipe graph with one input picture `image`. Not safe for two threads at once; any thread may use it in
    turn.

    config is the text of a CalculatorGraphConfig whose subgraphs are expanded; outputs are the names of any streams in
    the expanded graph; side_packets are its boolean side inputs; region names an input that is told to look at the
    whole picture; model_side: all pictures are squares of that many px, the very ones that the model takes, and are
    handed to it without MediaPipe's own warp, a tenth of FaceMesh's time. Raises ModelError when the graph cannot be
    started.
    """

    def __init__(
        self,
        config: str,
        outputs: Sequence[str],
        side_packets: Mapping[str, bool] | None = None,
        region: str | None = None,
        model_side: int | None = None,
    ) -> None:
        self._region = region
        self._packets: dict[str, Any] = {}
        self._timestamp = 0
        self._whole_picture = packet_creator.create_proto(_WHOLE_PICTURE)
        try:
            with _without_chatter():
                resource_util.set_resource_dir(str(_PACKAGES))
                self._graph: Any = calculator_graph.CalculatorGraph(
                    graph_config=_expanded(config, warped=model_side is None)
                )
                for name in outputs:
                    self._graph.observe_output_stream(name, self._packets.__setitem__, False)
                self._graph.start_run({k: packet_creator.create_bool(v) for k, v in (side_packets or {}).items()})
                side = model_side or 64
                self.run(
                    np.zeros((side, side, 3), np.uint8)
                )  # loads the model now, so that its messages are caught here
        except (RuntimeError, ValueError, text_format.ParseError) as error:
            raise ModelError(f"MediaPipe cannot start the graph: {error}") from error

    def run(self, rgb: Image) -> Mapping[str, Any]:
        """The packets that a contiguous (H, W, 3) uint8 picture brings out, by stream; valid until the next call."""
        if self._graph is None:
            raise RuntimeError("the graph is closed")
        self._packets.clear()
        self._timestamp += 1
        packet = packet_creator.create_image_frame(rgb, image_format=image_frame.ImageFormat.SRGB)
        self._graph.add_packet_to_input_stream("image", packet.at(self._timestamp))
        if self._region is not None:
            self._graph.add_packet_to_input_stream(self._region, self._whole_picture.at(self._timestamp))
        self._graph.wait_until_idle()
        return self._packets

    def close(self) -> None:
        """Free the models. A second call does nothing."""
        if self._graph is not None:
            self._packets.clear()
            self._graph.close()
            self._graph = None


def landmark_array(serialised: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(N, 3) x, y, z of a serialised NormalizedLandmarkList. Read as one array: as Python objects, 478 landmarks take
    0.5 ms. Every entry is 17 bytes: tag, length 15, then three times a field tag and a little-endian float."""
    entries = np.frombuffer(serialised, np.uint8)
    if entries.size % 17 or (entries.size and not (entries[:2] == (0x0A, 15)).all()):
        raise ModelError("MediaPipe's landmark list is laid out differently")
    table = entries.reshape(-1, 17)
    if not ((table[:, 2] == 0x0D) & (table[:, 7] == 0x15) & (table[:, 12] == 0x1D)).all():
        raise ModelError("MediaPipe's landmark list is laid out differently")
    columns = [table[:, start : start + 4] for start in (3, 8, 13)]
    return np.concatenate(columns, axis=1).view("<f4").astype(np.float32, copy=False)


def _expanded(config: str, *, warped: bool = True) -> Any:
    """The graph with its subgraphs spelt out, to be run by the calling thread alone."""
    validated = validated_graph_config.ValidatedGraphConfig()
    validated.initialize(graph_config=text_format.Parse(config, calculator_pb2.CalculatorGraphConfig()))
    graph = calculator_pb2.CalculatorGraphConfig()
    graph.ParseFromString(validated.binary_config)
    for node in graph.node:
        if node.calculator == "InferenceCalculatorCpu":
            _use_one_thread(node)
        elif node.calculator == "ImageToTensorCalculator" and not warped:
            _convert_only(node)
    del graph.executor[:]
    graph.executor.add(name="", type="ApplicationThreadExecutor")
    return graph


def _use_one_thread(node: Any) -> None:
    extension = inference_calculator_pb2.InferenceCalculatorOptions.ext
    if node.options.HasExtension(extension):
        node.options.Extensions[extension].delegate.xnnpack.num_threads = 1
    for packed in node.node_options:
        options = inference_calculator_pb2.InferenceCalculatorOptions.FromString(packed.value)
        options.delegate.xnnpack.num_threads = 1
        packed.value = options.SerializeToString()


def _convert_only(node: Any) -> None:
    """Have a picture turned into a tensor as it is, in the range that the node was to give it."""
    wanted = node.options.Extensions[image_to_tensor_calculator_pb2.ImageToTensorCalculatorOptions.ext]
    span = wanted.output_tensor_float_range
    low, high = span.min, span.max
    node.calculator = "TensorConverterCalculator"
    pictures = [name for name in node.input_stream if name.startswith("IMAGE:")]
    del node.input_stream[:]
    node.input_stream.extend(pictures)
    node.ClearField("options")
    options = node.options.Extensions[tensor_converter_calculator_pb2.TensorConverterCalculatorOptions.ext]
    options.zero_center = False
    options.output_tensor_float_range.min, options.output_tensor_float_range.max = low, high


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep known start-up messages off stderr. MediaPipe's C++ writes them to the file descriptor whatever the log
    level; all that is written meanwhile, by anyone, is held back and passed on line by line unless known to be
    harmless."""
    with _redirecting, tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        original = os.dup(_STDERR)
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(original, _STDERR)
            os.close(original)
            held.seek(0)
            for line in held:
                if not _HARMLESS.search(line):
                    os.write(_STDERR, line)
