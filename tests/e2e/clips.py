"""Camera clips with known motion: a portrait moved and scaled over a plain ground, every picture numbered by a bar code
along its upper edge, so that a test can tell from the screen which picture it sees and where the face is in it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["BITS", "CELL", "HEIGHT", "WIDTH", "Placement", "read_number", "sway", "write_clip"]

Picture = NDArray[np.uint8]

WIDTH, HEIGHT = 640, 360  # px
BITS = 9  # of the number, most significant first; a cell of parity follows
CELL = 20  # px, side of a bar code cell
LIGHT, DARK = 235, 20  # grey levels of a set and an unset cell
GROUND = (128, 132, 136)  # RGB
JPEG_QUALITY = 90


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a portrait lies in a picture: picture px = portrait px * scale + (x, y)."""

    scale: float
    x: float
    y: float

    def in_portrait(self, x: float, y: float) -> tuple[float, float]:
        """Picture px to portrait px."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale


def sway(centre: tuple[float, float], *, scale: float, pictures: int) -> Callable[[int], Placement]:
    """A motion that ends where it began: the portrait's point `centre` swings by 100 px to the sides and 15 px up and
    down around the middle of the picture, and its scale by 12 %."""

    def place(number: int) -> Placement:
        phase = 2 * math.pi * number / pictures
        now = scale * (1 + 0.12 * math.sin(phase + 1))
        middle = (WIDTH / 2 + 100 * math.sin(phase), HEIGHT / 2 + 15 * math.sin(2 * phase))
        return Placement(now, middle[0] - centre[0] * now, middle[1] - centre[1] * now)

    return place


def write_clip(path: Path, pictures: int, layers: list[tuple[Picture, Callable[[int], Placement]]]) -> Path:
    """Write an MJPEG file (30 pictures a second) of portraits, RGB, each moving by its own rule."""
    with path.open("wb") as file:
        for number in range(pictures):
            picture = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
            for portrait, place in layers:
                _paste(picture, portrait, place(number))
            _stamp(picture, number)
            done, jpeg = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            assert done
            file.write(jpeg.tobytes())
    return path


def read_number(levels: list[float]) -> int | None:
    """The number that BITS + 1 cells (grey levels) spell; None where the parity says otherwise."""
    bits = [level > (LIGHT + DARK) / 2 for level in levels]
    if sum(bits) % 2:
        return None
    return int("".join("1" if bit else "0" for bit in bits[:BITS]), 2)


def _paste(picture: Picture, portrait: Picture, at: Placement) -> None:
    matrix = np.array([[at.scale, 0, at.x], [0, at.scale, at.y]], np.float64)
    cv2.warpAffine(
        portrait, matrix, (WIDTH, HEIGHT), dst=picture, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )


def _stamp(picture: Picture, number: int) -> None:
    bits = [number >> shift & 1 for shift in range(BITS - 1, -1, -1)]
    for index, bit in enumerate([*bits, sum(bits) % 2]):
        picture[:CELL, index * CELL : (index + 1) * CELL] = LIGHT if bit else DARK
