"""Our own server as it ships, with the comparison's model in the place of the mesh's own cost.

MODEL=mesh: the mesh as it is. MODEL=20ms or 80ms: each mesh takes that much processor time in all. With
INSPECT_INTERVAL_S set very large the skin is inspected once and the rest is the mesh alone, as on the neighbours; what
else runs on a frame here (quality, pose, regions, fair scheduling, accounts) has no counterpart there and is included.
"""

import os
import sys
import time

import numpy as np
from numpy.typing import NDArray

import app
from benchmarks.peers.servers.workload import burn
from media_pipeline.face_models import FaceModels
from media_pipeline.types import Image


class SlowFaceModels(FaceModels):
    """A mesh that takes as long as the comparison's model."""

    seconds = 0.0

    def mesh(self, crop: Image) -> tuple[NDArray[np.float32], float]:
        started = time.thread_time()
        result = super().mesh(crop)
        burn(self.seconds - (time.thread_time() - started))
        return result


def main() -> int:
    model = os.environ["MODEL"]
    if model != "mesh":
        SlowFaceModels.seconds = float(model.removesuffix("ms")) / 1e3
        import media_pipeline.face_models

        media_pipeline.face_models.FaceModels = SlowFaceModels  # type: ignore[misc]
    return app.main()


if __name__ == "__main__":
    sys.exit(main())
