"""A report as a line of user_progress.json.

The first six fields are those that the predecessor's files have, under their names; the rest makes the report whole
again on a restore. Times are ISO 8601 in UTC, paths are relative to MEDIA_ROOT.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from storage.identifiers import normal_user_id, user_key
from storage.records import FileKind, Report

__all__ = ["VERSION", "image_path", "line_of", "user_key_of"]

VERSION: Final = 1


def line_of(report: Report) -> bytes:
    """One JSON object and a newline; no newline inside."""
    original = report.file(FileKind.ORIGINAL)
    value: dict[str, Any] = {
        "timestamp": report.created_at.isoformat(),
        "user_id": report.user_id,
        "detections": {record.condition: list(record.findings) for record in report.conditions},
        "image_path": None if original is None else image_path(original.key),
        "progress_plot_url": None,
        "distance_status": report.distance_status,
        "v": VERSION,
        "report_id": report.id,
        "request_type": report.request_type,
        "name": report.name,
        "quality": dict(report.quality),
        "results": {
            record.condition: {
                "count": record.count,
                "status": record.status,
                "reason": record.reason,
                "severity": record.severity,
                "score": record.score,
                "detector": dict(record.detector),
                "measures": list(record.measures),
            }
            for record in report.conditions
        },
        "files": list(report.files),
        "extra": dict(report.extra),
    }
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def user_key_of(value: Mapping[str, Any]) -> str | None:
    """The key of the person whom a line is about, None where it names none."""
    try:
        return user_key(normal_user_id(str(value["user_id"]), lenient=True))
    except (KeyError, ValueError):
        return None


def image_path(key: str) -> str:
    """Where a report's file lies, relative to MEDIA_ROOT."""
    return f"Project_Folder/reports/{key[:2]}/{key}"
