"""Keeps findings on the skin: found on one frame, drawn on later ones, at the camera's rate.

Each point of a finding is tied to the mesh's landmarks around it on the frame where it was found: a weighted least
squares affine map from those landmarks' places then to their places now moves it. Several landmarks instead of the one
triangle around the point, because a landmark jitters by half a pixel between frames and a triangle would pass that
on; the weights fall off as a Gaussian, as in moving least squares (Schaefer, McPhail and Warren, SIGGRAPH 2006).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Box, Face, Finding

__all__ = ["Anchors"]

NEIGHBOURS = 12  # landmarks that carry a point; the mesh has one about every 6 mm
LEAST_REACH = 0.02  # of the face's width: a landmark right under the point does not carry it alone
DEPTH_REACH = 0.15  # of the face's width: landmarks farther behind the nearest one belong to a turned-away side


class Anchors:
    """Findings tied to the mesh of the frame they were found on. All px of the frames concerned."""

    def __init__(self, findings: Sequence[Finding], face: Face, *, outlines: bool = True) -> None:
        """findings: on the frame of that face. outlines False leaves them out, for clients that do not draw them."""
        self._findings = tuple(findings) if outlines else tuple(replace(one, outline=None) for one in findings)
        points: list[NDArray[np.float64]] = []
        self._spans: list[tuple[int, int]] = []  # of each finding's outline among the points, behind its centre
        count = 0
        for finding in self._findings:
            outline = np.zeros((0, 2)) if finding.outline is None else finding.outline.astype(np.float64)
            points += [np.array([finding.box.centre]), outline]
            self._spans.append((count, count + 1 + len(outline)))
            count += 1 + len(outline)
        self._points = np.concatenate(points) if points else np.zeros((0, 2))
        self._neighbours, self._solve = _tie(self._points, face)

    def on(self, face: Face) -> tuple[Finding, ...]:
        """The findings where they are on a later mesh of the same face."""
        if not self._findings:
            return ()
        maps = self._maps(face)
        # a point p moves to (1, p) @ map
        moved = np.einsum("pi,pij->pj", np.column_stack([np.ones(len(self._points)), self._points]), maps)
        results = []
        for finding, (start, stop) in zip(self._findings, self._spans, strict=True):
            box = _moved_box(finding.box, moved[start], maps[start, 1:].T)
            outline = moved[start + 1 : stop].astype(np.float32) if finding.outline is not None else None
            results.append(replace(finding, box=box, outline=outline))
        return tuple(results)

    def _maps(self, face: Face) -> NDArray[np.float64]:
        """The affine map of each point: (P, 3, 2), row 0 the shift."""
        places = face.points.astype(np.float64)[self._neighbours]  # (P, K, 2)
        return np.asarray(np.einsum("pik,pkj->pij", self._solve, places), np.float64)


def _tie(points: NDArray[np.float64], face: Face) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For each of the (P, 2) points its neighbours' indices (P, K), and the matrix (P, 3, K) that gives the affine map
    from the neighbours' later places."""
    if not len(points):
        return np.zeros((0, NEIGHBOURS), np.intp), np.zeros((0, 3, NEIGHBOURS))
    landmarks = face.landmarks.astype(np.float64)
    width = max(face.box.width, 1.0)
    distances = np.linalg.norm(points[:, None, :] - landmarks[None, :, :2], axis=2)  # (P, 478)
    nearest = np.argsort(distances, axis=1)[:, : 2 * NEIGHBOURS]
    depth = landmarks[nearest, 2]
    behind = depth - depth.min(axis=1, keepdims=True) > DEPTH_REACH * width
    # of twice as many as needed take those in front first, the nearest first
    order = np.argsort(behind, axis=1, kind="stable")[:, :NEIGHBOURS]
    neighbours = np.take_along_axis(nearest, order, axis=1)
    reach = np.take_along_axis(distances, neighbours, axis=1)
    scale = np.maximum(reach.max(axis=1, keepdims=True) / 2, LEAST_REACH * width)
    weights = np.exp(-0.5 * (reach / scale) ** 2)
    design = np.concatenate([np.ones((*neighbours.shape, 1)), landmarks[neighbours, :2]], axis=2)  # (P, K, 3)
    root = np.sqrt(weights)
    solve = np.linalg.pinv(design * root[:, :, None]) * root[:, None, :]
    return neighbours, solve


def _moved_box(box: Box, centre: NDArray[np.float64], linear: NDArray[np.float64]) -> Box:
    """The upright box around the box's inscribed ellipse after a linear map: it does not swell when the head rolls."""
    width, height = (float(np.hypot(row[0] * box.width, row[1] * box.height)) for row in linear)
    return Box(float(centre[0]) - width / 2, float(centre[1]) - height / 2, width, height)
