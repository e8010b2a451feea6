"""Cutting a turned square out of a picture without the jagged edges of plain sampling."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.types import Image, Mask

__all__ = ["cut_grey", "cut_square", "inside_picture"]

_WORTH_CONVERTING = 7  # times the square's pixels


def cut_square(rgb: Image, to_picture: NDArray[np.float64], size: int, *, fine: bool = False) -> Image:
    """The (size, size, 3) square that to_picture (2, 3), a similarity, takes from the square's px to the picture's.

    What lies outside the picture repeats its edge. Where the picture is larger than the square it is averaged down
    first: by a whole number, which is nearly free, or with fine to the very scale, which keeps the finest detail the
    square can hold. fine also enlarges smoothly.
    """
    scale = math.hypot(to_picture[0, 0], to_picture[1, 0])  # picture px per px of the square
    pixels = to_picture.copy()
    source = rgb
    shrink = scale if fine else float(int(scale))
    if shrink >= (1.15 if fine else 2.0):
        source, offset, factors = _averaged_part(rgb, to_picture, size, shrink)
        pixels[:, 2] -= offset
        pixels /= factors[:, None]
    pixels[:, 2] += pixels[:, :2].sum(axis=1) / 2 - 0.5  # from corners of pixels to their centres, as OpenCV counts
    smooth = cv2.INTER_CUBIC if fine and scale < 1 else cv2.INTER_LINEAR
    flags = smooth | cv2.WARP_INVERSE_MAP
    # OpenCV samples four channels in half the time that three take, which pays for converting a small picture
    convert = source.shape[0] * source.shape[1] <= _WORTH_CONVERTING * size**2
    if convert:
        source = np.asarray(cv2.cvtColor(source, cv2.COLOR_RGB2RGBA), np.uint8)
    square = cv2.warpAffine(source, pixels, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(square, cv2.COLOR_RGBA2RGB) if convert else square, np.uint8)


def cut_grey(rgb: Image, nodes: NDArray[np.float32], size: int, scale: float) -> NDArray[np.uint8]:
    """The (size, size) square, in grey, of what lies at the nodes (N, N, 2), px of the picture, and between them; each
    is the middle of its share of the square. scale: about how many px of the picture a px of the square spans.

    Only the part that is read is converted, and averaged down by a whole number first. What lies outside the picture
    repeats its edge.
    """
    height, width = rgb.shape[:2]
    flat = nodes.reshape(-1, 2)
    shrink = max(1, min(int(scale + 0.25), width, height))
    left, top = np.clip(np.floor(flat.min(axis=0)) - 2, 0, (width - shrink, height - shrink)).astype(int).tolist()
    low = (left + shrink, top + shrink)
    right, bottom = np.clip(np.ceil(flat.max(axis=0)) + 3, low, (width, height)).astype(int).tolist()
    grey = cv2.cvtColor(rgb[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
    if shrink > 1:
        rows, columns = grey.shape[0] // shrink, grey.shape[1] // shrink
        whole = grey[: rows * shrink, : columns * shrink]  # whole blocks alone: OpenCV's fast path
        grey = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    x, y = cv2.split(cv2.resize(((nodes - (left, top)) / shrink - 0.5).astype(np.float32), (size, size)))
    return np.asarray(cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def inside_picture(to_picture: NDArray[np.float64], size: int, width: int, height: int) -> Mask:
    """(size, size), True where the square's px lie inside a width x height picture."""
    centres = np.arange(size) + 0.5
    x = to_picture[0, 0] * centres[None, :] + to_picture[0, 1] * centres[:, None] + to_picture[0, 2]
    y = to_picture[1, 0] * centres[None, :] + to_picture[1, 1] * centres[:, None] + to_picture[1, 2]
    return np.asarray((x >= 0) & (x < width) & (y >= 0) & (y < height), np.bool_)


def _averaged_part(
    rgb: Image, to_picture: NDArray[np.float64], size: int, shrink: float
) -> tuple[Image, NDArray[np.float64], NDArray[np.float64]]:
    """The part of the picture under the square, averaged down; its top left corner; picture px per px of it, x and
    y."""
    corners = to_picture @ np.array([[0, size, 0, size], [0, 0, size, size], [1, 1, 1, 1]], np.float64)
    height, width = rgb.shape[:2]
    margin = math.ceil(shrink)
    left, top = np.clip(np.floor(corners.min(axis=1)) - margin, 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=1)) + margin, (left + 1, top + 1), (width, height)).astype(int)
    columns = max(1, int((right - left) / shrink))
    rows = max(1, int((bottom - top) / shrink))
    if shrink == int(shrink):  # whole blocks alone: OpenCV's fast path
        right, bottom = left + min(columns * int(shrink), right - left), top + min(rows * int(shrink), bottom - top)
    part = rgb[top:bottom, left:right]
    small = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
    factors = np.array([part.shape[1] / columns, part.shape[0] / rows])
    return np.asarray(small, np.uint8), np.array([left, top], np.float64), factors
