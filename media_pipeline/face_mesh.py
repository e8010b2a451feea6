"""Faces of a frame: found, meshed with 478 points, followed from frame to frame, the nonsense left out.

How it works, and why (two cores, mediapipe 0.10.21; the naive way is one `solutions.FaceMesh` a session):

- The models know nothing of sessions (`face_models`), so all sessions of a process share as many of them as it has
  analysis threads. A session costs its last face's position, a few hundred bytes, instead of 5 to 30 MB and two
  threads.
- A tracked face is meshed where it was in the frame before; the detector runs only when the face is lost and on every
  DETECT_EVERY-th frame, to notice a second person. `max_num_faces=2` makes MediaPipe run it on every frame of one
  person alone: 6.3 ms against 3.7 ms at 640x360. Whether what is followed still is a face is asked on every
  CHECK_EVERY-th frame, by one mesh of the mirrored crop, and never on a frame on which the detector runs for further
  people: no frame pays for both.
- The mesh model looks at 192x192 px. That crop is cut here, from the frame as it is, so a frame is never copied whole,
  and a large face is averaged down instead of sampled. The cost does not depend on the frame's size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media_pipeline.face_models import CROP_SIZE, DetectedFace, FaceModels, ModelPool
from media_pipeline.plausibility import (
    MOST_DISAGREEMENT,
    MOST_LEFT_OVER,
    SUSPICIOUS_DISAGREEMENT,
    implausibility,
    left_over_tilt,
    mirror_disagreement,
    without_doubles,
)
from media_pipeline.pose import pose_of
from media_pipeline.types import Box, Face, Frame, Image
from media_pipeline.warp import cut_square

__all__ = ["FaceTracker"]

DETECT_EVERY = 15  # frames between two looks for further people while a face is tracked
CHECK_EVERY = 15  # frames between two looks at the mirror image of a tracked face; it was checked when it was found
HARD_LOOK_EVERY = 15  # frames without anybody between two searches for small and turned faces
MAX_TRACKED = 2  # faces followed in video: two are enough to say that there are several
MAX_STATIC = 5  # faces reported of a still
_ROI_SCALE = (
    1.5  # side of the crop / longer side of the face's box: what the model was trained with (MediaPipe's graph)
)
_RIGHT_EYE_OUTER, _LEFT_EYE_OUTER = 33, 263  # landmarks: the line between them is level in the crop
_SAME_FACE_IOU = 0.25  # a detection that covers a known face this much is that face


@dataclass(frozen=True, slots=True)
class _Roi:
    """A square of the frame that holds a face: centre and side in px; angle in radians by which the face is turned
    clockwise."""

    x: float
    y: float
    side: float
    angle: float


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What the mesh model was shown and answered: (CROP_SIZE, CROP_SIZE, 3) crop, landmarks in 0-1 of it, and the face
    they make in the frame, None when they cannot be one."""

    crop: Image
    unit: NDArray[np.float32]
    face: Face | None


class FaceTracker:
    """The faces of one live session, or with static of single pictures that have nothing to do with each other.

    Not safe for two threads at once; any thread may use it in turn. models is the pool to borrow from; without one the
    tracker has its own, and frees it on close(). Raises ModelError when the models cannot be started.
    """

    def __init__(self, static: bool = False, models: ModelPool | None = None) -> None:
        self._static = static
        self._own_models = models is None
        self._models = models or ModelPool(limit=1)
        self._rois: list[_Roi] = []
        self._since_detection = 0  # frames
        self._since_check = 0  # frames
        self._empty_looks = 0  # frames in which the detector found nobody
        self._rejections: tuple[str, ...] = ()

    @property
    def rejections(self) -> tuple[str, ...]:
        """Why meshes of the last frame were left out: a sentence for each, empty when none was."""
        return self._rejections

    def track(self, frame: Frame) -> tuple[Face, ...]:
        """The plausible faces of the frame, the most prominent first; none, one or more. One frame after the other of
        a session may differ in size."""
        self._rejections = ()
        with self._models.borrow() as models:
            faces = self._static_faces(models, frame) if self._static else self._tracked_faces(models, frame)
        self._rois = [_roi_of(face) for face in faces]
        return faces

    def reset(self) -> None:
        """Forget the tracked faces: the next frame is searched anew."""
        self._rois = []

    def close(self) -> None:
        """Free what this tracker holds. A second call does nothing."""
        self._rois = []
        if self._own_models:
            self._models.close()

    def _static_faces(self, models: FaceModels, frame: Frame) -> tuple[Face, ...]:
        return without_doubles(self._new_faces(models, frame, (), MAX_STATIC, look_hard=True))

    def _tracked_faces(self, models: FaceModels, frame: Frame) -> tuple[Face, ...]:
        self._since_detection += 1
        self._since_check += 1
        look_around = self._since_detection >= DETECT_EVERY
        looks = [self._look(models, frame, roi) for roi in self._rois]
        if self._since_check >= CHECK_EVERY and not look_around:
            self._since_check = 0
            looks = [look for look in looks if look.face is not None and self._is_real(models, look)]
        faces = [look.face for look in looks if look.face is not None]
        if faces and len(faces) == len(self._rois) and not look_around:
            return without_doubles(faces)
        self._since_detection = 0
        self._empty_looks = 0 if faces else self._empty_looks + 1
        look_hard = self._empty_looks > 0 and self._empty_looks % HARD_LOOK_EVERY == 0
        new = self._new_faces(models, frame, [face.box for face in faces], MAX_TRACKED - len(faces), look_hard)
        return without_doubles([*faces, *new])

    def _new_faces(
        self, models: FaceModels, frame: Frame, known: Sequence[Box], limit: int, look_hard: bool
    ) -> list[Face]:
        """Faces that are none of the known ones, `limit` at most, the surest ones. With look_hard small faces are found
        too, and heads that are not upright: of a head upside down the detector takes chin for forehead, and the mesh
        follows it, so a doubtful face is looked for the other ways up."""
        if limit <= 0:
            return []
        detections = models.detect(frame.rgb)
        if look_hard:
            detections = (*detections, *models.detect(frame.rgb, far=True))
        candidates = [self._checked(models, frame, found) for found in _merged(detections, known)]
        if look_hard and not any(disagreement <= SUSPICIOUS_DISAGREEMENT for _, disagreement in candidates):
            for turns in (2, 1, 3):
                turned = _merged(models.detect(frame.rgb, quarter_turns=turns), known)
                candidates += [self._checked(models, frame, found) for found in turned]
        faces: list[Face] = []
        for face, disagreement in sorted(candidates, key=lambda candidate: candidate[1]):
            if face is None:
                continue
            if disagreement > MOST_DISAGREEMENT:
                self._reject("the mesh is not that of a face")
            elif not self._static and left_over_tilt(face.pose.roll) > MOST_LEFT_OVER:
                self._reject("the mesh lies on its side as no picture does")
            elif all(_overlap(face.box, other.box) < _SAME_FACE_IOU for other in faces):
                faces.append(face)
        return faces[:limit]

    def _checked(self, models: FaceModels, frame: Frame, found: DetectedFace) -> tuple[Face | None, float]:
        """The face that was detected, and how far it is from its mirror image's. Where the detector put it is coarse:
        both are taken from a second look, at where the first found it."""
        coarse = self._look(models, frame, _roi_of_detection(found)).face
        if coarse is None:
            return None, math.inf
        look = self._look(models, frame, _roi_of(coarse))
        return look.face, _disagreement(models, look)

    def _is_real(self, models: FaceModels, look: _Look) -> bool:
        """Whether a face followed so far still is one; blur by movement is allowed for."""
        if _disagreement(models, look) <= 1.5 * MOST_DISAGREEMENT:
            return True
        self._reject("what was followed is no face any more")
        return False

    def _look(self, models: FaceModels, frame: Frame, roi: _Roi) -> _Look:
        crop, to_frame = _crop(frame.rgb, roi)
        unit, presence = models.mesh(crop)
        return _Look(crop, unit, self._face_of(frame, unit, presence, roi, to_frame))

    def _face_of(
        self,
        frame: Frame,
        unit: NDArray[np.float32],
        presence: float,
        roi: _Roi,
        to_frame: NDArray[np.float64],
    ) -> Face | None:
        if not len(unit):
            return None
        landmarks = _to_frame(unit, to_frame, roi.side)
        reason = implausibility(landmarks, frame.width, frame.height)
        if reason is not None:
            self._reject(reason)
            return None
        return Face(Box.around(landmarks[:, :2]), landmarks, pose_of(landmarks), min(1.0, presence))

    def _reject(self, reason: str) -> None:
        self._rejections = (*self._rejections, reason)


def _disagreement(models: FaceModels, look: _Look) -> float:
    """How far the mesh is from that of the crop's mirror image."""
    mirrored, _ = models.mesh(np.ascontiguousarray(look.crop[:, ::-1]))
    return mirror_disagreement(look.unit, mirrored)


def _merged(detections: Sequence[DetectedFace], known: Sequence[Box]) -> list[DetectedFace]:
    """The detections that are none of the known faces and not each other, surest first."""
    taken = list(known)
    new = []
    for found in sorted(detections, key=lambda face: -face.score):
        if all(_overlap(found.box, box) < _SAME_FACE_IOU for box in taken):
            taken.append(found.box)
            new.append(found)
    return new


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0-1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a.width * a.height + b.width * b.height - width * height)


def _roi_of_detection(found: DetectedFace) -> _Roi:
    """As MediaPipe's FaceDetectionFrontDetectionToRoi: the box, half as large again, level with the eyes."""
    x, y = found.box.centre
    angle = math.atan2(found.left_eye[1] - found.right_eye[1], found.left_eye[0] - found.right_eye[0])
    return _Roi(x, y, _ROI_SCALE * max(found.box.width, found.box.height), angle)


def _roi_of(face: Face) -> _Roi:
    """As MediaPipe's FaceLandmarkLandmarksToRoi: the landmarks' box, half as large again, level with the eyes."""
    x, y = face.box.centre
    across = face.points[_LEFT_EYE_OUTER] - face.points[_RIGHT_EYE_OUTER]
    side = _ROI_SCALE * max(face.box.width, face.box.height)
    return _Roi(x, y, side, math.atan2(float(across[1]), float(across[0])))


def _crop(rgb: Image, roi: _Roi) -> tuple[Image, NDArray[np.float64]]:
    """The region upright at CROP_SIZE px a side, and the (2, 3) matrix that takes 0-1 of it to px of the frame."""
    cos, sin = math.cos(roi.angle) * roi.side, math.sin(roi.angle) * roi.side
    to_frame = np.array([[cos, -sin, roi.x - (cos - sin) / 2], [sin, cos, roi.y - (sin + cos) / 2]])
    return cut_square(rgb, to_frame * (1 / CROP_SIZE, 1 / CROP_SIZE, 1), CROP_SIZE), to_frame


def _to_frame(unit: NDArray[np.float32], to_frame: NDArray[np.float64], side: float) -> NDArray[np.float32]:
    landmarks = np.empty_like(unit)
    landmarks[:, :2] = unit[:, :2] @ to_frame[:, :2].T.astype(np.float32) + to_frame[:, 2].astype(np.float32)
    landmarks[:, 2] = unit[:, 2] * side
    return landmarks
