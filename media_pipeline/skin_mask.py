"""Which pixels of a face are bare skin: not background, hair, beard, glasses, hat or cloth.

MediaPipe's SelfieSegmentation tells the person from the background, and no more. What lies on the skin is told by a
model of this very face: its cheeks and nose give its colour, and a smooth surface fitted over the face its shading. In
linear light the logarithms of R/G and G/B do not change with shading, so hair, frames and cloth show as less coloured,
or as far darker than the shading explains, or, where colour is weak, as rougher than the cheeks. The evidence is added
up. Nothing asks for light skin; redness, whatever its strength, is never evidence against skin; and small dark places
(moles, spots) stay skin.

Fair and brown hair has skin's colour; it is found by the edge that parts it from the middle of the face. Known limits:
fair fringes over the whole forehead, thin metal rims and clear lenses mostly pass for skin; deep shadow on skin that
hardly differs in colour from hair is sometimes left out.
"""

import threading
from dataclasses import dataclass

import cv2
import numpy as np
from mediapipe.python import packet_getter
from numpy.typing import NDArray

from media_pipeline.colour import to_linear
from media_pipeline.mediapipe_graph import Graph
from media_pipeline.types import Face, Frame, Image, Mask, Points

__all__ = ["SkinSegmenter", "bare_skin"]

Floats = NDArray[np.float32]

_GRAPH = """
input_stream: "image"
node { calculator: "SelfieSegmentationCpu" input_stream: "IMAGE:image" output_stream: "SEGMENTATION_MASK:mask" }
output_stream: "mask"
"""
MODEL_SIDE = 256  # px, what SelfieSegmentation looks at
MODEL_CONTEXT = 2.0  # side of what it is shown, in face heights: it was trained on heads with shoulders
PERSON = 0.5  # least probability
LEAST_PERSON = 0.5  # share of the face that must be person; close-ups without hair or shoulders are not known as one

FACE_WIDTH = 192  # px, the width at which the skin is looked at: 1.4 px per mm, hair still has its texture
MARGIN = 0.05  # of the face's width, around it
PX_PER_MM = FACE_WIDTH / 140  # the width of a face between the cheekbones

# Where a face is most surely bare: under the cheekbones and the ridge of the nose (FaceMesh landmarks).
SURE_SKIN = (
    np.array((117, 118, 101, 36, 205, 50)),
    np.array((346, 347, 330, 266, 425, 280)),
    np.array((6, 122, 196, 3, 51, 45, 4, 275, 281, 248, 419, 351)),
)
FOREHEAD = np.array((107, 66, 69, 108, 151, 337, 299, 296, 336, 9))  # its middle; frames may part it from the cheeks
LUMINANCE = np.array((0.2126, 0.7152, 0.0722), np.float32)
FLARE = 0.004  # linear; lenses and 8 bit add about this much to the darkest places
COLOURLESS = 0.12  # ln(R/G), ln(G/B) radius; below it the picture is grey and only darkness and texture speak

# The evidence against skin, added up; weights and limit were set by eye on 35 portraits of all skin tones.
WEIGHT_DARK = 0.8  # per unit of ln(luminance) below the shading
WEIGHT_DARK_IN_GREY = 1.2  # the same where colour cannot help
WEIGHT_NEUTRAL = 1.3  # at no colour at all
WEIGHT_ROUGH = 2.5  # per unit of texture over ROUGH_FACTOR times the cheeks', at most MOST_ROUGH
ROUGH_FACTOR, LEAST_ROUGH, MOST_ROUGH = 2.5, 0.12, 0.5
ROUGH_BELOW_COLOUR = 0.8  # wrinkles are rough and coloured as skin, hair is rough and less coloured
LIMIT = 1.25

EDGE_FACTOR, LEAST_EDGE = 5.0, 0.09  # of the cheeks' own texture; in ln(luminance)
RIM_SHARE = 0.17  # of the face's width: how far hair is looked for at the rim

SMALL_MM = 8.0  # what is not skin but no longer than this is a mole, a lesion or a nostril
HAIR_MM = 15.0  # what lies beyond an edge at the rim and is no longer than this is a lesion or a fold
ISLAND_MM = 10.0  # skin seen through hair in pieces of less than this squared is not looked at


class SkinSegmenter:
    """Owns the segmentation model. Threads may share one; they take turns on the model. Raises ModelError when the
    model cannot be started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._graph = Graph(_GRAPH, ("mask",))

    def segment(self, frame: Frame, face: Face) -> Mask:
        """(H, W) of the frame, True on the bare skin inside this face's outline."""
        low, high = face.points.min(axis=0), face.points.max(axis=0)
        margin = MARGIN * (high[0] - low[0])
        window = _Window.around(low - margin, high + margin)
        if not window.meets(frame.rgb.shape):
            return np.zeros(frame.rgb.shape[:2], np.bool_)
        scale = FACE_WIDTH / max(float(high[0] - low[0]), 1.0)
        crop = window.cut(frame.rgb, (max(1, round(window.width * scale)), max(1, round(window.height * scale))))
        points = ((face.points - (window.left, window.top)) * scale).astype(np.float32)
        skin = bare_skin(crop, points)
        if skin.any():
            person = self._person(frame.rgb, low, high, window, skin.shape) >= PERSON
            if person[skin].mean() >= LEAST_PERSON:
                skin &= person
        return window.put_back(skin, frame.rgb.shape[:2])

    def close(self) -> None:
        """Free the model. A second call does nothing."""
        with self._lock:
            self._graph.close()

    def _person(self, rgb: Image, low: Points, high: Points, window: "_Window", shape: tuple[int, ...]) -> Floats:
        """Probability of a person over the window, at that (h, w)."""
        half = max(float((high - low).max()), 1.0) * MODEL_CONTEXT / 2
        seen = _Window.around((low + high) / 2 - half, (low + high) / 2 + half)
        shown = seen.cut(rgb, (MODEL_SIDE, MODEL_SIDE))
        with self._lock:
            packet = self._graph.run(shown)["mask"]
            probability = np.array(packet_getter.get_image_frame(packet).numpy_view(), np.float32)
        model_px = MODEL_SIDE / seen.width  # per px of the frame; the window is a square
        step = model_px * window.width / shape[1]
        to_model = np.array(
            [
                [step, 0, (window.left - seen.left) * model_px + step / 2 - 0.5],
                [0, step, (window.top - seen.top) * model_px + step / 2 - 0.5],
            ]
        )
        size = (int(shape[1]), int(shape[0]))
        there = cv2.warpAffine(probability, to_model, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        return np.asarray(there, np.float32)


@dataclass(frozen=True, slots=True)
class _Window:
    """An upright rectangle of whole px of a frame; may reach over its edges."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def around(cls, low: NDArray[np.floating], high: NDArray[np.floating]) -> "_Window":
        left, top = (int(np.floor(value)) for value in low)
        return cls(left, top, max(1, int(np.ceil(high[0])) - left), max(1, int(np.ceil(high[1])) - top))

    def meets(self, shape: tuple[int, ...]) -> bool:
        """Whether any of it lies in a frame of that (H, W)."""
        left, top, right, bottom = self._inside(shape)
        return right > left and bottom > top

    def cut(self, rgb: Image, size: tuple[int, int]) -> Image:
        """What the window shows, scaled to (w, h); over the frame's edges its last pixels are repeated."""
        left, top, right, bottom = self._inside(rgb.shape)
        part = cv2.copyMakeBorder(
            rgb[top:bottom, left:right],
            top - self.top,
            self.top + self.height - bottom,
            left - self.left,
            self.left + self.width - right,
            cv2.BORDER_REPLICATE,
        )
        shrinks = size[0] < self.width
        if size[0] * 4 < self.width:  # averaging all of a large picture costs ten times what it gains
            part = cv2.resize(part, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR)
        return np.asarray(
            cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8
        )

    def put_back(self, mask: Mask, shape: tuple[int, ...]) -> Mask:
        """The window's mask at its place in a frame of that (H, W)."""
        left, top, right, bottom = self._inside(shape)
        whole = cv2.resize(mask.astype(np.uint8) * 255, (self.width, self.height), interpolation=cv2.INTER_LINEAR) > 127
        in_frame = np.zeros(shape[:2], np.bool_)
        in_frame[top:bottom, left:right] = whole[
            top - self.top : bottom - self.top, left - self.left : right - self.left
        ]
        return in_frame

    def _inside(self, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """left, top, right, bottom of the part that lies in a frame of that (H, W)."""
        left, right = (min(max(0, x), shape[1]) for x in (self.left, self.left + self.width))
        top, bottom = (min(max(0, y), shape[0]) for y in (self.top, self.top + self.height))
        return left, top, right, bottom


def bare_skin(rgb: Image, points: Points) -> Mask:
    """(H, W), True on bare skin inside the face's outline. rgb holds a face FACE_WIDTH px wide; points (478, 2) are its
    landmarks there. All False where cheeks and nose are not seen."""
    shape = rgb.shape[:2]
    outline = _filled(shape, np.asarray(cv2.convexHull(points)[:, 0], np.float32))
    sure = np.any([_filled(shape, points[polygon]) for polygon in SURE_SKIN], axis=0)
    if sure.sum() < 100:
        return np.zeros(shape, np.bool_)
    linear = cv2.GaussianBlur(to_linear(rgb), (0, 0), 1.0) + FLARE
    logs = np.log(linear)
    luminance = np.log(linear @ LUMINANCE)
    typical = float(np.median(luminance[sure]))
    sure &= np.abs(luminance - typical) < 0.9

    colour = np.stack([logs[..., 0] - logs[..., 1], logs[..., 1] - logs[..., 2]], axis=-1)
    own = np.median(colour[sure], axis=0)
    radius = float(np.hypot(*own))
    grey = radius < COLOURLESS
    # The share of the face's own colour: 1 on skin in any shade, above 1 where it is red, 0 on what is grey.
    share = np.ones(shape, np.float32) if grey else (colour @ own / radius**2).astype(np.float32)

    darker = _shading(luminance, outline & (share > 0.6), typical) - luminance
    detail = luminance - cv2.GaussianBlur(luminance, (0, 0), 2.5)
    texture = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), 3))
    over = texture - max(LEAST_ROUGH, ROUGH_FACTOR * float(np.median(texture[sure])))
    rough = np.where(share < ROUGH_BELOW_COLOUR, np.clip(WEIGHT_ROUGH * over, 0, MOST_ROUGH), 0)
    against = (
        (WEIGHT_DARK_IN_GREY if grey else WEIGHT_DARK) * np.maximum(0, darker)
        + WEIGHT_NEUTRAL * np.clip(1 - share, 0, 1.2)
        + rough
    )
    edges = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), 1.2))
    wall = edges > max(LEAST_EDGE, EDGE_FACTOR * float(np.median(edges[sure])))
    return _inside_walls(_tidied(against > LIMIT, outline), wall, outline, sure | _filled(shape, points[FOREHEAD]))


def _shading(luminance: Floats, skin: Mask, typical: float) -> Floats:
    """The second-order surface that ln(luminance) follows over the skin; what departs from it is left out in turn."""
    height, width = luminance.shape
    x = np.arange(width, dtype=np.float32)[None] / width - 0.5
    y = np.arange(height, dtype=np.float32)[:, None] / height - 0.5
    surface = np.full(luminance.shape, typical, np.float32)
    for tolerance in (1.2, 0.6, 0.6):
        near = skin & (np.abs(luminance - surface) < tolerance)
        if near.sum() < 200:
            break
        rows, columns = (indices[::7] for indices in np.nonzero(near))
        at_x, at_y = x[0, columns], y[rows, 0]
        some = np.stack([np.ones_like(at_x), at_x, at_y, at_x * at_x, at_y * at_y, at_x * at_y], axis=-1)
        known = luminance[rows, columns]
        a, b, c, d, e, f = np.linalg.solve(some.T @ some + 1e-3 * np.eye(6, dtype=np.float32), some.T @ known)
        # of rows and columns: a product of all pixels with the six weights takes four times longer
        fitted = (a + b * x + d * x * x) + (c * y + e * y * y) + (f * y) * x
        surface = np.clip(fitted, typical - 1.4, typical + 0.6).astype(np.float32)
    return surface


def _inside_walls(skin: Mask, wall: Mask, outline: Mask, middle: Mask) -> Mask:
    """The skin without what a wall along the face's rim parts from the middle of the face: fair and brown hair has
    skin's colour, but an edge where it begins. Small parts are lesions and lines, not hair, and stay."""
    rim = outline & (cv2.distanceTransform(outline.astype(np.uint8), cv2.DIST_L2, 3) < RIM_SHARE * FACE_WIDTH)
    _, labels = cv2.connectedComponents((skin & ~(wall & rim)).astype(np.uint8), connectivity=4)
    reached = np.isin(labels, np.unique(labels[middle & (labels > 0)])) & (labels > 0)
    beyond = skin & (cv2.dilate(reached.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0)
    return np.asarray(skin & ~_long_parts(beyond, HAIR_MM), np.bool_)


def _long_parts(mask: Mask, least_mm: float) -> Mask:
    """Its connected parts that are at least so long or wide."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) >= least_mm * PX_PER_MM
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)


def _tidied(other: Mask, outline: Mask) -> Mask:
    """The skin inside the outline, without what is not skin and long, and without its own small islands."""
    large = _long_parts(other, SMALL_MM).astype(np.uint8)
    large = np.asarray(cv2.dilate(large, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))), np.uint8)
    skin = cv2.morphologyEx(1 - large, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    skin = skin * outline.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(skin, connectivity=8)
    keep = stats[:count, cv2.CC_STAT_AREA] >= (ISLAND_MM * PX_PER_MM) ** 2
    keep[0] = False
    return np.asarray(keep[labels], np.bool_)


def _filled(shape: tuple[int, ...], polygon: Points) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(polygon * 16).astype(np.int32)], 1, shift=4)
    return mask.astype(np.bool_)
