"""One entry of a history file, of this project or of its predecessor, as a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from storage.errors import FileMissing
from storage.files import SUFFIXES, file_key, split_key
from storage.identifiers import digest, is_id, normal_user_id
from storage.progress_lines import VERSION
from storage.records import (
    ConditionRecord,
    DistanceStatus,
    FileKind,
    ReportDraft,
    ScoreRecord,
    SeverityRecord,
    StoredFile,
)
from storage.timestamps import read_timestamp

__all__ = ["Entry", "entry_from", "old_entry_from"]

ALIASES: Final[Mapping[str, str]] = {
    "wrinkle": "wrinkles",
    "eyebag": "eyebags",
    "eye_bags": "eyebags",
    "eye_bag": "eyebags",
    "dark_circles": "eyebags",
    "dark_circle": "eyebags",
}
DISTANCES: Final[Mapping[str, DistanceStatus]] = {"too_close": "too_close", "normal": "normal", "too_far": "too_far"}
NAME_LONGEST: Final = 255
CONDITION_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A report to restore. where: its place in the file, for messages; notes: parts of it that could not be read."""

    where: str
    user_id: str
    report_id: str
    draft: ReportDraft
    files: tuple[StoredFile, ...] = ()
    notes: tuple[str, ...] = ()


def entry_from(value: Mapping[str, Any], where: str) -> Entry:
    """A line of user_progress.json, of any version. Raises ValueError with the reason where it cannot be one."""
    if value.get("v") != VERSION:
        detections = value.get("detections")
        if not isinstance(detections, Mapping):
            raise ValueError("there are no detections")
        rest = {key: part for key, part in value.items() if key not in ("detections", "user_id", "timestamp")}
        return old_entry_from(value.get("user_id"), value.get("timestamp"), detections, rest, where)
    try:
        return _own(value, where)
    except (KeyError, TypeError, AttributeError, FileMissing) as error:
        raise ValueError(f"a field is missing or of the wrong kind ({error})") from None


def old_entry_from(
    user_id: object, timestamp: object, detections: Mapping[str, Any], rest: Mapping[str, Any], where: str
) -> Entry:
    """A predecessor's entry. Its id is made of its content, so that a second restore finds it. What has no place of its
    own is kept in the report's `extra`. Raises ValueError with the reason."""
    owner = _owner(user_id)
    created_at = read_timestamp(timestamp)
    notes: list[str] = []
    conditions: dict[str, ConditionRecord] = {}
    for name, found in detections.items():
        try:
            record = _old_condition(name, found)
        except ValueError as error:
            notes.append(f"{name}: {error}")
            continue
        if record.condition in conditions:
            notes.append(f"{name}: there twice")
            continue
        conditions[record.condition] = record
    content = orjson.dumps([detections, rest], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    path = rest.get("image_path")
    name = path.replace("\\", "/").rsplit("/", 1)[-1] if isinstance(path, str) else ""
    distance = str(rest.get("distance_status") or "").casefold().strip().replace(" ", "_")
    draft = ReportDraft(
        created_at=created_at,
        request_type="restored",
        name=name[:NAME_LONGEST] or "restored",
        distance_status=DISTANCES.get(distance),
        quality={},
        conditions=tuple(conditions.values()),
        extra={"predecessor": orjson.loads(orjson.dumps(rest, default=str))},
    )
    report_id = digest("restored", owner, created_at.isoformat(), content.decode())[:32]
    return Entry(where, owner, report_id, draft, notes=tuple(notes))


def _owner(user_id: object) -> str:
    if isinstance(user_id, bool) or not isinstance(user_id, str | int):
        raise ValueError("there is no user id")
    return normal_user_id(str(user_id), lenient=True)


def _old_condition(name: str, found: object) -> ConditionRecord:
    condition = name.strip().casefold().replace(" ", "_").replace("-", "_")
    condition = ALIASES.get(condition, condition)
    if not 0 < len(condition) <= CONDITION_LONGEST:
        raise ValueError("no name of a condition")
    if isinstance(found, Mapping):
        found = found.get("details", found.get("predictions", found.get("count")))
    if found is None:
        found = []
    if isinstance(found, list):
        return ConditionRecord(condition, len(found), "ok", findings=tuple(found))
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < 1_000_000:
        raise ValueError("neither a list nor a count")
    return ConditionRecord(condition, found, "ok")


def _own(value: Mapping[str, Any], where: str) -> Entry:
    report_id = value["report_id"]
    if not isinstance(report_id, str) or not is_id(report_id):
        raise ValueError("the report id is not one of ours")
    draft = ReportDraft(
        created_at=read_timestamp(value["timestamp"]),
        request_type=_text(value["request_type"], 16),
        name=_text(value["name"], NAME_LONGEST),
        distance_status=DISTANCES.get(value["distance_status"] or ""),
        quality=dict(value["quality"]),
        conditions=tuple(
            _own_condition(name, result, value["detections"][name]) for name, result in value["results"].items()
        ),
        extra=dict(value["extra"]),
    )
    files = tuple(_own_file(report_id, file) for file in value["files"])
    return Entry(where, _owner(value["user_id"]), report_id, draft, files)


def _own_condition(name: str, result: Mapping[str, Any], findings: list[Any]) -> ConditionRecord:
    severity, score = result["severity"], result["score"]
    return ConditionRecord(
        condition=_text(name, CONDITION_LONGEST),
        count=int(result["count"]),
        status=_text(result["status"], 16),
        reason=None if result["reason"] is None else _text(result["reason"], 255),
        severity=None if severity is None else SeverityRecord(**severity),
        score=None if score is None else ScoreRecord(**score),
        detector=dict(result["detector"]),
        measures=tuple(result["measures"]),
        findings=tuple(findings),
    )


def _own_file(report_id: str, file: Mapping[str, Any]) -> StoredFile:
    group, name = split_key(file["key"])
    if group != report_id or file["content_type"] not in SUFFIXES:
        raise ValueError("a file is not the report's own")
    return StoredFile(
        kind=FileKind(file["kind"]),
        label=_text(file["label"], 80),
        key=file_key(group, name),
        content_type=file["content_type"],
        size=int(file["size"]),
        sha256=_text(file["sha256"], 64),
    )


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError("a text is missing or too long")
    return value
