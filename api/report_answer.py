"""A stored or passing analysis as its answer. The field names are what existing clients read: they stay.

The same function answers an upload, a repeated upload, and GET /reports/{id}: an answer is always made from the record,
so what a client was told once it is told again, with fresh picture links.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.burst_record import pictures_used
from api.recommendations.models import Recommendation
from storage.records import ConditionRecord, FileKind, Report

__all__ = [
    "ConditionAnswer",
    "Detail",
    "Links",
    "MeasureAnswer",
    "QualityAnswer",
    "ReportAnswer",
    "report_answer",
]

NOTICE: Final = "This is information about how the skin looks in this picture, not a diagnosis."

Link = Callable[[str], str]
"""A stored file's key -> its signed, absolute address."""


@dataclass(frozen=True, slots=True)
class Links:
    """What an answer's addresses are made with: of a file by its key, and of the person's progress plot."""

    file: Link
    plot: str
    expires_at: datetime


class MeasureAnswer(BaseModel):
    """A number with its name and unit."""

    name: str
    value: float
    unit: str


class Detail(BaseModel):
    """One finding. x, y: its centre; x, y, width, height in px of the face image."""

    model_config = ConfigDict(extra="ignore")

    id: str
    x: float
    y: float
    width: float = Field(ge=0)
    height: float = Field(ge=0)
    confidence: float = Field(ge=0, le=1)
    region: str
    hint: str = Field(description="what it looks like, in a few words")
    crop_url: str | None = Field(None, description="a picture of the finding alone")
    outline: list[tuple[float, float]] | None = Field(None, description="points in px of the face image")
    measures: list[MeasureAnswer] = []


class ConditionAnswer(BaseModel):
    """What was seen of one condition. severity and score are null where status is withheld or unavailable."""

    count: int = Field(ge=0)
    severity: str | None = Field(description="a word on the scale named in severity_scale")
    score: float | None = Field(ge=0, le=100, description="0-100, higher is healthier")
    status: str = Field(description="ok, degraded, unavailable or withheld")
    detector: str
    message: str = Field(description="a sentence for a person")
    details: list[Detail]
    severity_grade: int | None
    severity_scale: str | None
    score_low: float | None = Field(description="lower end of what the measuring noise allows")
    score_high: float | None
    score_formula: str | None
    reason: str | None = Field(description="why the status is not ok")
    measures: list[MeasureAnswer]


class PictureData(BaseModel):
    """The upload as such. id is the report's, or that of the passing analysis."""

    id: str
    name: str
    image: str | None
    processed_image: str | None
    request_type: str
    timestamp: datetime


class QualityAnswer(BaseModel):
    """What the camera gate says of the picture; issues: codes such as too_dark, blurred, look_straight."""

    ok: bool
    issues: list[str]
    measures: dict[str, float]


class ReportAnswer(BaseModel):
    """An analysis. report_id is null and kept false where nothing was stored: for guests and without consent."""

    message: str
    report_id: str | None
    kept: bool
    user_id: str | None
    date: datetime
    data: PictureData
    original_image_url: str | None
    processed_image_url: str | None
    face_image_url: str | None
    face_image_size: tuple[int, int] | None = Field(description="width, height in px")
    detections: dict[str, ConditionAnswer]
    recommendations: dict[str, list[Recommendation]] = Field(description="what may help, by condition, and why")
    progress_plot_url: str
    distance_status: Literal["too_close", "normal", "too_far"] | None
    quality: QualityAnswer
    pictures_used: int = Field(
        1, ge=1, description="1; more where scores are medians over several pictures of one moment of a live video"
    )
    links_expire_at: datetime
    notice: str = NOTICE


def report_answer(
    report: Report, links: Links, recommendations: Mapping[str, Sequence[Recommendation]], *, kept: bool = True
) -> ReportAnswer:
    """The answer to `report`. Pictures that the retention period has taken have null for their addresses."""

    def address(kind: FileKind, label: str = "") -> str | None:
        file = report.file(kind, label)
        return links.file(file.key) if file is not None else None

    detections = {record.condition: _condition(record, address) for record in report.conditions}
    original, processed = address(FileKind.ORIGINAL), address(FileKind.PROCESSED)
    size = report.extra.get("face_image_size")
    return ReportAnswer(
        message=_summary(report, kept),
        report_id=report.id if kept else None,
        kept=kept,
        user_id=report.user_id or None,
        date=report.created_at,
        data=PictureData(
            id=report.id,
            name=report.name,
            image=original,
            processed_image=processed,
            request_type=report.request_type,
            timestamp=report.created_at,
        ),
        original_image_url=original,
        processed_image_url=processed,
        face_image_url=address(FileKind.FACE),
        face_image_size=(size[0], size[1]) if size else None,
        detections=detections,
        recommendations={name: list(recommendations.get(name, [])) for name in detections},
        progress_plot_url=links.plot,
        distance_status=_distance(report.distance_status),
        quality=_quality(report.quality),
        pictures_used=pictures_used(report),
        links_expire_at=links.expires_at.astimezone(UTC),
    )


def _condition(record: ConditionRecord, address: Callable[[FileKind, str], str | None]) -> ConditionAnswer:
    details = []
    for finding in record.findings:
        if isinstance(finding, Mapping) and "x" in finding:  # a file of the predecessor may hold other shapes
            crop = address(FileKind.CROP, str(finding.get("id", "")))
            details.append(Detail.model_validate({**finding, "crop_url": crop}))
    return ConditionAnswer(
        count=record.count,
        severity=record.severity.label if record.severity else None,
        score=round(record.score.value, 1) if record.score else None,
        status=record.status,
        detector=_detector(record.detector),
        message=_sentence(record),
        details=details,
        severity_grade=record.severity.grade if record.severity else None,
        severity_scale=record.severity.scale if record.severity else None,
        score_low=round(record.score.low, 1) if record.score else None,
        score_high=round(record.score.high, 1) if record.score else None,
        score_formula=record.score.formula if record.score else None,
        reason=record.reason,
        measures=[MeasureAnswer.model_validate(measure) for measure in record.measures],
    )


def _detector(detector: Mapping[str, Any]) -> str:
    name = str(detector.get("name", "unknown"))
    version, backend = detector.get("version"), detector.get("backend")
    return name + (f" {version}" if version else "") + (f" ({backend})" if backend else "")


def _sentence(record: ConditionRecord) -> str:
    if record.status in ("withheld", "unavailable"):
        return f"Not judged: {record.reason or 'the picture does not allow it'}."
    if record.count == 0:
        said = "Nothing was marked in this picture"
    else:
        said = f"{record.count} place{'s' if record.count != 1 else ''} marked"
    if record.severity is not None:
        said += f"; severity: {record.severity.label}"
    return f"{said}." + (f" {record.reason}." if record.status == "degraded" and record.reason else "")


def _summary(report: Report, kept: bool) -> str:
    judged = any(record.status in ("ok", "degraded") for record in report.conditions)
    said = "The picture was analysed." if judged else "The picture was analysed, but nothing could be judged on it."
    return said if kept else f"{said} Nothing of it is kept."


def _distance(status: str | None) -> Literal["too_close", "normal", "too_far"] | None:
    match status:
        case "too_close" | "normal" | "too_far":
            return status
    return None


def _quality(quality: Mapping[str, Any]) -> QualityAnswer:
    issues = [str(issue) for issue in quality.get("issues", [])]
    measures = {str(name): float(value) for name, value in dict(quality.get("measures", {})).items()}
    return QualityAnswer(ok=bool(quality.get("ok", not issues)), issues=issues, measures=measures)
