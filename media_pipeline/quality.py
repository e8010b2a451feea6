"""The camera gate: whether a frame carries a skin analysis, and if not, what is wrong with it.

| measure | what it is | issues |
|---|---|---|
| faces | people in the frame but for bystanders (under 40 % of the first one's width) | no_face, several_faces |
| face_ratio | face's width / width of the largest upright 3:4 picture in the frame | too_far |
| face_fill | share of the frame's width or height that the face takes, the larger | too_close |
| offset | from the frame's centre to the face's, share of the frame's sides, the larger | off_centre |
| outside | share of the mesh's points beyond the frame | off_centre |
| face_px, px_per_mm | face's width in the frame's own px; per mm, a face being 140 mm wide | video_too_small |
| yaw, pitch, roll | degrees, as in types.Pose | look_straight |
| light | luma of the brightest spots (white of the eyes, shine) / 0.8, at most 1 | too_dark |
| clipped | share of the face where all channels are near their end | too_bright |
| eye_luma_gap | difference in luma under the two eyes, as on skin of luma 0.6 | uneven_light |
| sharpness | share of the strongest edges around the eyes that a further blur takes away, 0-1 | blurred |

light and eye_luma_gap are made so that one light gives the same figure on every skin: light looks at what is as bright
on dark skin as on light skin, and the gap is relative to the face's luma. Measured on 35 portraits, typology angles -34
to 42 degrees: light 0.87 to 1, and 0.74 on one lit from the side; the median of the skin itself goes from 0.35 to 0.69
with its tone. sharpness is measured at 150 px a face (a blur of 1 % of the face's width is 1.5 px there): 0.38 to 0.71
on those portraits, 0.32 (median) after a Gaussian blur of 1 % of the face's width, 0.19 after 2 %, whatever light and
noise; after the no-reference blur metric of Crete et al., SPIE 6492 (2007).

Limits of pose, light and evenness are those of the best published gate, YouCam's (relaxed, moderate, strict), with its
windows of pitch, 15, 10 and 5 degrees to either side, centred on this project's own zero. Its width ratios of 0.55,
0.65 and 0.75 are of an upright phone picture, hence face_ratio's definition. The other limits are this project's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.alignment import FACE_WIDTH_MM, face_width_px
from media_pipeline.mesh_topology import FACE_OVAL
from media_pipeline.types import Face, Frame, Image, Issue, Quality

__all__ = ["BYSTANDER", "PRESETS", "Limits", "assess", "issues_of"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a preset asks for; units as the measures of the same names."""

    least_face_ratio: float
    most_face_fill: float
    most_offset: float
    most_outside: float
    least_face_px: float
    most_yaw: float
    most_pitch: float
    most_roll: float
    least_light: float
    most_clipped: float
    most_eye_luma_gap: float
    least_sharpness: float


PRESETS = {
    "relaxed": Limits(0.55, 1.0, 0.25, 0.05, 90, 15, 15, 15, 0.55, 0.10, 0.20, 0.22),
    "moderate": Limits(0.65, 0.97, 0.20, 0.02, 120, 10, 10, 10, 0.70, 0.06, 0.15, 0.28),
    "strict": Limits(0.75, 0.95, 0.15, 0.01, 210, 5, 5, 5, 0.80, 0.03, 0.10, 0.34),
}

BYSTANDER = 0.4  # of the first face's width: people smaller than that are in the background
_DARK_ROOM = 0.06  # mean luma of a frame in which no face can be found because there is no light
_FULL_LIGHT = 0.8  # luma of the white of the eyes, or of shine, in a well-lit portrait
_CLIPPED = 245  # code value from which on a channel counts as burnt out
_TYPICAL_LUMA = 0.6  # of skin in good light: eye_luma_gap is given for it
_LUMA = np.array((0.2126, 0.7152, 0.0722), np.float32) / np.float32(255)  # Rec. 709, of 8 bit RGB
_SAMPLES = 72  # the face is sampled at about this many pixels a side
_SHARPNESS_WIDTH = 150.0  # px between the cheekbones at which sharpness is measured

_RIGHT_UNDER_EYE = np.array((50, 100, 101, 118, 119, 120, 229, 230))  # landmarks: lower lid to the middle of the cheek
_LEFT_UNDER_EYE = np.array((280, 329, 330, 347, 348, 349, 449, 450))
_EYES = np.array((33, 145, 159, 133, 362, 374, 386, 263))
_RIGHT_EYE_OUTER, _LEFT_EYE_OUTER = 33, 263


def assess(frame: Frame, faces: Sequence[Face], preset: str) -> Quality:
    """The gate's verdict on a frame and its faces, the most prominent first: issues in the order of types.Issue, and
    the measures of the table above. preset is relaxed, moderate or strict; raises ValueError for any other."""
    try:
        limits = PRESETS[preset]
    except KeyError:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, not {preset!r}") from None
    measures = {"width": float(frame.width), "height": float(frame.height)}
    if not faces:
        measures["faces"] = 0.0
        dark = _mean_luma(frame.rgb) < _DARK_ROOM
        return Quality((Issue.NO_FACE, Issue.TOO_DARK) if dark else (Issue.NO_FACE,), measures)
    people = [face for face in faces if face.box.width >= BYSTANDER * faces[0].box.width]
    measures["faces"] = float(len(people))
    measures |= _geometry(frame, faces[0])
    measures |= _light(frame.rgb, faces[0])
    measures["sharpness"] = _sharpness(frame.rgb, faces[0], measures["face_px"])
    found = issues_of(measures, limits)
    return Quality(tuple(issue for issue in Issue if issue in found), measures)


def issues_of(measures: Mapping[str, float], limits: Limits) -> set[Issue]:
    """What the measures of a frame with a face are, against these limits, in no order."""
    too_far = measures["face_ratio"] < limits.least_face_ratio
    # a face too far away may have too few pixels just for that: what counts is what it would have when near enough
    nearest = measures["face_px"] * max(1.0, limits.least_face_ratio / max(measures["face_ratio"], 1e-6))
    too_close = measures["face_fill"] > limits.most_face_fill
    off_centre = measures["offset"] > limits.most_offset or measures["outside"] > limits.most_outside
    turned = (
        abs(measures["yaw"]) > limits.most_yaw
        or abs(measures["pitch"]) > limits.most_pitch
        or abs(measures["roll"]) > limits.most_roll
    )
    checks = {
        Issue.SEVERAL_FACES: measures["faces"] > 1,
        Issue.VIDEO_TOO_SMALL: nearest < limits.least_face_px,
        Issue.TOO_FAR: too_far,
        Issue.TOO_CLOSE: too_close,
        Issue.OFF_CENTRE: off_centre and not too_close,
        Issue.LOOK_STRAIGHT: turned,
        Issue.TOO_DARK: measures["light"] < limits.least_light,
        Issue.TOO_BRIGHT: measures["clipped"] > limits.most_clipped,
        Issue.UNEVEN_LIGHT: measures["eye_luma_gap"] > limits.most_eye_luma_gap,
        Issue.BLURRED: measures["sharpness"] < limits.least_sharpness,
    }
    return {issue for issue, found in checks.items() if found}


def _geometry(frame: Frame, face: Face) -> dict[str, float]:
    width, height = frame.width, frame.height
    face_px = face_width_px(face)
    x, y = face.box.centre
    points = face.points
    inside = (points[:, 0] >= 0) & (points[:, 0] < width) & (points[:, 1] >= 0) & (points[:, 1] < height)
    return {
        "face_px": face_px,
        "px_per_mm": face_px / FACE_WIDTH_MM,
        "face_ratio": face_px / min(width, 0.75 * height),
        "face_fill": max(face.box.width / width, face.box.height / height),
        "offset": max(abs(x / width - 0.5), abs(y / height - 0.5)),
        "outside": 1.0 - float(inside.mean()),
        "yaw": face.pose.yaw,
        "pitch": face.pose.pitch,
        "roll": face.pose.roll,
    }


def _light(rgb: Image, face: Face) -> dict[str, float]:
    """light, clipped and eye_luma_gap, from a coarse sample of the face's box."""
    height, width = rgb.shape[:2]
    step = max(1, int(max(face.box.width, face.box.height) / _SAMPLES))
    left, top = max(0, int(face.box.x)), max(0, int(face.box.y))
    right = max(left + 1, min(width, int(face.box.x + face.box.width) + 1))
    bottom = max(top + 1, min(height, int(face.box.y + face.box.height) + 1))
    left, top = min(left, width - 1), min(top, height - 1)
    sample = np.ascontiguousarray(rgb[top:bottom:step, left:right:step])
    luma = np.asarray(cv2.transform(sample.astype(np.float32), _LUMA[None]), np.float32)
    points = (face.points - (left, top)) / step - 0.5 / step
    oval = np.zeros(luma.shape, np.uint8)
    cv2.fillPoly(oval, [np.rint(points[FACE_OVAL] * 16).astype(np.int32)], 1, shift=4)
    face_luma = luma[oval.view(np.bool_)]
    if not face_luma.size:
        return {"light": 0.0, "clipped": 0.0, "eye_luma_gap": 0.0}
    brightest = _upper(face_luma, 0.01)
    burnt_out = cv2.inRange(sample, (_CLIPPED,) * 3, (255,) * 3)
    clipped = cv2.countNonZero(cv2.bitwise_and(burnt_out, oval)) / face_luma.size
    smooth = np.asarray(cv2.blur(luma, (3, 3)), np.float32)
    right_side, left_side = (_mean_at(smooth, points[patch]) for patch in (_RIGHT_UNDER_EYE, _LEFT_UNDER_EYE))
    mean = max((right_side + left_side) / 2, 1e-3)
    return {
        "light": min(1.0, brightest / _FULL_LIGHT),
        "clipped": clipped,
        "eye_luma_gap": abs(right_side - left_side) / mean * _TYPICAL_LUMA,
    }


def _sharpness(rgb: Image, face: Face, face_px: float) -> float:
    """Around the eyes: of the strongest fifth of the edges, how much a blur of 9 px takes away; the lesser of both
    directions, so that movement shows."""
    height, width = rgb.shape[:2]
    eyes = face.points[_EYES]
    (left, top), (right, bottom) = eyes.min(axis=0) - 0.15 * face_px, eyes.max(axis=0) + 0.15 * face_px
    x0, y0, x1, y1 = max(0, int(left)), max(0, int(top)), min(width, int(right)), min(height, int(bottom))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return 0.0
    grey = cv2.cvtColor(rgb[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY)
    if face_px > _SHARPNESS_WIDTH:
        scale = _SHARPNESS_WIDTH / face_px
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    calm = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.8)  # noise is no sharpness
    lost = []
    for axis, kernel in ((0, (1, 9)), (1, (9, 1))):
        edges = _steps(calm, axis)
        strong = np.flatnonzero(edges >= _upper(edges, 0.2))
        strongest = edges[strong]
        total = float(strongest.sum())
        kept = np.minimum(_steps(cv2.blur(calm, kernel), axis)[strong], strongest)
        lost.append(1.0 - float(kept.sum()) / total if total > 0 else 0.0)
    return min(lost)


def _steps(grey: NDArray[np.integer | np.floating], axis: int) -> NDArray[np.float32]:
    """How much each pixel differs from the one before it along the axis, in one row."""
    one, other = (grey[1:], grey[:-1]) if axis == 0 else (grey[:, 1:], grey[:, :-1])
    return np.asarray(cv2.absdiff(one, other), np.float32).ravel()


def _mean_luma(rgb: Image) -> float:
    step = max(1, max(rgb.shape[:2]) // _SAMPLES)
    return float((rgb[::step, ::step] @ _LUMA).mean())


def _mean_at(luma: NDArray[np.float32], points: NDArray[np.floating]) -> float:
    x = np.clip(np.rint(points[:, 0]).astype(np.intp), 0, luma.shape[1] - 1)
    y = np.clip(np.rint(points[:, 1]).astype(np.intp), 0, luma.shape[0] - 1)
    return float(luma[y, x].mean())


def _upper(values: NDArray[np.float32], share: float) -> float:
    """The value that this share of the values reaches."""
    index = min(values.size - 1, int((1 - share) * values.size))
    return float(np.partition(values, index)[index])
