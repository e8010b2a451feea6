"""The values the pipeline passes on. Frozen, slotted, checked when they are made.

Coordinates are pixels of the picture they belong to, x to the right, y down, the origin at the top left corner of the
top left pixel. Left and right are the person's own. Angles are degrees, times are seconds unless the name says `_ms`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AlignedFace",
    "Analysis",
    "Box",
    "Condition",
    "ConditionResult",
    "Detection",
    "Detector",
    "DetectorInfo",
    "Face",
    "Finding",
    "Frame",
    "Image",
    "Issue",
    "Mask",
    "Measure",
    "Points",
    "Pose",
    "Quality",
    "Region",
    "RegionName",
    "Score",
    "Severity",
    "SkinTone",
    "Status",
]

Image = NDArray[np.uint8]  # (H, W, 3) RGB, sRGB-encoded
Mask = NDArray[np.bool_]  # (H, W)
Points = NDArray[np.float32]  # (N, 2) x, y in pixels

LANDMARK_COUNT = 478  # MediaPipe FaceMesh with refined (iris) landmarks


class Condition(StrEnum):
    """What is looked for. The first four are the mission's; existing clients know them by these names."""

    ACNE = "acne"
    WRINKLES = "wrinkles"
    EYEBAGS = "eyebags"
    ECZEMA = "eczema"
    ROSACEA = "rosacea"
    HYPERPIGMENTATION = "hyperpigmentation"
    DARK_SPOTS = "dark_spots"


class RegionName(StrEnum):
    """The nine regions of a face."""

    FOREHEAD = "forehead"
    NOSE = "nose"
    CHIN = "chin"
    LEFT_CHEEK = "left_cheek"
    RIGHT_CHEEK = "right_cheek"
    UNDER_LEFT_EYE = "under_left_eye"
    UNDER_RIGHT_EYE = "under_right_eye"
    GLABELLA = "glabella"
    PERIORAL = "perioral"


class Issue(StrEnum):
    """Why the camera gate does not open, in the order in which they are worth telling."""

    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    VIDEO_TOO_SMALL = "video_too_small"
    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    OFF_CENTRE = "off_centre"
    LOOK_STRAIGHT = "look_straight"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    UNEVEN_LIGHT = "uneven_light"
    BLURRED = "blurred"


class Status(StrEnum):
    """How far a condition's result can be relied on."""

    OK = "ok"
    DEGRADED = "degraded"  # a lesser detector stood in
    UNAVAILABLE = "unavailable"  # no detector could run
    WITHHELD = "withheld"  # the picture does not carry it


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture. rgb (H, W, 3) uint8; rtp_timestamp in ticks of 90 kHz, None for a still; received_at in
    seconds on the monotonic clock."""

    rgb: Image
    id: int = 0
    rtp_timestamp: int | None = None
    received_at: float = 0.0

    def __post_init__(self) -> None:
        _check_image(self.rgb)

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, px: x, y its top left corner."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.x, self.y, self.width, self.height))):
            raise ValueError(f"box is not finite: {self}")
        if self.width < 0 or self.height < 0:
            raise ValueError(f"box has a negative side: {self}")

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @classmethod
    def around(cls, points: Points) -> "Box":
        """The smallest box around (N, 2) points, N >= 1."""
        low, high = points.min(axis=0), points.max(axis=0)
        return cls(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose, degrees, all zero when the face looks into the camera. yaw > 0: the person turns to their own left;
    pitch > 0: looks up; roll > 0: tilts towards their own left shoulder."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face in a frame. landmarks (478, 3) float32: x, y in px of the frame, z in px (smaller is nearer)."""

    box: Box
    landmarks: NDArray[np.float32]
    pose: Pose
    confidence: float

    def __post_init__(self) -> None:
        if self.landmarks.shape != (LANDMARK_COUNT, 3):
            raise ValueError(f"landmarks must be ({LANDMARK_COUNT}, 3), not {self.landmarks.shape}")
        _check_unit("confidence", self.confidence)

    @property
    def points(self) -> Points:
        """The landmarks' x, y: (478, 2) px."""
        return self.landmarks[:, :2]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A part of the face. polygon (N >= 3, 2) px; visible is False where the pose turns it away."""

    name: RegionName
    polygon: Points
    visible: bool = True

    def __post_init__(self) -> None:
        _check_points("polygon", self.polygon, least=3)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its name and unit, e.g. Measure("length", 14.2, "mm")."""

    name: str
    value: float
    unit: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"measure {self.name} is not finite")


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One thing seen on the skin. box in px; outline (N, 2) px: a closed polygon, or an open line for wrinkles;
    measures: the first is the one shown. kind says more than the condition where there is more to say (papule,
    pustule, shadow, ...). seen_at: seconds, monotonic, when it was last seen; None: on this very picture."""

    id: str
    condition: Condition
    region: RegionName
    box: Box
    confidence: float
    measures: tuple[Measure, ...] = ()
    outline: Points | None = None
    kind: str | None = None
    seen_at: float | None = None

    def __post_init__(self) -> None:
        _check_unit("confidence", self.confidence)
        if self.outline is not None:
            _check_points("outline", self.outline, least=2)


@dataclass(frozen=True, slots=True)
class DetectorInfo:
    """Who found it: e.g. DetectorInfo("yolo", "1.0.0", "openvino")."""

    name: str
    version: str
    backend: str


@dataclass(frozen=True, slots=True)
class Severity:
    """A grade on a named scale. grade 0 is none; label is the word shown; scale carries its version."""

    grade: int
    label: str
    scale: str


@dataclass(frozen=True, slots=True)
class Score:
    """0-100, higher is healthier, with the interval that its noise floor leaves; formula carries its version."""

    value: float
    low: float
    high: float
    formula: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.value <= self.high <= 100:
            raise ValueError(f"score out of order: {self.low} <= {self.value} <= {self.high}")


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """What one detector says of one condition on one aligned face. findings in px of the aligned face; measures are the
    burden that severity and score are computed from; response (S, S) float32 0-1 is its map, where it has one."""

    condition: Condition
    findings: tuple[Finding, ...] = ()
    measures: tuple[Measure, ...] = ()
    response: NDArray[np.float32] | None = None
    status: Status = Status.OK
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ConditionResult:
    """A condition's findings with their meaning. severity and score are None when status is withheld or unavailable;
    reason then says why (and why a result is degraded). judged_at: seconds, monotonic, when a picture last carried it;
    None: this very picture."""

    condition: Condition
    findings: tuple[Finding, ...]
    detector: DetectorInfo
    severity: Severity | None = None
    score: Score | None = None
    measures: tuple[Measure, ...] = ()
    status: Status = Status.OK
    reason: str | None = None
    judged_at: float | None = None

    def __post_init__(self) -> None:
        if self.status is not Status.OK and not self.reason:
            raise ValueError(f"{self.condition} is {self.status} without a reason")


@dataclass(frozen=True, slots=True)
class Quality:
    """The camera gate. ok when issues is empty; measures are what was compared with the preset's limits."""

    issues: tuple[Issue, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.issues


@dataclass(frozen=True, slots=True)
class SkinTone:
    """Individual typology angle of a patch of skin: ita_degrees and its class (very light, light, intermediate, tan,
    brown, dark), both None where the light does not allow it and reason says "abnormal light"."""

    ita_degrees: float | None
    ita_class: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class AlignedFace:
    """A face turned upright and scaled to a square: what detectors look at. Can be referred to weakly, so that what is
    computed from it for several detectors dies with it.

    rgb (S, S, 3); landmarks (478, 2), regions and skin in its px; skin (S, S) is True on bare skin; to_frame (2, 3)
    takes aligned px to frame px; px_per_mm by way of the face's width, taken as 140 mm between the cheekbones; quality
    and pose are the frame's; source_px_per_mm tells how much detail the frame really had.
    """

    rgb: Image
    landmarks: Points
    regions: tuple[Region, ...]
    skin: Mask
    to_frame: NDArray[np.float64]
    px_per_mm: float
    source_px_per_mm: float
    pose: Pose
    quality: Quality

    def __post_init__(self) -> None:
        _check_image(self.rgb)
        if self.rgb.shape[0] != self.rgb.shape[1]:
            raise ValueError(f"an aligned face is square, not {self.rgb.shape}")
        if self.skin.shape != self.rgb.shape[:2] or self.skin.dtype != np.bool_:
            raise ValueError(f"skin must be bool {self.rgb.shape[:2]}, not {self.skin.dtype} {self.skin.shape}")
        if self.to_frame.shape != (2, 3):
            raise ValueError(f"to_frame must be (2, 3), not {self.to_frame.shape}")
        if not (self.px_per_mm > 0 and self.source_px_per_mm > 0):
            raise ValueError("pixels per millimetre must be positive")

    @property
    def size(self) -> int:
        """Side of the square, px."""
        return int(self.rgb.shape[0])

    def region(self, name: RegionName) -> Region:
        """The region of that name. Raises KeyError where the face has none."""
        for region in self.regions:
            if region.name is name:
                return region
        raise KeyError(name)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything known about one picture or frame. Coordinates in px of the frame; stages_ms: milliseconds by stage."""

    width: int
    height: int
    face: Face | None
    quality: Quality
    regions: tuple[Region, ...] = ()
    skin_tones: Mapping[RegionName, SkinTone] = field(default_factory=dict)
    conditions: Mapping[Condition, ConditionResult] = field(default_factory=dict)
    stages_ms: Mapping[str, float] = field(default_factory=dict)


class Detector(Protocol):
    """Finds one or more conditions on an aligned face. detect() may be called from several threads at once, never
    keeps the face, and raises nothing but DetectorError."""

    @property
    def info(self) -> DetectorInfo: ...

    @property
    def conditions(self) -> tuple[Condition, ...]: ...

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        """One Detection per condition, findings in px of the aligned face."""
        ...


def _check_image(rgb: Image) -> None:
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise ValueError(f"a picture must be (H, W, 3) uint8, not {rgb.dtype} {rgb.shape}")


def _check_points(name: str, points: Points, least: int) -> None:
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < least:
        raise ValueError(f"{name} must be (N >= {least}, 2), not {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} is not finite")


def _check_unit(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be 0-1, not {value}")
