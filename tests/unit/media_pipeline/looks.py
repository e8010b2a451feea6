"""Inspections made by hand: a face whose mesh is a flat disc, what is found on it, what of it can be seen."""

from collections.abc import Iterable

import numpy as np

from media_pipeline.inspection import Inspection
from media_pipeline.types import (
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Face,
    Finding,
    Measure,
    Pose,
    RegionName,
    Score,
    Severity,
    Status,
)

__all__ = ["FACE_PX", "disc_face", "look", "patch", "spot"]

FACE_PX = 280.0  # between the cheekbones: two px a millimetre
DETECTOR = DetectorInfo("script", "1", "none")


def disc_face(x: float = 320.0, y: float = 240.0, scale: float = 1.0, *, yaw: float = 0.0) -> Face:
    """A mesh of 478 points spread evenly over a disc around (x, y), the cheekbones FACE_PX * scale apart."""
    number = np.arange(478)
    radius, angle = FACE_PX / 2 * scale * np.sqrt((number + 0.5) / 478), number * np.pi * (3 - np.sqrt(5))
    landmarks = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle), np.zeros(478)], axis=1)
    landmarks[234], landmarks[454] = (x - FACE_PX / 2 * scale, y, 0), (x + FACE_PX / 2 * scale, y, 0)
    points = landmarks.astype(np.float32)
    return Face(Box.around(points[:, :2]), points, Pose(yaw, 0.0, 0.0), 0.99)


def spot(
    x: float, y: float, confidence: float = 0.8, *, size: float = 6.0, region: RegionName = RegionName.LEFT_CHEEK
) -> Finding:
    """A spot in the disc's own coordinates: px from its middle at scale 1."""
    return Finding("found", Condition.ACNE, region, Box(x - size / 2, y - size / 2, size, size), confidence)


def patch(
    x: float, y: float, width: float, height: float, confidence: float = 0.8, condition: Condition = Condition.ECZEMA
) -> Finding:
    """A patch or line with an outline, in the disc's own coordinates."""
    outline = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)
    if condition is Condition.WRINKLES:
        outline = np.array([(x, y), (x + width, y + height)], np.float32)
    return Finding("found", condition, RegionName.LEFT_CHEEK, Box.around(outline), confidence, outline=outline)


def look(
    at: float,
    findings: Iterable[Finding] = (),
    *,
    face: Face | None = None,
    condition: Condition = Condition.ACNE,
    withheld: str | None = None,
    measure: Measure | None = None,
    visible: Iterable[RegionName] = tuple(RegionName),
    bare: bool = True,
) -> Inspection:
    """One inspection at `at` (s). findings: in the disc's own coordinates."""
    face = face or disc_face()
    (x, y), scale = face.box.centre, face.box.width / FACE_PX
    placed = tuple(_placed(finding, x, y, scale) for finding in findings)
    if withheld is not None:
        result = ConditionResult(condition, (), DETECTOR, status=Status.WITHHELD, reason=withheld)
    else:
        result = ConditionResult(
            condition, placed, DETECTOR, Severity(0, "x", "x"), Score(90, 80, 95, "x"), _measures(condition, measure)
        )
    skin = np.full((40, 40), bare)
    to_skin = np.array([[40 / 640, 0, 0], [0, 40 / 480, 0]], np.float64)
    return Inspection(face, at, {}, {condition: result}, frozenset(visible), skin, to_skin)


def _measures(condition: Condition, measure: Measure | None) -> tuple[Measure, ...]:
    if measure is not None:
        return (measure,)
    names: tuple[str, ...]
    if condition is Condition.ACNE:
        names = ("inflammatory_lesions", "worse_half_lesions", "gags_face")
    else:
        names = ("patch_area", "patch_burden", "wrinkle_density", "central_delta_a", "spots", "spot_burden")
    return tuple(Measure(name, 1.0, "count") for name in names)


def _placed(finding: Finding, x: float, y: float, scale: float) -> Finding:
    box = finding.box
    outline = None if finding.outline is None else (finding.outline * scale + (x, y)).astype(np.float32)
    return Finding(
        finding.id,
        finding.condition,
        finding.region,
        Box(box.x * scale + x, box.y * scale + y, box.width * scale, box.height * scale),
        finding.confidence,
        outline=outline,
    )
