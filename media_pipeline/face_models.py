"""The face detector and the face mesh as plain functions of a picture, and the pool that all sessions share.

Neither model remembers anything from one picture to the next: what a session knows of its face is its FaceTracker's.
So a process needs as many pairs of models as threads that analyse at the same moment, not as many as sessions.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from mediapipe.python import packet_getter
from numpy.typing import NDArray

from media_pipeline.mediapipe_graph import Graph, landmark_array
from media_pipeline.types import Box, Image

__all__ = ["CROP_SIZE", "DetectedFace", "FaceModels", "ModelPool"]

CROP_SIZE = 192  # px, side of the square that the mesh model looks at
_DETECTOR_SIDE = 192  # px, longer side of what the detector is given; it looks at 128 (short range) or 192 (full range)

_MESH = """
input_stream: "image"
input_stream: "region"
node {
  calculator: "FaceLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:region"
  output_stream: "LANDMARKS:landmarks"
  input_side_packet: "WITH_ATTENTION:with_attention"
}
output_stream: "landmarks"
"""
_PRESENCE = "facelandmarkcpu__face_presence_score"  # inside FaceLandmarkCpu: 0-1, how surely the crop holds a face

_DETECTION = """
input_stream: "image"
node {{ calculator: "{calculator}" input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections" }}
output_stream: "detections"
"""


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """What the detector saw: box and the person's eyes, px of the picture; score 0-1."""

    box: Box
    right_eye: tuple[float, float]
    left_eye: tuple[float, float]
    score: float


class FaceModels:
    """One face detector and one face mesh, about 30 MB. For one thread at a time.

    The mesh is MediaPipe's FaceMesh with refined lips, eyes and irises (478 points).
    """

    def __init__(self) -> None:
        self._mesh = Graph(_MESH, ("landmarks", _PRESENCE), {"with_attention": True}, "region", CROP_SIZE)
        self._near = Graph(_DETECTION.format(calculator="FaceDetectionShortRangeCpu"), ("detections",))
        self._far: Graph | None = None

    def mesh(self, crop: Image) -> tuple[NDArray[np.float32], float]:
        """The landmarks (478, 3) in 0-1 of the upright (CROP_SIZE, CROP_SIZE, 3) crop, z in the same scale, and 0-1 how
        surely it holds a face. An empty array (0, 3) where that is below one half."""
        packets = self._mesh.run(crop)
        presence = float(packet_getter.get_float(packets[_PRESENCE]))
        if "landmarks" not in packets:
            return np.empty((0, 3), np.float32), presence
        return landmark_array(packet_getter.get_proto(packets["landmarks"]).SerializeToString()), presence

    def detect(self, rgb: Image, *, far: bool = False, quarter_turns: int = 0) -> tuple[DetectedFace, ...]:
        """The faces in a picture, surest first: those within about two metres, or with far also smaller ones. The
        detector expects heads upright; it looks at the picture turned anticlockwise by quarter_turns first, if asked
        to, and answers in px of the picture as it is."""
        if far and self._far is None:
            self._far = Graph(_DETECTION.format(calculator="FaceDetectionFullRangeCpu"), ("detections",))
        graph = self._far if far and self._far is not None else self._near
        height, width = rgb.shape[:2]
        packets = graph.run(np.ascontiguousarray(np.rot90(_shrunk(rgb), quarter_turns)))
        if "detections" not in packets:
            return ()
        found = []
        for detection in packet_getter.get_proto_list(packets["detections"]):
            place = detection.location_data
            box = place.relative_bounding_box
            if not (box.width > 0 and box.height > 0):
                continue
            keypoints = place.relative_keypoints
            corners = [(box.xmin, box.ymin), (box.xmin + box.width, box.ymin + box.height)]
            eyes = [(keypoints[0].x, keypoints[0].y), (keypoints[1].x, keypoints[1].y)]
            points = _turned_back(np.array(corners + eyes), quarter_turns) * (width, height)
            found.append(
                DetectedFace(
                    Box.around(points[:2].astype(np.float32)),
                    (float(points[2, 0]), float(points[2, 1])),
                    (float(points[3, 0]), float(points[3, 1])),
                    float(detection.score[0]),
                )
            )
        return tuple(sorted(found, key=lambda face: -face.score))

    def close(self) -> None:
        """Free the models."""
        for graph in (self._mesh, self._near, self._far):
            if graph is not None:
                graph.close()


class ModelPool:
    """FaceModels for whoever needs them at the moment, made when more are needed at once than ever before. Threads may
    share one pool; it holds as many models as were ever borrowed at the same moment, `limit` at most."""

    def __init__(self, limit: int = 8) -> None:
        self._idle: list[FaceModels] = []
        self._places = threading.BoundedSemaphore(limit)
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[FaceModels]:
        """Models for this thread alone, for as long as the block lasts. Waits while `limit` are out. Raises
        RuntimeError when the pool is closed."""
        with self._places:
            with self._lock:
                if self._closed:
                    raise RuntimeError("the pool of face models is closed")
                models = self._idle.pop() if self._idle else None
            models = models or FaceModels()
            try:
                yield models
            finally:
                with self._lock:
                    if not self._closed:
                        self._idle.append(models)
                        models = None
                if models is not None:
                    models.close()

    def warm(self) -> None:
        """Load one set of models now, so that the first frame does not wait for it."""
        with self.borrow():
            pass

    def close(self) -> None:
        """Free all models; those that are out are freed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for models in idle:
            models.close()


def _turned_back(points: NDArray[np.float64], quarter_turns: int) -> NDArray[np.float64]:
    """Points (N, 2) in 0-1 of a picture that np.rot90 turned, in 0-1 of the picture before."""
    for _ in range(quarter_turns):
        points = np.column_stack([1 - points[:, 1], points[:, 0]])
    return points


def _shrunk(rgb: Image) -> Image:
    """The picture with its longer side at _DETECTOR_SIDE px at most. Averaging whole large pictures takes ten times
    longer than the detector and does not help it, so large ones are sampled to twice the size first."""
    height, width = rgb.shape[:2]
    scale = _DETECTOR_SIDE / max(width, height)
    if scale >= 1:
        return np.ascontiguousarray(rgb)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < 0.5:
        rgb = np.asarray(cv2.resize(rgb, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
