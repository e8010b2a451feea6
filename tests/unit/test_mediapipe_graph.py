"""Graphs run on the caller's thread, quietly, and say what is wrong with them."""

import os
import subprocess
import sys

import numpy as np
import pytest
from mediapipe.framework.formats import landmark_pb2

from media_pipeline.errors import ModelError
from media_pipeline.mediapipe_graph import Graph, landmark_array

_DETECTION = """
input_stream: "image"
node { calculator: "FaceDetectionShortRangeCpu" input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections" }
output_stream: "detections"
"""


def test_a_graph_starts_no_thread_of_its_own() -> None:
    before = set(os.listdir("/proc/self/task"))
    graph = Graph(_DETECTION, ("detections",))
    graph.run(np.zeros((64, 64, 3), np.uint8))
    assert set(os.listdir("/proc/self/task")) <= before  # others may end meanwhile
    graph.close()


def test_a_broken_graph_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="cannot start"):
        Graph('input_stream: "image" node { calculator: "NoSuchCalculator" }', ())
    with pytest.raises(ModelError, match="cannot start"):
        Graph("this is no graph", ())


def test_a_closed_graph_refuses_to_run() -> None:
    graph = Graph(_DETECTION, ("detections",))
    graph.close()
    graph.close()
    with pytest.raises(RuntimeError, match="closed"):
        graph.run(np.zeros((8, 8, 3), np.uint8))


def test_landmarks_are_read_as_protobuf_reads_them() -> None:
    values = np.random.default_rng(3).normal(size=(478, 3)).astype(np.float32)
    values[0] = 0
    message = landmark_pb2.NormalizedLandmarkList(
        landmark=[landmark_pb2.NormalizedLandmark(x=x, y=y, z=z) for x, y, z in values.tolist()]
    )
    assert np.array_equal(landmark_array(message.SerializeToString()), values)
    assert landmark_array(b"").shape == (0, 3)


def test_landmarks_laid_out_differently_are_refused() -> None:
    message = landmark_pb2.NormalizedLandmarkList(landmark=[landmark_pb2.NormalizedLandmark(x=1, y=2)])
    with pytest.raises(ModelError, match="differently"):
        landmark_array(message.SerializeToString())


def test_the_start_is_silent_but_what_others_write_meanwhile_is_passed_on() -> None:
    script = (
        "import os\n"
        "from media_pipeline import mediapipe_graph as m\n"
        "with m._without_chatter():\n"
        "    os.write(2, b'a real error\\nINFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\n')\n"
        "from media_pipeline.face_models import FaceModels\n"
        "FaceModels().close()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50, check=True)
    assert done.stderr == "a real error\n"
    assert done.stdout == ""
