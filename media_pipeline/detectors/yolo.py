"""Acne by a YOLOv8 network: the built-in one of five kinds, or any other given as `.pt` or `.onnx`.

The network looks at the square around the bare skin, doubles are suppressed across kinds, and what does not sit on
bare skin (`AlignedFace.skin`) is dropped. A finding's confidence is the chance that any lesion is there: the kinds'
scores together, and for the built-in network put through the calibration in its file (a logistic curve fitted on
rendered faces that its training did not see). Its kind is the likeliest one: comedone, papule, pustule, nodule, or
mark. A mark is what a lesion left behind, flat and red, violet or brown: it is found and shown, and counted apart,
because it is no active lesion. As a flat red spot may be either, it is called a mark only where marks have more than
half of the score.

The built-in network draws its boxes around all of a lesion with some skin, as it learned to. What is reported is that
box taken in to the edge one would measure, where the skin's colour is half way to the lesion's: a line from side to
side, fitted on the same rendered faces and kept in the same file.

Measures of the Detection, all counts of findings: lesions (all but marks), comedones, papules, pustules, nodules and
marks. Half-faces (Hayashi) and places (GAGS) are counted from the findings by `media_pipeline.severity`.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from media_pipeline.detectors.yolo_export import onnx_of
from media_pipeline.detectors.yolo_model import YoloModel, suppress
from media_pipeline.errors import ModelError
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    DetectorInfo,
    Finding,
    Measure,
    RegionName,
)

__all__ = ["BUILT_IN", "YoloAcneDetector", "load_acne_detector"]

BUILT_IN = Path(__file__).resolve().parent.parent / "weights" / "acne.onnx"
SIDE = 384  # px of the network's input; the scale that measured best (weights/MODEL_CARD.md)
MARGIN = 0.06  # of the skin's extent, looked at around it, so that a lesion on the edge is whole
OVERLAP = 0.45  # intersection over union above which two boxes are one lesion
MOST = 300  # findings on one face
FLOOR = 0.01  # best score of a kind below which a box is not looked at
LEAST_SIDE = 0.3  # of a box's own side, whatever a model's file says of its boxes
DEFAULT_THRESHOLD = 0.25  # Ultralytics' own, for models that do not bring theirs
ON_SKIN = 0.5  # share of a box's core that must be bare skin

ACNE_WORDS = (
    *("acne", "pimple", "lesion", "papul", "pustul", "comedo", "blackhead", "black head", "whitehead", "white head"),
    *("nodul", "cyst", "zit"),
)
KIND_WORDS = (  # first match counts: "acne_mark" is a mark
    ("mark", ("mark", "scar", "macul", "hyperpig", "pie", "pih")),
    ("comedone", ("comedo", "blackhead", "black head", "whitehead", "white head")),
    ("pustule", ("pustul",)),
    ("papule", ("papul",)),
    ("nodule", ("nodul", "cyst")),
)


class YoloAcneDetector:
    """Finds acne lesions on an aligned face with one network. Safe to use from several threads."""

    def __init__(self, path: Path = BUILT_IN, *, threads: int = 2) -> None:
        """path: an ONNX file. Raises ModelError where it is no YOLOv8 detector of acne."""
        self._model = YoloModel(path, side=SIDE, threads=threads)
        names = self._model.names
        self._columns = [i for i, name in enumerate(names) if any(word in name.lower() for word in ACNE_WORDS)]
        if not self._columns:
            listed = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
            raise ModelError(f"{path} does not detect acne: its classes are {listed}.")
        self._kinds = [kind_of(names[i]) for i in self._columns]
        self._marks = np.array([kind == "mark" for kind in self._kinds])
        self._threshold = _number(self._model.metadata, "acne_threshold", DEFAULT_THRESHOLD)
        self._offset = _number(self._model.metadata, "acne_offset", 0.0)
        self._slope = _number(self._model.metadata, "acne_slope", 1.0)
        self._box_scale = _number(self._model.metadata, "acne_box_scale", 1.0)
        self._box_border = _number(self._model.metadata, "acne_box_border", 0.0)  # px of the network's input
        self._info = DetectorInfo("yolo", self._model.metadata.get("acne_version", "custom"), "openvino")

    @property
    def info(self) -> DetectorInfo:
        return self._info

    @property
    def threshold(self) -> float:
        """Least confidence of a finding, 0-1."""
        return self._threshold

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (Condition.ACNE,)

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        """One Detection of acne. Raises DetectorError."""
        left, top, side = square_around_skin(face)
        if side == 0:
            return (Detection(Condition.ACNE, measures=count(())),)
        view = np.ascontiguousarray(face.rgb[top : top + side, left : left + side])
        boxes = self._model.detect(view, FLOOR)
        scores = boxes.scores[:, self._columns]
        confidence = calibrated(scores, self._offset, self._slope)
        corners = boxes.corners + np.array([left, top, left, top], np.float32)
        seen = (confidence >= self._threshold) & on_skin(corners, face)
        corners, confidence, scores = corners[seen], confidence[seen], scores[seen]
        kept = suppress(corners, confidence, overlap=OVERLAP, most=MOST)
        corners = taken_in(corners, self._box_scale, self._box_border * side / self._model.side)
        findings = tuple(
            self._finding(number, corners[i], float(confidence[i]), scores[i], face) for number, i in enumerate(kept)
        )
        return (
            Detection(
                Condition.ACNE,
                findings,
                count(findings),
                response=paint(corners[kept], confidence[kept], face.size),
            ),
        )

    def _finding(
        self,
        number: int,
        corners: NDArray[np.float32],
        confidence: float,
        scores: NDArray[np.float32],
        face: AlignedFace,
    ) -> Finding:
        x0, y0, x1, y1 = (float(v) for v in np.clip(corners, 0, face.size))
        box = Box(x0, y0, max(0.0, x1 - x0), max(0.0, y1 - y0))
        diameter = (box.width * box.height) ** 0.5 / face.px_per_mm
        unsure = self._marks & (scores <= scores.sum() / 2)
        column = int(np.where(unsure, -1.0, scores).argmax())
        return Finding(
            id=f"acne-{number}",
            condition=Condition.ACNE,
            region=region_at(box.centre, face),
            box=box,
            confidence=confidence,
            measures=(Measure("diameter", diameter, "mm"),),
            kind=self._kinds[column],
        )


def load_acne_detector(weights: Path | None, cache: Path, *, threads: int = 2) -> YoloAcneDetector:
    """The detector for the setting ACNE_WEIGHTS: None is the built-in network, a `.pt` is converted once and kept in
    `cache`. Raises ModelError with a sentence for the operator."""
    if weights is None:
        return YoloAcneDetector(threads=threads)
    match weights.suffix.lower():
        case ".onnx":
            return YoloAcneDetector(weights, threads=threads)
        case ".pt":
            return YoloAcneDetector(onnx_of(weights, cache), threads=threads)
        case _:
            raise ModelError(f"ACNE_WEIGHTS must be a .pt or .onnx file, not {weights}.")


def kind_of(name: str) -> str | None:
    """A class name's kind, None where it tells none ("acne", "pimple")."""
    lowered = name.lower()
    return next((kind for kind, words in KIND_WORDS if any(word in lowered for word in words)), None)


def calibrated(scores: NDArray[np.float32], offset: float, slope: float) -> NDArray[np.float32]:
    """The chance (N,) that a lesion is there, from its kinds' scores (N, K): their sum, through a logistic curve over
    its log odds (offset 0, slope 1: the sum itself)."""
    total = np.clip(scores.sum(axis=1, dtype=np.float64), 1e-6, 1 - 1e-6)
    odds = offset + slope * np.log(total / (1 - total))
    return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


def taken_in(corners: NDArray[np.float32], scale: float, border: float) -> NDArray[np.float32]:
    """Boxes (N, 4) about the same middles with their sides put through fitted_sides."""
    middle = (corners[:, :2] + corners[:, 2:]) / 2
    half = fitted_sides((corners[:, 2:] - corners[:, :2]).astype(np.float64), scale, border) / 2
    return np.concatenate([middle - half, middle + half], axis=1).astype(np.float32)


def fitted_sides(sides: NDArray[np.float64], scale: float, border: float) -> NDArray[np.float64]:
    """scale * sides + border, px, and LEAST_SIDE of them at least."""
    return np.asarray(np.maximum(scale * sides + border, LEAST_SIDE * sides), np.float64)


def square_around_skin(face: AlignedFace) -> tuple[int, int, int]:
    """Left, top and side, px, of the square that shows all bare skin with a margin, inside the picture; side 0 where
    there is no skin."""
    columns, rows = np.flatnonzero(face.skin.any(axis=0)), np.flatnonzero(face.skin.any(axis=1))
    if not len(columns):
        return 0, 0, 0
    width, height = columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
    side = min(face.size, round(max(width, height) * (1 + 2 * MARGIN)))
    left = int(np.clip((columns[0] + columns[-1] + 1 - side) // 2, 0, face.size - side))
    top = int(np.clip((rows[0] + rows[-1] + 1 - side) // 2, 0, face.size - side))
    return left, top, side


def on_skin(corners: NDArray[np.float32], face: AlignedFace) -> NDArray[np.bool_]:
    """Which boxes (N, 4) sit on bare skin: their centre's pixel, and ON_SKIN of their inner half."""
    total = np.asarray(cv2.integral(face.skin.view(np.uint8)), np.int32)
    centre, extent = (corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]
    low = np.clip(np.floor(centre - extent / 4), 0, face.size - 1).astype(np.intp)
    high = np.clip(np.ceil(centre + extent / 4), low + 1, face.size).astype(np.intp)
    bare = total[high[:, 1], high[:, 0]] - total[low[:, 1], high[:, 0]] - total[high[:, 1], low[:, 0]]
    bare = bare + total[low[:, 1], low[:, 0]]
    share = bare / (high - low).prod(axis=1)
    at = np.clip(centre, 0, face.size - 1).astype(np.intp)
    result: NDArray[np.bool_] = (share >= ON_SKIN) & face.skin[at[:, 1], at[:, 0]]
    return result


def region_at(point: tuple[float, float], face: AlignedFace) -> RegionName:
    """The region that holds the point, or else the nearest."""
    distances = [cv2.pointPolygonTest(region.polygon.reshape(-1, 1, 2), point, True) for region in face.regions]
    return face.regions[int(np.argmax(distances))].name


def count(findings: Sequence[Finding]) -> tuple[Measure, ...]:
    """The measures that the module's text names."""
    kinds = [finding.kind for finding in findings]
    return (
        Measure("lesions", sum(kind != "mark" for kind in kinds), "count"),
        *(Measure(f"{kind}s", kinds.count(kind), "count") for kind, _ in KIND_WORDS),
    )


def paint(corners: NDArray[np.float32], confidence: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """A map (size, size) float32 0-1: each lesion a disc of its confidence with a soft edge."""
    response = np.zeros((size, size), np.float32)
    for (x0, y0, x1, y1), value in sorted(zip(corners.tolist(), confidence.tolist(), strict=True), key=lambda p: p[1]):
        centre = (round((x0 + x1) * 8), round((y0 + y1) * 8))
        axes = (max(1, round((x1 - x0) * 8)), max(1, round((y1 - y0) * 8)))
        cv2.ellipse(response, centre, axes, 0, 0, 360, float(value), -1, cv2.LINE_8, 4)
    return np.asarray(cv2.GaussianBlur(response, (0, 0), size / 400), np.float32)


def _number(metadata: Mapping[str, str], key: str, otherwise: float) -> float:
    """A number from a model's metadata. Raises ModelError where it is none."""
    try:
        value = float(metadata.get(key, otherwise))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ModelError(f"The acne model's {key} is not a number: {metadata[key]!r}.")
    return value
