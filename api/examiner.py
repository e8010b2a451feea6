"""The still path as the service calls it: analyse, draw, encode; all of it in one worker thread."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from api.still_report import Content, ExaminedStill
from media_pipeline.burst import analyse_burst
from media_pipeline.still import StillAnalyser
from media_pipeline.still_pictures import still_pictures

__all__ = ["Examiner"]

BURST_S: Final = 3.0  # no other picture of a burst is begun after that: a busy machine makes its report of fewer
MOST_CROPS: Final = 60  # of the surest findings: a face with more has its findings in the annotated picture


class Examiner:
    """Calls an analyser that somebody else opens and closes. Threads may share one."""

    def __init__(self, analyser: StillAnalyser) -> None:
        self._analyser = analyser

    def __call__(self, picture: Content, on_stage: Callable[[str], None]) -> ExaminedStill:
        """Examine a picture, or the pictures of a burst. on_stage gets each stage's name as it begins: the analyser's
        (of each picture), then `draw`. Raises PictureError."""
        if isinstance(picture, tuple):
            burst = analyse_burst(picture, self._analyser, on_stage, within_s=BURST_S)
            result = burst.shown
        else:
            burst, result = None, self._analyser.analyse(picture, on_stage)
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
            burst=burst,
        )
