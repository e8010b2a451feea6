"""The face's skin laid out as on one chosen picture of it, whatever way the head is turned now.

The layout is an upright square around the face of that picture. A coarse grid of points over it is tied to the mesh of
the chosen picture; another mesh of the same face takes the grid to another picture, and the picture is read there.
"""

import math
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.anchoring import tie
from media_pipeline.types import Face, Frame, Points
from media_pipeline.warp import cut_grey

__all__ = ["FACE_PX", "SIDE", "Layout", "Unwrapping"]

SIDE = 144  # px of the square: the skin's larger marks stay, and all that is done costs half a millisecond
FACE_PX = 112.0  # of them across the face, from cheekbone to cheekbone
_NODE = 8  # px of the square per node of the grid: a third of a landmark's reach
_NODES = SIDE // _NODE
_RIGHT_SIDE, _LEFT_SIDE, _TOP, _CHIN = 234, 454, 10, 152  # landmarks

_COUNT = np.arange(_NODES, dtype=np.float32)
_GRID = (np.stack(np.meshgrid(_COUNT, _COUNT), axis=-1) + 0.5) * _NODE  # (n, n, 2) px of the square


class Layout:
    """The square of one chosen picture. landmarks (478, 2): where the mesh lies in it; grid (N, 2): its nodes, px."""

    def __init__(self, face: Face) -> None:
        points = face.points.astype(np.float64)
        across, down = points[_LEFT_SIDE] - points[_RIGHT_SIDE]
        scale = FACE_PX / max(math.hypot(across, down), 1.0)
        tilt = math.atan2(down, across)
        turn = scale * np.array([[math.cos(tilt), math.sin(tilt)], [-math.sin(tilt), math.cos(tilt)]])
        shift = SIDE / 2 - turn @ points[[_TOP, _CHIN, _RIGHT_SIDE, _LEFT_SIDE]].mean(axis=0)
        self.landmarks = (points @ turn.T + shift).astype(np.float32)
        self.grid: Points = _GRID.reshape(-1, 2)
        self._neighbours, self._weights, _ = tie((self.grid - shift) @ np.linalg.inv(turn).T, face)

    def on(self, face: Face) -> "Unwrapping":
        """The square laid over another mesh of the same face."""
        nodes = np.einsum("pk,pkj->pj", self._weights, face.points[self._neighbours])
        return Unwrapping(nodes.reshape(_NODES, _NODES, 2).astype(np.float32))


class Unwrapping:
    """The square laid over one picture; points of the square are px of it."""

    def __init__(self, nodes: NDArray[np.float32]) -> None:
        self._nodes = nodes

    def moved(self, by: Points) -> Self:
        """Laid so that what is now at each node of the grid + by (N, 2) is at the node."""
        return type(self)(self.at(_GRID.reshape(-1, 2) + by).reshape(self._nodes.shape))

    def at(self, points: Points) -> Points:
        """Where points (N, 2) of the square are on the picture, px."""
        return self._read(self._nodes, points)

    def facing(self, points: Points) -> NDArray[np.float32]:
        """How much of its area the skin at each point shows, 1 where the face shows most of it."""
        across, down = np.zeros_like(self._nodes), np.zeros_like(self._nodes)
        across[:, 1:-1] = self._nodes[:, 2:] - self._nodes[:, :-2]
        down[1:-1] = self._nodes[2:] - self._nodes[:-2]
        area = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
        there = self._read(area, points)
        return np.asarray(there / max(float(np.quantile(there, 0.75)), 1e-6), np.float32)

    def picture(self, frame: Frame) -> NDArray[np.uint8]:
        """(SIDE, SIDE) in grey; what lies outside the frame repeats its edge."""
        return cut_grey(frame.rgb, self._nodes, SIDE, self._scale())

    def _scale(self) -> float:
        """px of the picture per px of the square, about its middle."""
        low, high = _NODES // 4, _NODES - 1 - _NODES // 4
        middle = _NODES // 2
        across = float(np.linalg.norm(self._nodes[middle, high] - self._nodes[middle, low]))
        down = float(np.linalg.norm(self._nodes[high, middle] - self._nodes[low, middle]))
        return math.sqrt(across * down) / ((high - low) * _NODE)

    @staticmethod
    def _read(values: NDArray[np.float32], points: Points) -> NDArray[np.float32]:
        x, y = (points / _NODE - 0.5).astype(np.float32).T[:, :, None]
        read = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(read[:, 0], np.float32)
