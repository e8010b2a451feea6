"""The nine regions of a face as polygons of the mesh.

Every corner is a point of the mesh, or lies between two of them where the mesh has none (forehead above the brows, skin
beside the lips). The regions share borders, do not overlap, and leave out eyes, brows, lips, nostrils and what lies
behind the cheeks.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from media_pipeline.mesh_topology import mirrored
from media_pipeline.types import Face, Points, Region, RegionName

__all__ = ["regions_of"]

_Corner = (
    int | tuple[int, int, float]
)  # a landmark, or a point between two: (one, other, share of the way to the other)


def _mirror(corners: tuple[_Corner, ...]) -> tuple[_Corner, ...]:
    """The corners on the face's other side, in reverse, so that both sides run on in one direction."""
    return tuple(
        mirrored(c) if isinstance(c, int) else (mirrored(c[0]), mirrored(c[1]), c[2]) for c in reversed(corners)
    )


def _symmetric(top: _Corner | None, right: tuple[_Corner, ...], bottom: _Corner | None) -> tuple[_Corner, ...]:
    """A region across the midline: its top, down the right side, its bottom, and up the left."""
    return (*(() if top is None else (top,)), *right, *(() if bottom is None else (bottom,)), *_mirror(right))


_GLABELLA_TOP: tuple[_Corner, ...] = ((9, 151, 0.5), (107, 108, 0.35))
_CHEEK: tuple[_Corner, ...] = (
    *(116, 117, 118, 119, 120, 47, 126, 209, 129, 203, 206, 216, 212, 210, 135),
    *((138, 214, 0.25), 192, 213, 147, 123),
)
_UNDER_EYE: tuple[_Corner, ...] = (
    *((25, 31, 0.5), (110, 228, 0.25), (24, 229, 0.25), (23, 230, 0.25), (22, 231, 0.25), (26, 232, 0.25)),
    *((112, 233, 0.25), 128, 121, 120, 119, 118, 117, 111),
)
_PERIORAL_OUTER: tuple[_Corner, ...] = (
    *((2, 164, 0.15), (97, 167, 0.2), (98, 165, 0.2), 206, 216, 212, 202, 204, 194, 201, 200),
)
_LIPS_WITH_EDGE: tuple[_Corner, ...] = (
    *((0, 164, 0.25), (37, 167, 0.25), (39, 165, 0.25), (40, 92, 0.25), (185, 186, 0.3), (61, 57, 0.35)),
    *((146, 43, 0.35), (106, 204, 0.25), (182, 194, 0.25), (83, 201, 0.25), (18, 200, 0.25)),
)
_CORNERS: dict[RegionName, tuple[_Corner, ...]] = {
    RegionName.FOREHEAD: _symmetric(
        10,
        (109, 67, 103, 54, 68, (63, 68, 0.35), (105, 104, 0.35), (66, 69, 0.35), (107, 108, 0.35)),
        (9, 151, 0.5),
    ),
    RegionName.NOSE: _symmetric(
        168,
        (
            *(193, 245, 188, 114, 217, 126, 209, 49, 102, 64, 219),
            *((218, 220, 0.4), (237, 45, 0.35), (44, 45, 0.25)),
        ),
        1,
    ),
    RegionName.CHIN: _symmetric(200, (201, 194, 204, 211, 170, 140, 171), 175),
    RegionName.LEFT_CHEEK: _mirror(_CHEEK),
    RegionName.RIGHT_CHEEK: _CHEEK,
    RegionName.UNDER_LEFT_EYE: _mirror(_UNDER_EYE),
    RegionName.UNDER_RIGHT_EYE: _UNDER_EYE,
    RegionName.GLABELLA: _symmetric(_GLABELLA_TOP[0], (_GLABELLA_TOP[1], (107, 9, 0.4), (55, 8, 0.35), 193), 168),
    # a ring around the mouth, cut open below it: out along one side, back along the lips
    RegionName.PERIORAL: (
        *_PERIORAL_OUTER,
        *reversed(_LIPS_WITH_EDGE),
        *_mirror(_LIPS_WITH_EDGE)[::-1][1:],
        *_mirror(_PERIORAL_OUTER)[:-1],
    ),
}


def _flattened() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32], list[int]]:
    corners = [c if isinstance(c, tuple) else (c, c, 0.0) for polygon in _CORNERS.values() for c in polygon]
    ends = [int(end) for end in np.cumsum([len(polygon) for polygon in _CORNERS.values()])]
    one, other, share = zip(*corners, strict=True)
    return np.array(one, np.intp), np.array(other, np.intp), np.array(share, np.float32)[:, None], ends


_ONE, _OTHER, _SHARE, _ENDS = _flattened()
_STARTS = [0, *_ENDS[:-1]]
# the corner after each, around its own polygon
_FOLLOWING = np.concatenate([np.roll(np.arange(start, end), -1) for start, end in zip(_STARTS, _ENDS, strict=True)])

# A region counts as visible while its plane faces the camera by more than this cosine (75 degrees).
_LEAST_FACING = 0.26


def regions_of(face: Face) -> tuple[Region, ...]:
    """The nine regions in px of the frame, in the order of RegionName's members here. visible is False for a region
    that the head's pose turns more than 75 degrees away from the camera: its polygon is then a sliver."""
    one, other = face.landmarks[_ONE], face.landmarks[_OTHER]
    corners = one + _SHARE * (other - one)
    flat = np.ascontiguousarray(corners[:, :2])
    facing = _facing(corners)
    return tuple(
        Region(name, flat[start:end], cosine > _LEAST_FACING)
        for name, start, end, cosine in zip(_CORNERS, _STARTS, _ENDS, facing, strict=True)
    )


def regions_in(regions: Sequence[Region], width: int, height: int) -> tuple[Region, ...]:
    """The regions with visible False also for those whose middle lies outside a picture of that size."""
    result = []
    for region in regions:
        x, y = region.polygon.mean(axis=0).tolist()
        result.append(Region(region.name, region.polygon, region.visible and 0 <= x < width and 0 <= y < height))
    return tuple(result)


def polygons_at(points: Points) -> tuple[Points, ...]:
    """The nine polygons (N, 2) of landmarks (478, 2) given in any other picture's px."""
    one, other = points[_ONE], points[_OTHER]
    return tuple(np.split(one + _SHARE * (other - one), _STARTS[1:]))


def _facing(corners: NDArray[np.float32]) -> list[float]:
    """For each region in turn: cosine between its polygon's mean normal (Newell's method) and the line of sight, by its
    landmarks' depth. corners (N, 3) are those of all polygons."""
    following = corners[_FOLLOWING]
    total, difference = corners + following, corners - following
    normals = np.add.reduceat(difference[:, (1, 2, 0)] * total[:, (2, 0, 1)], _STARTS, axis=0).astype(np.float64)
    lengths = np.sqrt((normals * normals).sum(axis=1))
    return [float(cosine) for cosine in np.abs(normals[:, 2]) / np.where(lengths > 0, lengths, 1)]
