"""Keeps findings on the skin: found on one frame, drawn on later ones, at the camera's rate.

Each point of a finding is tied to the mesh's landmarks around it on the frame where it was found: a weighted least
squares affine map from those landmarks' places then to their places now moves it. Several landmarks instead of the one
triangle around the point, because a landmark jitters by half a pixel between frames and a triangle would pass that
on; the weights fall off as a Gaussian, as in moving least squares (Schaefer, McPhail and Warren, SIGGRAPH 2006).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Box, Face, Finding

__all__ = ["Anchors", "tie"]

NEIGHBOURS = 12  # landmarks that carry a point; the mesh has one about every 6 mm
LEAST_REACH = 0.02  # of the face's width: a landmark right under the point does not carry it alone
DEPTH_REACH = 0.15  # of the face's width: landmarks farther behind the nearest one belong to a turned-away side
STIFFNESS = 1e-4  # share of the landmarks' spread: keeps a map along a line of landmarks from growing without bound


class Anchors:
    """Findings tied to the mesh of the frame they were found on. All px of the frames concerned.

    A point's place is a weighted sum of its neighbours' places, whatever mesh they are of; so are the two columns of
    the linear part of its map, which shapes the box.
    """

    def __init__(self, findings: Sequence[Finding], face: Face, *, outlines: bool = True) -> None:
        """findings: on the frame of that face. outlines False leaves them out, for clients that do not draw them."""
        self._findings = tuple(findings) if outlines else tuple(replace(one, outline=None) for one in findings)
        points: list[NDArray[np.floating]] = []
        self._spans: list[tuple[int, int]] = []  # of each finding's outline among the points, behind its centre
        count = 0
        for finding in self._findings:
            outline = np.zeros((0, 2), np.float32) if finding.outline is None else finding.outline
            points += [np.array([finding.box.centre]), outline]
            self._spans.append((count, count + 1 + len(outline)))
            count += 1 + len(outline)
        at = np.concatenate(points).astype(np.float64) if points else np.zeros((0, 2))
        # (P, K), (P, K), and of the findings' centres (N, 2, K): x and y of the map's linear part
        self._neighbours, self._places, linear = tie(at, face)
        self._linear = linear[[start for start, _ in self._spans]]

    @classmethod
    def joined(cls, parts: Iterable["Anchors"], *, outlines: bool = True) -> "Anchors":
        """All of them as one, in their order; each keeps the frame it was tied to."""
        one = cls.__new__(cls)
        neighbours, places = [np.zeros((0, NEIGHBOURS), np.intp)], [np.zeros((0, NEIGHBOURS), np.float32)]
        linear = [np.zeros((0, 2, NEIGHBOURS), np.float32)]
        findings: list[Finding] = []
        one._spans = []
        count = 0
        for part in parts:
            kept = slice(None) if outlines else [start for start, _ in part._spans]
            spans = part._spans if outlines else [(n, n + 1) for n in range(len(part._spans))]
            findings += part._findings if outlines else (replace(finding, outline=None) for finding in part._findings)
            one._spans += [(count + start, count + stop) for start, stop in spans]
            neighbours.append(part._neighbours[kept])
            places.append(part._places[kept])
            linear.append(part._linear)
            count += len(neighbours[-1])
        one._findings = tuple(findings)
        one._neighbours, one._places = np.concatenate(neighbours), np.concatenate(places)
        one._linear = np.concatenate(linear)
        return one

    @classmethod
    def each(cls, findings: Sequence[Finding], face: Face) -> list["Anchors"]:
        """Each finding by itself, all on the frame of that face: a third of the time that one after the other takes."""
        together = cls(findings, face)
        return [together._alone(number) for number in range(len(findings))]

    def _alone(self, number: int) -> "Anchors":
        start, stop = self._spans[number]
        one = Anchors.__new__(Anchors)
        one._findings = (self._findings[number],)
        one._spans = [(0, stop - start)]
        # copies: each lives on for as long as its finding is not seen again
        one._neighbours, one._places = self._neighbours[start:stop].copy(), self._places[start:stop].copy()
        one._linear = self._linear[number : number + 1].copy()
        return one

    def carrying(self, findings: Sequence[Finding]) -> "Anchors":
        """The same places with something else known of them: one finding for each, of the same shape."""
        one = Anchors.__new__(Anchors)
        one._findings = tuple(findings)
        one._spans, one._neighbours, one._places = self._spans, self._neighbours, self._places
        one._linear = self._linear
        return one

    def on(self, face: Face) -> tuple[Finding, ...]:
        """The findings where they are on a later mesh of the same face."""
        if not self._findings:
            return ()
        near = face.points[self._neighbours]  # (P, K, 2)
        moved = np.einsum("pk,pkj->pj", self._places, near)
        starts = [start for start, _ in self._spans]
        maps = np.einsum("nik,nkj->nij", self._linear, near[starts])  # row i: where the i-th axis goes
        sides = np.array([(finding.box.width, finding.box.height) for finding in self._findings])
        # the upright box around the box's inscribed ellipse: it does not swell when the head rolls
        extents = np.sqrt(np.square(maps * sides[:, :, None]).sum(axis=1))
        corners = moved[starts] - extents / 2
        results = []
        for finding, (start, stop), corner, extent in zip(
            self._findings, self._spans, corners.tolist(), extents.tolist(), strict=True
        ):
            outline = None if finding.outline is None else moved[start + 1 : stop]
            results.append(_placed(finding, Box(*corner, *extent), outline))
        return tuple(results)


def _placed(finding: Finding, box: Box, outline: NDArray[np.float32] | None) -> Finding:
    """As dataclasses.replace, in a third of its time."""
    return Finding(
        finding.id,
        finding.condition,
        finding.region,
        box,
        finding.confidence,
        finding.measures,
        outline,
        finding.kind,
        finding.seen_at,
    )


def tie(points: NDArray[np.float64], face: Face) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """For each of the (P, 2) points its neighbours' indices (P, K), their weights (P, K) for its place and (P, 2, K)
    for the two rows of the linear part of its map."""
    if not len(points):
        empty = np.zeros((0, NEIGHBOURS), np.float32)
        return np.zeros((0, NEIGHBOURS), np.intp), empty, np.zeros((0, 2, NEIGHBOURS), np.float32)
    landmarks = face.landmarks.astype(np.float64)
    width = max(face.box.width, 1.0)
    offsets = (landmarks[None, :, :2] - points[:, None]) / width  # (P, 478, 2)
    squares = offsets * offsets
    distances = np.sqrt(squares[..., 0] + squares[..., 1])  # summed along an axis of two it takes five times longer
    nearest = np.argpartition(distances, 2 * NEIGHBOURS, axis=1)[:, : 2 * NEIGHBOURS]
    nearest = np.take_along_axis(nearest, np.argsort(np.take_along_axis(distances, nearest, axis=1), axis=1), axis=1)
    depth = landmarks[nearest, 2]
    behind = depth - depth.min(axis=1, keepdims=True) > DEPTH_REACH * width
    # of twice as many as needed take those in front first, the nearest first
    order = np.argsort(behind, axis=1, kind="stable")[:, :NEIGHBOURS]
    neighbours = np.take_along_axis(nearest, order, axis=1)
    reach = np.take_along_axis(distances, neighbours, axis=1)
    scale = np.maximum(reach.max(axis=1, keepdims=True) / 2, LEAST_REACH)
    weights = np.exp(-0.5 * (reach / scale) ** 2)
    near = np.take_along_axis(offsets, neighbours[:, :, None], axis=1)
    design = np.concatenate([np.ones((*neighbours.shape, 1)), near], axis=2)  # (P, K, 3)
    weighted = (design * weights[:, :, None]).transpose(0, 2, 1)
    normal = weighted @ design
    spread = STIFFNESS * np.trace(normal[:, 1:, 1:], axis1=1, axis2=2)
    normal[:, (1, 2), (1, 2)] += spread[:, None]
    solve = np.linalg.solve(normal, weighted)
    return neighbours, solve[:, 0].astype(np.float32), (solve[:, 1:] / width).astype(np.float32)
