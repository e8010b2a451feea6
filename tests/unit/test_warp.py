"""A square cut from a picture shows what lies there, whole pixels counted from their corners."""

import math

import numpy as np
import pytest

from media_pipeline.types import Image
from media_pipeline.warp import cut_grey, cut_square, inside_picture


def _gradient(height: int, width: int) -> Image:
    """Red is 100 x / width, green 100 y / height, at the pixels' centres."""
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    return np.rint(np.stack([100 * x, 100 * y, 0 * x], axis=2)).astype(np.uint8)


@pytest.mark.parametrize("fine", [False, True])
@pytest.mark.parametrize("scale", [0.4, 1.0, 1.7, 2.0, 3.3, 8.0])
@pytest.mark.parametrize("turn", [0.0, 0.5, -2.0])
def test_every_pixel_of_the_square_comes_from_where_the_matrix_says(scale: float, turn: float, fine: bool) -> None:
    picture, size = _gradient(1200, 1600), 64
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    matrix = np.array([[cos, -sin, 800 - 32 * (cos - sin)], [sin, cos, 600 - 32 * (sin + cos)]])
    square = cut_square(picture, matrix, size, fine=fine).astype(float)
    x, y = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    expected_red = 100 * (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / 1600
    expected_green = 100 * (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / 1200
    assert np.abs(square[:, :, 0] - expected_red).max() < 1.2
    assert np.abs(square[:, :, 1] - expected_green).max() < 1.2
    assert abs((square[:, :, 0] - expected_red).mean()) < 0.1  # 0.1 is 1.6 px of the picture


def test_a_large_picture_is_averaged_not_sampled() -> None:
    checkerboard = (np.indices((800, 800)).sum(axis=0) % 2 * 255).astype(np.uint8)
    picture = np.ascontiguousarray(np.repeat(checkerboard[:, :, None], 3, axis=2))
    square = cut_square(picture, np.array([[4.0, 0, 100.3], [0, 4.0, 50.7]]), 100)
    assert np.abs(square.astype(int) - 128).max() < 20


def test_a_square_beyond_the_picture_repeats_its_edge() -> None:
    picture = _gradient(100, 100)
    for scale in (1.0, 5.0):
        square = cut_square(picture, np.array([[scale, 0, 500.0], [0, scale, 500.0]]), 16)
        assert np.abs(square[:, :, :2].astype(int) - 100).max() <= 3


def test_inside_is_what_the_picture_covers() -> None:
    mask = inside_picture(np.array([[1.0, 0, -3], [0, 1.0, -2]]), 10, 4, 100)
    assert mask.sum() == 4 * 8
    assert mask[2:, 3:7].all()


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.4, 5.0])
def test_a_grey_square_is_read_where_its_nodes_say(scale: float) -> None:
    x, y = np.meshgrid(np.arange(640) + 0.5, np.arange(480) + 0.5)
    grey = np.rint((x / 640 + y / 480) * 100).astype(np.uint8)
    middles = (np.arange(8) + 0.5) * 8 * scale
    nodes = np.stack(np.meshgrid(100 + middles, 80 + middles), axis=-1).astype(np.float32)
    square = cut_grey(np.repeat(grey[:, :, None], 3, axis=2), nodes, 64, scale).astype(float)
    at = (np.arange(64) + 0.5) * scale
    across, down = np.meshgrid(100 + at, 80 + at)
    within = np.s_[4:-4, 4:-4]  # beyond the outer nodes' middles they are repeated
    assert np.abs(square - (across / 640 + down / 480) * 100)[within].max() < 1.5


def test_a_grey_square_of_a_tiny_or_a_far_picture_is_its_edge() -> None:
    picture = np.full((3, 5, 3), 77, np.uint8)
    nodes = np.stack(np.meshgrid(np.arange(4.0), np.arange(4.0)), axis=-1).astype(np.float32)
    assert (cut_grey(picture, nodes * 1000 - 2000, 16, 250.0) == 77).all()
