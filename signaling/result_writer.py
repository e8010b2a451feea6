"""Whole results where something has changed, and between them only where everything has moved to.

A whole `annotations` message of a face with thirty findings has six kilobytes: five SCTP chunks, thirty times a second.
SCTP lets a few of them out in each round trip, so on a mobile network's 100 ms whole messages alone come at a handful
a second. What changes from frame to frame is little: a `moves` message has a fifth of the size.

Clients that did not ask for moves get whole messages only. Those that draw the mesh, whose lines change with every
frame, get moves only while their network does not carry the whole.
"""

from typing import Any

import numpy as np
import orjson

from media_pipeline.live import LiveResult
from media_pipeline.types import Box
from signaling.annotations import Landmarks, to_message

__all__ = ["MOVES_SCALE", "WHOLE_EVERY_S", "ResultWriter"]

WHOLE_EVERY_S = 0.5  # whole messages may be lost on the way: the next one comes this soon
MOVES_SCALE = 10_000  # units of the coordinates in moves for one width or height of the frame
FARTHEST = 3 * MOVES_SCALE


class ResultWriter:
    """The results of one session as messages, one after the other; on the session's worker."""

    def __init__(self) -> None:
        self._whole_seq: int | None = None
        self._whole_at = float("-inf")
        self._content: tuple[object, ...] = ()

    def write(
        self,
        result: LiveResult,
        *,
        seq: int,
        received: int,
        dropped: int,
        landmarks: Landmarks = "none",
        steady_ms: float | None = None,
        moves: bool = False,
    ) -> str:
        """One message: `moves` where they are wanted and say all that is new, else `annotations`. Arguments as those of
        annotations.to_message."""
        content = _content(result, landmarks)
        fresh = content == self._content and result.received_at - self._whole_at < WHOLE_EVERY_S
        if moves and fresh and self._whole_seq is not None and result.face is not None:
            return _to_moves(result, self._whole_seq, seq=seq, received=received, dropped=dropped, steady_ms=steady_ms)
        self._whole_seq, self._whole_at, self._content = seq, result.received_at, content
        return to_message(result, seq=seq, received=received, dropped=dropped, landmarks=landmarks, steady_ms=steady_ms)


def _content(result: LiveResult, landmarks: Landmarks) -> tuple[object, ...]:
    """All that moves do not say."""
    return (
        landmarks,
        result.width,
        result.height,
        result.inspected_at,
        tuple(result.conditions),
        result.quality.ok,
        result.quality.issues,
        result.instruction.code,
        tuple(region.visible for region in result.regions),
        result.degraded,
        result.frozen,
    )


def _to_moves(
    result: LiveResult, whole_seq: int, *, seq: int, received: int, dropped: int, steady_ms: float | None
) -> str:
    face = result.face
    assert face is not None
    boxes = [finding.box for condition in result.conditions.values() for finding in condition.findings]
    places = _units([face.box, *boxes], result.width, result.height)
    pose = face.pose
    message: dict[str, Any] = {
        "v": 1,
        "type": "moves",
        "seq": seq,
        "of": whole_seq,
        "rtp_timestamp": result.rtp_timestamp,
        "received_ms": round(result.received_at * 1e3, 1),
        "received": received,
        "analysed": result.analysed,
        "dropped": dropped,
        "face": places[:4],
        "pose": [round(pose.yaw, 1), round(pose.pitch, 1), round(pose.roll, 1)],
        "boxes": places[4:],
    }
    if steady_ms is not None:
        message["steady_ms"] = round(steady_ms)
    return orjson.dumps(message).decode()


def _units(boxes: list[Box], width: int, height: int) -> list[int]:
    """x, y, width, height of each box, one after the other, in MOVES_SCALE-ths of the frame."""
    values = np.array([(box.x, box.y, box.width, box.height) for box in boxes], np.float64)
    values *= MOVES_SCALE / np.array([width, height, width, height])
    units: list[int] = np.clip(np.rint(values), -FARTHEST, FARTHEST).astype(np.int64).ravel().tolist()
    return units
