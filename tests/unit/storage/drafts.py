"""Reports to save, for the tests of this folder."""

from datetime import UTC, datetime, timedelta

from storage import Storage
from storage.records import (
    Account,
    ConditionRecord,
    FileKind,
    NewFile,
    ReportDraft,
    ScoreRecord,
    SeverityRecord,
)

__all__ = ["NOON", "draft", "pictures", "with_consent"]

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def draft(days: float = 0, *, acne: int = 2, name: str = "me.jpg") -> ReportDraft:
    """A report `days` after NOON with that many acne findings and no wrinkles."""
    return ReportDraft(
        created_at=NOON + timedelta(days=days),
        request_type="upload",
        name=name,
        distance_status="normal",
        quality={"ok": True, "issues": [], "measures": {"light": 0.5}},
        conditions=(
            ConditionRecord(
                condition="acne",
                count=acne,
                status="ok",
                severity=SeverityRecord(1, "mild", "count/1"),
                score=ScoreRecord(80.0, 75.5, 84.5, "burden/1"),
                detector={"name": "yolo", "version": "1", "backend": "onnxruntime"},
                measures=({"name": "lesions", "value": acne, "unit": "1"},),
                findings=tuple({"id": f"a{i}", "x": 10.5, "y": i, "hint": "بثرة"} for i in range(acne)),
            ),
            ConditionRecord(condition="wrinkles", count=0, status="withheld", reason="too blurred"),
        ),
        extra={"recommendations": {"acne": ["be gentle"]}},
    )


def pictures() -> tuple[NewFile, ...]:
    """Three files, one of them a crop."""
    return (
        NewFile(FileKind.ORIGINAL, "image/jpeg", b"original bytes"),
        NewFile(FileKind.FACE, "image/jpeg", b"face bytes"),
        NewFile(FileKind.CROP, "image/png", b"crop bytes", label="a0"),
    )


async def with_consent(storage: Storage, user_id: str = "amira") -> Account:
    """An account that agreed to everything being kept."""
    return await storage.accounts.create(user_id, user_id.title(), "hash", consent_version="2026-11")
