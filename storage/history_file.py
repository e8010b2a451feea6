"""Reading history files: what can be read of them, and where and why the rest cannot.

- JSON Lines, one report a line: this project's user_progress.json, and its predecessor's (`timestamp, user_id,
  detections {acne: [...], ...}, image_path, progress_plot_url, distance_status`).
- One JSON object `{user: [{timestamp, acne: [...], ...}, ...], ...}`, the predecessor's other format. Where it is
  damaged, the entries that are whole are found one by one; one whose owner the damage hides is given to nobody.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from storage.history_entries import Entry, entry_from, old_entry_from

__all__ = ["Problem", "read_history"]

ENTRY_START: Final = re.compile(r'\{\s*"timestamp"')
NEXT_ENTRY: Final = re.compile(r"\s*,\s*")
LAST_USER: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*\[\s*\Z')
HARMLESS: Final = re.compile(  # what stands between quotes, or between two strings, and is nobody's name
    r"[\s:,.\[\]{}+-]*"
    r"|(?=.*[:,\[\]{}])[\s\d:,.\[\]{}eE+-]*"
    r"|\d{4}-\d\d-\d\d[T ]?[\d:.Z+-]*"
    r"|[\s:,]*(?:true|false|null)[\s,}\]]*"
)
USER_STARTS_HERE: Final = re.compile(r'[\s\]},{]*"((?:[^"\\]|\\.)*)"\s*:\s*\[\s*')
END: Final = re.compile(r"[\s\]}]*")
DECODER: Final = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """A part that could not be read: where it is, and why."""

    where: str
    why: str


def read_history(data: bytes) -> Iterator[Entry | Problem]:
    """Everything a history file says, in its order."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        return
    try:
        whole = orjson.loads(text)
    except orjson.JSONDecodeError:
        lines = text.splitlines()
        if any(isinstance(_loaded(line), dict) and "user_id" in _loaded(line) for line in lines):
            yield from _lines(lines)
        else:
            yield from _salvaged(text.decode(errors="replace"))
        return
    if isinstance(whole, dict) and "user_id" not in whole:
        for user, entries in whole.items():
            yield from _user(user, entries)
    elif isinstance(whole, dict):
        yield _line_entry(whole, "line 1")
    elif isinstance(whole, list):
        for number, value in enumerate(whole, 1):
            yield _line_entry(value, f"entry {number}")
    else:
        yield Problem("the file", "is no history")


def _lines(lines: list[bytes]) -> Iterator[Entry | Problem]:
    for number, line in enumerate(lines, 1):
        where = f"line {number}"
        if not line.strip():
            continue
        value = _loaded(line)
        if value is not None:
            yield _line_entry(value, where)
            continue
        text, position = line.decode(errors="replace").strip(), 0
        while position < len(text):  # two reports that a lost newline put on one line
            try:
                value, end = DECODER.raw_decode(text, position)
            except (json.JSONDecodeError, RecursionError):
                yield Problem(where, f"is no JSON from character {position + 1} on")
                break
            yield _line_entry(value, where)
            position = END_OF_BLANKS.match(text, end).end()  # type: ignore[union-attr]  # matches anything


END_OF_BLANKS: Final = re.compile(r"\s*")


def _line_entry(value: object, where: str) -> Entry | Problem:
    if not isinstance(value, Mapping):
        return Problem(where, "is no JSON object")
    try:
        return entry_from(value, where)
    except ValueError as error:
        return Problem(where, str(error))


def _user(user: str, entries: object) -> Iterator[Entry | Problem]:
    if not isinstance(entries, list):
        yield Problem(f"user {user!r}", "has no list of entries")
        return
    for number, value in enumerate(entries, 1):
        yield _user_entry(user, value, f"user {user!r}, entry {number}")


def _user_entry(user: str, value: object, where: str) -> Entry | Problem:
    if not isinstance(value, Mapping):
        return Problem(where, "is no JSON object")
    lists = {key: part for key, part in value.items() if isinstance(part, list)}
    given = value.get("detections")
    detections = given if isinstance(given, Mapping) else lists
    rest = {key: part for key, part in value.items() if key not in lists and key not in ("timestamp", "detections")}
    try:
        return old_entry_from(user, value.get("timestamp"), detections, rest, where)
    except ValueError as error:
        return Problem(where, str(error))


def _salvaged(text: str) -> Iterator[Entry | Problem]:
    """The whole entries of a damaged `{user: [entries]}`. Between two entries stands a comma, or the end of one user
    and the beginning of the next; whatever else stands there is damage."""
    whole = list(_whole_entries(text))
    words = frozenset(word for _, _, value in whole for word in _keys(value))
    user: str | None = None
    end = 0
    for start, after, value in whole:
        gap = text[end:start]
        where = f"character {start + 1}"
        header = USER_STARTS_HERE.fullmatch(gap)
        if header is not None:
            user = _unescaped(header[1])
        elif NEXT_ENTRY.fullmatch(gap) is None:
            yield Problem(f"characters {end + 1} to {start}", "are damaged")
            user = _owner_after(gap, user, words)
        end = after
        if user is None:
            yield Problem(where, "an entry whose owner the damage hides")
        else:
            yield _user_entry(user, value, f"user {user!r}, {where}")
    if END.fullmatch(text, end) is None:
        yield Problem(f"characters {end + 1} to {len(text)}", "are damaged")


def _whole_entries(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    end = 0
    for start in ENTRY_START.finditer(text):
        if start.start() >= end:
            try:
                value, end = DECODER.raw_decode(text, start.start())
            except (json.JSONDecodeError, RecursionError):
                continue
            yield start.start(), end, value


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _keys(part)
    elif isinstance(value, list):
        for part in value:
            yield from _keys(part)


def _owner_after(gap: str, user: str | None, words: frozenset[str]) -> str | None:
    """Whose entry follows a damaged gap. A name may stand in the damage where it can no longer be told to be one; so
    only a name right before the entry, or damage that holds no word but those that whole entries use as keys, leaves
    no doubt. None where there is doubt."""
    named = USER_STARTS_HERE.match(gap)
    if named is not None:
        user, gap = _unescaped(named[1]), gap[named.end() :]
    last = LAST_USER.search(gap)
    if last is not None and last[1] not in words:
        return _unescaped(last[1])
    return user if all(piece in words or HARMLESS.fullmatch(piece) for piece in gap.split('"')) else None


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except json.JSONDecodeError:
        return text


def _loaded(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
