"""One still picture from bytes to findings.

bytes -> decode -> faces (exactly one plausible one; a second look where it runs out of the picture) -> quality -> bare
skin -> aligned face -> skin tones -> detectors -> severity and score. Synchronous and without I/O: callers run it on a
thread of their own.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.alignment import align
from media_pipeline.close_up import face_beyond
from media_pipeline.decode import DecodeLimits, decode
from media_pipeline.errors import PictureError
from media_pipeline.examination import examine_with_maps, moved
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.face_models import ModelPool
from media_pipeline.plausibility import MOST_LEFT_OVER
from media_pipeline.quality import assess
from media_pipeline.regions import regions_in, regions_of
from media_pipeline.skin_mask import SkinSegmenter
from media_pipeline.skin_tone import measure
from media_pipeline.types import AlignedFace, Analysis, Condition, Detector, Face, Finding, Frame, Image

__all__ = ["StillAnalyser", "StillResult", "analyse_still", "on_aligned"]

BYSTANDER = 0.4  # of the main face's width; smaller faces are somebody in the background, as for the camera gate


@dataclass(frozen=True, slots=True, eq=False)
class StillResult:
    """An analysis with the pictures it was made on. rgb is what the analysis' px refer to: the decoded picture, turned
    by quarters where the face lay on its side; maps are the detectors' (S, S) 0-1 on the aligned face."""

    analysis: Analysis
    rgb: Image
    aligned: AlignedFace
    maps: Mapping[Condition, NDArray[np.float32]]


class StillAnalyser:
    """Holds the models; threads may share one.

    pool runs the detectors side by side and must not be the one that analyse() runs in; models is a pool of face models
    to share, without one the analyser has its own and frees it on close(). Raises ModelError when a model cannot be
    started.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        *,
        preset: Literal["relaxed", "moderate", "strict"] = "moderate",
        pool: Executor | None = None,
        models: ModelPool | None = None,
        limits: DecodeLimits | None = None,
    ) -> None:
        self._detectors = tuple(detectors)
        self._preset = preset
        self._pool = pool
        self._limits = limits
        self._own_models = models is None
        self._models = models or ModelPool()
        self._segmenter = SkinSegmenter()

    def analyse(self, picture: bytes | Image, on_stage: Callable[[str], None] = lambda stage: None) -> StillResult:
        """Everything about the one face in a picture: an encoded file, or (H, W, 3) RGB pixels the right way up.

        on_stage is called with each stage's name as it begins: decode, face, quality, skin_mask, align, skin_tone,
        detectors; Analysis.stages_ms has the same names. Raises PictureError: what decode() raises, or no_face,
        implausible_face, several_faces.
        """
        stages_ms: dict[str, float] = {}

        @contextmanager
        def timed(stage: str) -> Iterator[None]:
            on_stage(stage)
            started = time.perf_counter()
            yield
            stages_ms[stage] = (time.perf_counter() - started) * 1e3

        with timed("decode"):
            frame = Frame(decode(picture, self._limits) if isinstance(picture, bytes) else picture)
        with timed("face"):
            try:
                frame, face = self._upright(frame)
            except PictureError as error:
                near = None if error.code == "several_faces" else face_beyond(frame, self._models)
                if near is None:
                    raise
                face = near
        with timed("quality"):
            quality = assess(frame, (face,), self._preset)
        with timed("skin_mask"):
            skin = self._segmenter.segment(frame, face)
        with timed("align"):
            aligned = align(frame, face, quality, segmentation=skin)
        with timed("skin_tone"):
            tones = measure(aligned)
        with timed("detectors"):
            examination = examine_with_maps(aligned, self._detectors, self._pool)
        analysis = Analysis(
            frame.width,
            frame.height,
            face,
            quality,
            regions_in(regions_of(face), frame.width, frame.height),
            tones,
            examination.results,
            stages_ms,
        )
        return StillResult(analysis, frame.rgb, aligned, examination.maps)

    def close(self) -> None:
        """Free the models. A second call does nothing."""
        self._segmenter.close()
        if self._own_models:
            self._models.close()

    def _upright(self, frame: Frame) -> tuple[Frame, Face]:
        """The frame, turned by quarters where the face lies on its side, and its one face."""
        face = self._only_face(frame)
        quarter_turns = round(face.pose.roll / 90)
        if quarter_turns:  # a camera that did not say how it was held
            frame = Frame(np.ascontiguousarray(np.rot90(frame.rgb, quarter_turns)))
            face = self._only_face(frame)
            if abs(face.pose.roll) > MOST_LEFT_OVER:  # somebody lying, or a mesh that took something else for a face
                raise _implausible()
        return frame, face

    def _only_face(self, frame: Frame) -> Face:
        tracker = FaceTracker(static=True, models=self._models)
        try:
            faces = tracker.track(frame)
            if not faces:
                if tracker.rejections:
                    raise _implausible()
                raise PictureError("no_face", "No face was found: take the picture from the front, in good light.")
        finally:
            tracker.close()
        main = faces[0]
        others = [face for face in faces[1:] if face.box.width >= BYSTANDER * main.box.width]
        if others:
            raise PictureError("several_faces", "More than one face was found: take a picture of one person alone.")
        return main


def analyse_still(picture: bytes | Image, detectors: Sequence[Detector]) -> Analysis:
    """One picture with models loaded for it alone; StillAnalyser is for more than one. Raises PictureError."""
    analyser = StillAnalyser(detectors)
    try:
        return analyser.analyse(picture).analysis
    finally:
        analyser.close()


def on_aligned(finding: Finding, aligned: AlignedFace) -> Finding:
    """A finding given in px of the frame, in px of the aligned face: what clients draw on the face picture."""
    return moved(finding, np.asarray(cv2.invertAffineTransform(aligned.to_frame), np.float64))


def _implausible() -> PictureError:
    return PictureError(
        "implausible_face",
        "A face may be there, but it is not seen well enough: take the picture from the front, with the whole face in "
        "it and the right way up.",
    )
