"""The still path as the service calls it: analyse, draw, encode; all of it in one worker thread."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from api.still_report import ExaminedStill
from media_pipeline.still import StillAnalyser
from media_pipeline.still_pictures import still_pictures
from media_pipeline.types import Image

__all__ = ["Examiner"]

MOST_CROPS: Final = 60  # of the surest findings: a face with more has its findings in the annotated picture


class Examiner:
    """Calls an analyser that somebody else opens and closes. Threads may share one."""

    def __init__(self, analyser: StillAnalyser) -> None:
        self._analyser = analyser

    def __call__(self, picture: bytes | Image, on_stage: Callable[[str], None]) -> ExaminedStill:
        """Examine an encoded picture, or (H, W, 3) RGB pixels. on_stage gets each stage's name as it begins: the
        analyser's, then `draw`. Raises PictureError."""
        result = self._analyser.analyse(picture, on_stage)
        on_stage("draw")
        pictures = still_pictures(result, most_crops=MOST_CROPS, maps=False)
        return ExaminedStill(
            analysis=result.analysis,
            original=pictures.original,
            processed=pictures.annotated,
            face=pictures.face,
            face_size=(result.aligned.size, result.aligned.size),
            to_face=np.asarray(cv2.invertAffineTransform(result.aligned.to_frame), np.float64),
            crops=pictures.crops,
        )
