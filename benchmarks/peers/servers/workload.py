"""What every neighbour's server does with a picture: run the model, and read the number that is drawn into it.

Runs in each neighbour's own environment, so it imports nothing of this project. Our own side of the comparison runs the
same model through our own pipeline (`own.py`).
"""

import hashlib
import json
import os
import time
import zlib
from typing import Any

import numpy as np

BLOCK = 8  # px, side of one bit of the stamp, at the top left; the client draws it (`benchmarks/peers/stamp.py`)
NUMBER_BITS, CHECK_BITS = 10, 6
_WORK = bytes(256 * 1024)


def burn(seconds: float) -> None:
    """Use that much processor time of this thread, without the interpreter's lock, as inference does."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        hashlib.sha256(_WORK).digest()


def check_of(number: int) -> int:
    """The check bits of a stamp's number."""
    return zlib.crc32(number.to_bytes(2, "big")) & ((1 << CHECK_BITS) - 1)


def read_stamp(picture: Any) -> int | None:
    """The number drawn into an (H, W, 3) picture, None where it cannot be read."""
    row = np.asarray(picture)[2 : BLOCK - 2, : BLOCK * (NUMBER_BITS + CHECK_BITS)]
    bits = row.reshape(row.shape[0], -1, BLOCK, 3)[:, :, 2 : BLOCK - 2].mean(axis=(0, 2, 3)) > 128
    value = int("".join("1" if bit else "0" for bit in bits), 2)
    number, check = value >> CHECK_BITS, value & ((1 << CHECK_BITS) - 1)
    return number if check_of(number) == check else None


class Model:
    """One session's model: `20ms` and `80ms` use processor time, `mesh` is MediaPipe's FaceMesh."""

    def __init__(self) -> None:
        self._kind = os.environ["MODEL"]
        self._mesh: Any = None
        if self._kind == "mesh":
            from mediapipe.python.solutions import face_mesh

            self._mesh = face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=True)

    def answer(self, rgb: Any) -> str:
        """Look at an (H, W, 3) uint8 RGB picture; the message for the data channel."""
        box = None
        if self._mesh is None:
            burn(float(self._kind.removesuffix("ms")) / 1e3)
        else:
            result = self._mesh.process(rgb)
            if result.multi_face_landmarks:
                points = np.array([(point.x, point.y) for point in result.multi_face_landmarks[0].landmark])
                box = [round(float(value), 4) for value in (*points.min(axis=0), *points.max(axis=0))]
        return json.dumps({"stamp": read_stamp(rgb), "box": box})

    def close(self) -> None:
        if self._mesh is not None:
            self._mesh.close()
