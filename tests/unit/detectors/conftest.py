"""A real face to plant things on."""

import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.alignment import align
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.types import AlignedFace, Frame, Quality


@pytest.fixture(scope="session")
def face(hopper: NDArray[np.uint8]) -> AlignedFace:
    """A public-domain portrait, aligned to 640 px; the mesh alone says where skin is."""
    tracker = FaceTracker(static=True)
    frame = Frame(hopper)
    (found,) = tracker.track(frame)
    tracker.close()
    return align(frame, found, Quality())
