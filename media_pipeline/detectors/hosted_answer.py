"""Reads what a hosted detection or segmentation model answered, and believes nothing that it did not check.

The hosted protocol's JSON: `{"image": {"width", "height"}, "predictions": [{"x", "y", "width", "height", "confidence",
"class", "points"?: [{"x", "y"}, ...]}, ...]}`; x, y are the box's centre, all in px of the picture that was sent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from media_pipeline.errors import DetectorError
from media_pipeline.types import Box, Points

__all__ = ["HostedModelError", "Prediction", "read_predictions"]

MOST_PREDICTIONS = 500  # on one face; hosted models return 300 at most unless asked for more
MOST_POINTS = 5_000  # of one outline, on a picture of 640 px
MOST_CLASS_LETTERS = 100


class HostedModelError(DetectorError):
    """A hosted model could not be used; the text says why and never holds an address, a key, or the answer's words.
    retry_after_s: seconds that the service asked to be left alone for, 0 if it did not."""

    def __init__(self, reason: str, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """One checked prediction. box lies inside the picture, px; outline (N >= 3, 2) px where the model segments."""

    label: str
    confidence: float
    box: Box
    outline: Points | None


def read_predictions(
    answer: object, size: int, *, min_confidence: float, classes: Collection[str] | None
) -> tuple[Prediction, ...]:
    """The predictions on a square picture of `size` px that are sure enough and of a wanted class.

    classes: lower-case names, None for all. What lies outside the picture is cut off or left out. Raises
    HostedModelError where the answer is not what the protocol promises: a wrong type, a number that is none or not
    finite, a confidence outside 0-1, another picture's size, too many predictions or points.
    """
    if not isinstance(answer, Mapping):
        raise HostedModelError("the hosted model's answer is not an object")
    if answer.get("is_stub"):
        raise HostedModelError("the hosted model is a stub without weights")
    entries = answer.get("predictions")
    if not isinstance(entries, list):
        raise HostedModelError("the hosted model's answer has no list of predictions")
    if len(entries) > MOST_PREDICTIONS:
        raise HostedModelError(f"the hosted model answered with more than {MOST_PREDICTIONS} predictions")
    _check_picture(answer.get("image"), size)
    read = []
    for entry in entries:
        prediction = _read(entry, size)
        if prediction is None or prediction.confidence < min_confidence:
            continue
        if classes is None or prediction.label.strip().lower() in classes:
            read.append(prediction)
    return tuple(read)


def _check_picture(picture: object, size: int) -> None:
    if picture is None:  # older servers leave it out
        return
    if not isinstance(picture, Mapping):
        raise HostedModelError("the hosted model's answer does not say its picture's size")
    if (_number(picture, "width"), _number(picture, "height")) != (size, size):
        raise HostedModelError("the hosted model answered for a picture of another size")


def _read(entry: object, size: int) -> Prediction | None:
    """The entry, or None where nothing of it lies inside the picture."""
    if not isinstance(entry, Mapping):
        raise HostedModelError("a prediction of the hosted model is not an object")
    label = entry.get("class")
    if not isinstance(label, str) or len(label) > MOST_CLASS_LETTERS:
        raise HostedModelError("a prediction of the hosted model has no class")
    confidence = _number(entry, "confidence")
    if not 0 <= confidence <= 1:
        raise HostedModelError("a prediction's confidence is outside 0-1")
    x, y, width, height = (_number(entry, name) for name in ("x", "y", "width", "height"))
    if width < 0 or height < 0:
        raise HostedModelError("a prediction's box has a negative side")
    outline = _outline(entry.get("points"), size)
    left, right = max(x - width / 2, 0.0), min(x + width / 2, float(size))
    top, bottom = max(y - height / 2, 0.0), min(y + height / 2, float(size))
    if right <= left or bottom <= top:
        return None
    return Prediction(label, confidence, Box(left, top, right - left, bottom - top), outline)


def _outline(points: object, size: int) -> Points | None:
    """The polygon, clipped to the picture; None where there is none or it has fewer than three points."""
    if points is None:
        return None
    if not isinstance(points, list) or len(points) > MOST_POINTS:
        raise HostedModelError("a prediction's outline is not a list of a sensible length")
    pairs = []
    for point in points:
        if not isinstance(point, Mapping):
            raise HostedModelError("a point of a prediction's outline is not an object")
        pairs.append((_number(point, "x"), _number(point, "y")))
    if len(pairs) < 3:
        return None
    return np.clip(np.asarray(pairs, dtype=np.float32), 0.0, float(size)).astype(np.float32)


def _number(entry: Mapping[str, object], name: str) -> float:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise HostedModelError(f"{name} in the hosted model's answer is not a number")
    if not -1e9 < value < 1e9:  # far beyond any picture and safe in float32; false for NaN, and for any size of integer
        raise HostedModelError(f"{name} in the hosted model's answer is out of range")
    return float(value)
