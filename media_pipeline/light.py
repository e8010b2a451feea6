"""Whether the light allows colours of skin to be measured at all.

A typology angle, redness or melanin index read under a lamp's yellow, a screen's blue or in near darkness is wrong
without looking wrong, so such light is refused, not corrected. It shows in three places:

- the skin's own hue and chroma, which under white light stay in a narrow band whatever the tone: h* 40 to 68 degrees
  and C* 15 to 43 on 34 portraits with typology angles from -34 to 42 degrees;
- the white of the eye, where enough of it is seen: a* 1 to 10 and b* 2 to 16 on the same pictures;
- the edges of what is not skin (hair, collar, background), as second-order grey-edge with Minkowski norm 5 (van de
  Weijer et al., IEEE TIP 16:2207, 2007): red over green 0.88 to 1.41, blue over green 0.75 to 1.49 on these pictures.
  Grey-world says nothing there (blue over green 0.7 to 1.9).

Warm light leaves the skin's hue as it is, so the last two tell it: 2700 K adds 30 to the eyes' b*, 3500 K adds 16.
Refused of 37 pictures (four of which are off as they come): 2700 K, green and a fifth of the light all, 3500 K and
magenta all but one, 4500 K a third, 9000 K half; the angle moves by 5 degrees (median) on those let through of the last
two. At 40 % of the light four are let through with angles 50 degrees too low: the typology angle depends on exposure,
and a dim picture of light skin is a bright picture of dark skin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.colour import hue_degrees, to_lab, to_linear
from media_pipeline.mesh_topology import FACE_OVAL, IRISES, LIDS
from media_pipeline.types import AlignedFace, Image, Mask

__all__ = ["ABNORMAL_LIGHT", "Light", "light_of"]

ABNORMAL_LIGHT = "abnormal light"  # the reason that results withheld for their light carry

_SKIN_HUE = (33.0, 75.0)  # degrees, CIELAB h*
_SKIN_CHROMA = (11.0, 46.0)  # CIELAB C*
_WHITE_A = (-4.0, 16.0)  # of the white of the eye
_WHITE_B = (-3.0, 20.0)
_EDGE_RED = (0.84, 1.50)  # over green, of the edges beside the face
_EDGE_BLUE = (0.72, 1.55)
_EDGE_SIDE = 160  # px: edges are looked at in the face's square at this size
_LEAST_EDGE = 0.01  # linear light: below, it is noise
_LEAST_WHITE_LIGHTNESS = 55.0  # L* below which what is seen between the lids is mostly lashes and shadow
_LEAST_WHITE_PIXELS = 60
_BRIGHTEST = (0.56, 0.97)  # luma of eyes' white or shine: 0.7 of good light's, as quality's moderate gate; burnt out
_MOST_CLIPPED = 0.08  # share of the skin where all channels are near their end
_CLIPPED = 245  # code value
_LUMA = np.array((0.2126, 0.7152, 0.0722), np.float32) / np.float32(255)  # Rec. 709, of 8 bit RGB


@dataclass(frozen=True, slots=True)
class Light:
    """What was seen of the light. problem is None in normal light, else one of "too dark", "too bright", "colour cast",
    "no colour"; skin and white are CIELAB (L*, a*, b*) medians of the skin and of the white of the eyes, the latter
    None where too little of it is seen."""

    problem: str | None
    skin: tuple[float, float, float]
    white: tuple[float, float, float] | None

    @property
    def normal(self) -> bool:
        return self.problem is None


def light_of(face: AlignedFace) -> Light:
    """The light on an aligned face. A face without any visible skin counts as too dark."""
    if not face.skin.any():
        return Light("too dark", (0.0, 0.0, 0.0), None)
    skin = _median_lab(face.rgb, face.skin)
    white = _white_of_eyes(face)
    return Light(_problem(face, skin, white), skin, white)


def _problem(
    face: AlignedFace, skin: tuple[float, float, float], white: tuple[float, float, float] | None
) -> str | None:
    brightest = _brightest(face)
    if brightest < _BRIGHTEST[0]:
        return "too dark"
    if brightest > _BRIGHTEST[1] or _clipped(face) > _MOST_CLIPPED:
        return "too bright"
    chroma = float(np.hypot(skin[1], skin[2]))
    if chroma < _SKIN_CHROMA[0] / 2:
        return "no colour"
    cast = not (_SKIN_CHROMA[0] <= chroma <= _SKIN_CHROMA[1])
    cast |= not _SKIN_HUE[0] <= hue_degrees(skin[1], skin[2]) <= _SKIN_HUE[1]
    if white is not None:
        cast |= not (_WHITE_A[0] <= white[1] <= _WHITE_A[1] and _WHITE_B[0] <= white[2] <= _WHITE_B[1])
    edges = _edge_colour(face)
    if edges is not None:
        cast |= not (_EDGE_RED[0] <= edges[0] <= _EDGE_RED[1] and _EDGE_BLUE[0] <= edges[1] <= _EDGE_BLUE[1])
    return "colour cast" if cast else None


def _edge_colour(face: AlignedFace) -> tuple[float, float] | None:
    """Red over green and blue over green of the edges outside the face; None where there are hardly any."""
    side = _EDGE_SIDE
    small = np.asarray(cv2.resize(face.rgb, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    oval = _filled((side, side), (face.landmarks[FACE_OVAL] * (side / face.size),)).astype(np.uint8)
    outside = cv2.dilate(oval, np.ones((9, 9), np.uint8)) == 0
    edges = np.abs(cv2.Laplacian(to_linear(small), cv2.CV_32F))[outside].astype(np.float64)
    if not len(edges):
        return None
    squares = edges * edges  # by products: NumPy's power takes twenty times longer
    red, green, blue = (float(value) for value in (squares * squares * edges).mean(axis=0) ** 0.2)
    return (red / green, blue / green) if green >= _LEAST_EDGE else None


def _brightest(face: AlignedFace) -> float:
    """Luma that one in a hundred of the face's pixels reaches, eyes included: it does not depend on the skin's tone."""
    oval = _filled(face.skin.shape, (face.landmarks[FACE_OVAL],))
    every_fourth = np.flatnonzero(oval)[::4]
    luma = face.rgb.reshape(-1, 3)[every_fourth].astype(np.float32) @ _LUMA
    return float(np.percentile(luma, 99)) if len(luma) else 0.0


def _clipped(face: AlignedFace) -> float:
    """Share of the skin where all channels are near their end, 0-1."""
    burnt_out = cv2.inRange(face.rgb, (_CLIPPED,) * 3, (255,) * 3)
    return cv2.countNonZero(burnt_out & face.skin.view(np.uint8)) / int(np.count_nonzero(face.skin))


def _white_of_eyes(face: AlignedFace) -> tuple[float, float, float] | None:
    """Median CIELAB of the brighter part of what lies between the lids beside the iris."""
    lids = [face.landmarks[lid] for lid in LIDS]
    corners = np.concatenate(lids)
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, face.size)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 3, (left, top), face.size)
    if right == left or bottom == top:
        return None
    # a window of the square around both eyes
    between = _filled((bottom - top, right - left), [lid - (left, top) for lid in lids]).astype(np.uint8)
    between = np.asarray(cv2.erode(between, np.ones((3, 3), np.uint8)), np.uint8)
    for iris in IRISES:
        rim = face.landmarks[iris] - (left, top)
        centre = rim.mean(axis=0)
        radius = 1.15 * float(np.linalg.norm(rim - centre, axis=1).mean())
        cv2.circle(between, (round(float(centre[0])), round(float(centre[1]))), round(radius), 0, -1)
    pixels = face.rgb[top:bottom, left:right][between > 0]
    if len(pixels) < _LEAST_WHITE_PIXELS:
        return None
    luma = pixels @ _LUMA
    brighter = pixels[luma >= np.percentile(luma, 60)]
    white = _median_lab(brighter[None], np.ones((1, len(brighter)), np.bool_))
    return white if white[0] >= _LEAST_WHITE_LIGHTNESS else None


def _median_lab(rgb: Image, where: Mask) -> tuple[float, float, float]:
    """CIELAB of each channel's median over the pixels of rgb where the mask is True, of which there must be one. The
    medians are read off histograms: sorting takes ten times longer."""
    median = [_median(cv2.calcHist([rgb], [channel], where.view(np.uint8), [256], [0, 256])) for channel in range(3)]
    lightness, a, b = to_lab(np.array([[median]], np.uint8))[0, 0]
    return float(lightness), float(a), float(b)


def _median(histogram: NDArray[np.integer | np.floating]) -> int:
    reached = np.cumsum(histogram.ravel(), dtype=np.int64)
    count = int(reached[-1])
    lower, upper = np.searchsorted(reached, ((count - 1) // 2, count // 2), side="right")
    return int(lower + upper) // 2


def _filled(shape: tuple[int, int], polygons: Sequence[NDArray[np.float32]]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.rint(polygon * 16).astype(np.int32)], 1, shift=4)
    return mask.astype(np.bool_)
