"""What the repositories take and give: frozen values, no object of the ORM among them. All times are aware and UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

__all__ = [
    "Account",
    "Claim",
    "ConditionPoint",
    "ConditionRecord",
    "Consent",
    "FileKind",
    "NewFile",
    "Page",
    "Report",
    "ReportDraft",
    "Retention",
    "ScoreRecord",
    "SeverityRecord",
    "StoredFile",
]

DistanceStatus = Literal["too_close", "normal", "too_far"]


class FileKind(StrEnum):
    """What a stored picture shows."""

    ORIGINAL = "original"
    PROCESSED = "processed"  # findings drawn in
    FACE = "face"
    CROP = "crop"  # one finding; the file's label is the finding's id
    MAP = "map"  # one condition; the file's label is the condition
    PLOT = "plot"


@dataclass(frozen=True, slots=True)
class Retention:
    """Days after which pictures and reports are deleted by themselves; None: kept until the person deletes them."""

    pictures_days: int | None = None
    reports_days: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A person. id is internal; user_id is what they log in with, normalised; password_hash is None where nobody can
    log in; consent_version is the version of the text they last agreed to, None without consent; history_revision
    grows with every change of their reports."""

    id: int
    user_id: str
    name: str
    password_hash: str | None
    is_admin: bool
    retention: Retention
    history_revision: int
    created_at: datetime
    consent_version: str | None

    @property
    def may_keep(self) -> bool:
        """Whether pictures and results of this person may be stored."""
        return self.consent_version is not None


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent, from when until when."""

    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class SeverityRecord:
    """A grade on a named scale that carries its version; grade 0 is none."""

    grade: int
    label: str
    scale: str


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """0-100, higher is healthier, with its interval and the formula's version."""

    value: float
    low: float
    high: float
    formula: str


@dataclass(frozen=True, slots=True)
class ConditionRecord:
    """What a report says of one condition.

    condition: a name of `media_pipeline.types.Condition`, or one that an older file brought. findings and measures are
    JSON values, kept as given: the answer's `details` entries without their crop_url (a crop's file has the finding's
    id as label) and `{name, value, unit}`. detector: `{name, version, backend}`.
    """

    condition: str
    count: int
    status: str
    reason: str | None = None
    severity: SeverityRecord | None = None
    score: ScoreRecord | None = None
    detector: Mapping[str, Any] = field(default_factory=dict)
    measures: tuple[Mapping[str, Any], ...] = ()
    findings: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to store with a report. label tells files of one kind apart (a finding's id, a condition), "" where there
    is one; content_type is one of `storage.files.SUFFIXES`."""

    kind: FileKind
    content_type: str
    data: bytes
    label: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is there. key is what `FileStore.path` and signed links take; it says nothing about its person."""

    kind: FileKind
    label: str
    key: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """A report to be saved. name: what the client called the picture, shown and never used as a path; quality and
    extra are JSON objects kept as given (extra: whatever else the answer is rebuilt from)."""

    created_at: datetime
    request_type: str
    name: str
    distance_status: DistanceStatus | None
    quality: Mapping[str, Any]
    conditions: tuple[ConditionRecord, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """A stored report. id: 32 hexadecimal digits; user_id: its owner's; files are empty once the pictures' retention
    is over."""

    id: str
    user_id: str
    created_at: datetime
    request_type: str
    name: str
    distance_status: str | None
    quality: Mapping[str, Any]
    conditions: tuple[ConditionRecord, ...]
    files: tuple[StoredFile, ...]
    extra: Mapping[str, Any]

    def file(self, kind: FileKind, label: str = "") -> StoredFile | None:
        """The file of that kind and label, None where there is none."""
        return next((file for file in self.files if file.kind == kind and file.label == label), None)

    def condition(self, name: str) -> ConditionRecord | None:
        """What it says of that condition, None where it says nothing."""
        return next((record for record in self.conditions if record.condition == name), None)


@dataclass(frozen=True, slots=True)
class ConditionPoint:
    """One report's word on one condition, for trends and plots."""

    report_id: str
    created_at: datetime
    condition: str
    count: int
    status: str
    severity_grade: int | None
    score: float | None
    score_low: float | None
    score_high: float | None
    score_formula: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some reports of a longer list; total counts all that match."""

    reports: tuple[Report, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do what an idempotency key was sent for, until it is finished, dropped, or `until` has passed."""

    owner_digest: str
    token: str
    until: datetime
