"""Dark lines in a map: how line-like each place is, and the lines as ordered points.

The response is the hybrid of Ng et al. 2014 (Hybrid Hessian Filter) and Frangi 1998 in a form without eigenvectors: for
the Hessian's eigenvalues a <= b at a bright ridge of optical density (a dark line on the skin), -a - |b| is the ridge's
strength with what is round taken off. It equals min(2 r, -trace), r the radius of the Hessian's ellipse, so one square
root a pixel is enough, and the line's direction against an expected one follows from r as well.
"""

from collections import deque
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.maps import Floats, Mask
from media_pipeline.types import Points

__all__ = ["hysteresis", "ridges", "thin", "trace"]

Pixel = tuple[int, int]


def ridges(density: Floats, sigmas: Sequence[float], expected: Floats, tolerance: Floats) -> tuple[Floats, Floats]:
    """Strength of dark lines along the expected direction and of those across it, both (H, W) in units of density, the
    largest over sigmas (px, half a line's width). What runs across is mostly texture and noise, and tells how much of
    what runs along must be that too.

    expected (H, W, 2) is cos 2t, sin 2t of the direction t that lines are expected to have at each place (radians, from
    x to y); tolerance (H, W) is cos 2d of the deviation d beyond which a line does not count.
    A Gaussian valley of depth D, matched in scale, gives 0.35 to 0.39 D.
    """
    along: Floats = np.zeros(density.shape, np.float32)
    across: Floats = np.zeros(density.shape, np.float32)
    cosines, sines = (np.ascontiguousarray(expected[..., part]) for part in (0, 1))
    for sigma in sigmas:
        smooth, first, second = _kernels(sigma)
        xx = cv2.sepFilter2D(density, cv2.CV_32F, second, smooth, borderType=cv2.BORDER_REPLICATE)
        yy = cv2.sepFilter2D(density, cv2.CV_32F, smooth, second, borderType=cv2.BORDER_REPLICATE)
        xy = cv2.sepFilter2D(density, cv2.CV_32F, first, first, borderType=cv2.BORDER_REPLICATE)
        strength = -(xx + yy)
        half = (xx - yy) * np.float32(0.5)
        radius = cv2.magnitude(half, xy)
        np.minimum(strength, 2 * radius, out=strength)
        # the direction along a ridge is that of the larger eigenvalue: cos 2t = half / radius, sin 2t = xy / radius
        agreement = half * cosines + xy * sines
        limit = tolerance * radius
        soft = np.float32(0.25) * radius + np.float32(1e-9)
        np.maximum(along, strength * np.clip((agreement - limit) / soft, 0, 1), out=along)
        np.maximum(across, strength * np.clip((-agreement - limit) / soft, 0, 1), out=across)
    return along, across


def hysteresis(response: Floats, low: float, high: float) -> Mask:
    """Where response exceeds low in a connected piece (8 neighbours) that exceeds high somewhere."""
    above = (response > low).astype(np.uint8)
    count, labels = cv2.connectedComponents(above, connectivity=8)
    keep = np.zeros(count, np.bool_)
    keep[labels[response > high]] = True
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)


def thin(mask: Mask) -> Mask:
    """The one-pixel skeleton of a mask (Zhang and Suen 1984), each half-step a table look-up on eight neighbours."""
    image: cv2.typing.MatLike = np.pad(mask, 1).astype(np.uint8)
    tables = _thinning_tables()
    changed = True
    while changed:
        changed = False
        for table in tables:
            code = cv2.filter2D(image, cv2.CV_8U, _NEIGHBOUR_BITS, borderType=cv2.BORDER_CONSTANT)
            drop = cv2.bitwise_and(cv2.LUT(code, table), image)
            if cv2.countNonZero(drop):
                image = cv2.bitwise_xor(image, drop)
                changed = True
    return image[1:-1, 1:-1].astype(np.bool_)


def trace(skeleton: Mask, shortest: int) -> list[Points]:
    """The lines of a skeleton as ordered (N, 2) x, y points: in each connected piece the longest path, then the longest
    of what is left, while there is one of at least `shortest` points."""
    rows, columns = np.nonzero(skeleton)
    waiting = _pieces(set(zip(rows.tolist(), columns.tolist(), strict=True)), shortest)
    lines = []
    while waiting:
        piece = waiting.pop()
        path = _longest_path(piece)
        if len(path) < shortest:
            continue
        lines.append(np.array([(x, y) for y, x in path], np.float32))
        around = {(y + dy, x + dx) for y, x in path for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
        waiting += _pieces(piece - around, shortest)
    return lines


_NEIGHBOUR_BITS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)  # P9 P2 P3 / P8 . P4 / P7 P6 P5


@cache
def _kernels(sigma: float) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Gaussian, its first and second derivative, the derivatives scaled by sigma and sigma squared."""
    reach = max(2, int(np.ceil(3 * sigma)))
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    gauss = np.exp(-0.5 * (x / sigma) ** 2)
    gauss /= gauss.sum()
    first = -x / sigma * gauss
    second = (x**2 / sigma**2 - 1) * gauss
    second -= second.mean()  # a flat map gives exactly nothing
    return gauss.astype(np.float32), first.astype(np.float32), second.astype(np.float32)


@cache
def _thinning_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    tables = np.zeros((2, 256), np.uint8)
    for code in range(256):
        p = [(code >> bit) & 1 for bit in range(8)]  # P2, P3, ... P9
        turns = sum(p[i] == 0 and p[(i + 1) % 8] == 1 for i in range(8))
        if not (2 <= sum(p) <= 6 and turns == 1):
            continue
        p2, p4, p6, p8 = p[0], p[2], p[4], p[6]
        tables[0, code] = p2 * p4 * p6 == 0 and p4 * p6 * p8 == 0
        tables[1, code] = p2 * p4 * p8 == 0 and p2 * p6 * p8 == 0
    return tables[0], tables[1]


def _neighbours(pixel: Pixel, inside: set[Pixel]) -> list[Pixel]:
    y, x = pixel
    around = (
        (y - 1, x - 1),
        (y - 1, x),
        (y - 1, x + 1),
        (y, x - 1),
        (y, x + 1),
        (y + 1, x - 1),
        (y + 1, x),
        (y + 1, x + 1),
    )
    return [pixel for pixel in around if pixel in inside]


def _pieces(pixels: set[Pixel], least: int) -> list[set[Pixel]]:
    """The connected pieces of at least that many pixels; empties pixels."""
    pieces = []
    while pixels:
        piece = set(_search(next(iter(pixels)), pixels)[0])
        pixels -= piece
        if len(piece) >= least:
            pieces.append(piece)
    return pieces


def _search(start: Pixel, inside: set[Pixel]) -> tuple[dict[Pixel, Pixel], Pixel]:
    """Breadth first from start: every pixel reached with the one it was reached from, and the last one reached."""
    origin = {start: start}
    queue = deque([start])
    last = start
    while queue:
        last = queue.popleft()
        for pixel in _neighbours(last, inside):
            if pixel not in origin:
                origin[pixel] = last
                queue.append(pixel)
    return origin, last


def _longest_path(piece: set[Pixel]) -> list[Pixel]:
    """From end to end: exact for a skeleton without loops, nearly so with one."""
    _, end = _search(next(iter(piece)), piece)
    origin, other = _search(end, piece)
    path = [other]
    while path[-1] != end:
        path.append(origin[path[-1]])
    return path
