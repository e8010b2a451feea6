"""One text file as rows, whatever wrote it: its encoding, its separator, its quotes. Memory is bounded: the file is
read line by line and never held.

A record that cannot be read (a quote that is never closed, a line without end) costs itself, not the lines after it.
"""

import codecs
import csv
import hashlib
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from storage.catalogue.columns import find_columns
from storage.catalogue.records import Problem
from storage.errors import UnreadableCatalogue

__all__ = ["FILE_MAX_BYTES", "Row", "Table", "file_digest"]

FILE_MAX_BYTES: Final = 128 * 1024 * 1024  # 100,000 products with descriptions take about 60
LINE_MAX: Final = 128 * 1024  # characters of one line
RECORD_LINES_MAX: Final = 400  # of one quoted cell that runs over lines: a description
COLUMNS_MAX: Final = 300
CHUNK: Final = 1 << 20
SAMPLE_BYTES: Final = 64 * 1024  # of lines beyond ASCII, for guessing an encoding
SEPARATORS: Final = ",;\t|"
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LIKELY: Final = ("cp1256", "cp1252")  # what spreadsheets write in Arabic and in western Europe, where not UTF-8


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record by their fields; line: where it begins, from 1."""

    line: int
    cells: dict[str, str]


class Table:
    """A shop's file. `rows()` may be called once more after it ended.

    Raises UnreadableCatalogue where the file as a whole cannot be one: missing, empty, too large, no text, no header
    that names what a product needs.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoding = _encoding(path)
        with self._opened() as text:
            lines = _Lines(text)
            self._separator, self._columns, self._first = self._header(lines)

    def rows(self) -> Iterator[Row | Problem]:
        """Every record, or what is wrong with it. Empty lines are passed over."""
        with self._opened() as text:
            lines = _Lines(text)
            for _ in range(self._first):
                next(lines)
            for line, cells in self._records(lines):
                if isinstance(cells, Problem):
                    yield cells
                elif any(cell.strip() for cell in cells):
                    if len(cells) > COLUMNS_MAX:
                        yield Problem(line, f"has {len(cells)} columns")
                        continue
                    yield Row(line, {field: cells[at] for field, at in self._columns.items() if at < len(cells)})

    def _records(self, lines: "_Lines") -> Iterator[tuple[int, list[str] | Problem]]:
        for first in lines:
            line = lines.number
            if len(first) > LINE_MAX:
                lines.skip_rest()
                yield line, Problem(line, f"is longer than {LINE_MAX} characters")
                continue
            if '"' not in first:
                yield line, next(csv.reader((first,), delimiter=self._separator))
                continue
            taken = [first]
            try:
                cells = next(csv.reader(lines.record(taken), delimiter=self._separator, strict=True))
            except (csv.Error, _EndlessRecord):
                lines.push_back(taken[1:])
                loose = next(csv.reader((first.replace("\0", ""),), delimiter=self._separator), [])
                whole = len(loose) > max(self._columns.values())
                yield line, loose if whole else Problem(line, "a quote is never closed")
            else:
                yield line, cells

    def _header(self, lines: "_Lines") -> tuple[str, dict[str, int], int]:
        """The separator, the columns, and how many lines come before the first record."""
        for first in lines:
            if len(first) > LINE_MAX:
                raise UnreadableCatalogue(f"the first line is longer than {LINE_MAX} characters: no list of columns")
            if not first.strip() or first.lower().startswith("sep="):
                continue
            best: tuple[str, dict[str, int]] = (",", {})
            for separator in SEPARATORS:
                titles = next(csv.reader((first,), delimiter=separator), [])
                if len(titles) > COLUMNS_MAX:
                    raise UnreadableCatalogue(f"has {len(titles)} columns; {COLUMNS_MAX} are accepted")
                found = find_columns(titles)
                if len(found) > len(best[1]):
                    best = separator, found
            missing = [field for field in ("name", "url") if field not in best[1]]
            if missing:
                raise UnreadableCatalogue(
                    f"line {lines.number} has no column for {' and '.join(missing)} (columns.toml lists their names)"
                )
            return *best, lines.number
        raise UnreadableCatalogue("is empty")

    def _opened(self) -> TextIO:
        try:
            return io.TextIOWrapper(self._path.open("rb"), encoding=self._encoding, errors="replace", newline="")
        except OSError as error:
            raise UnreadableCatalogue(f"cannot be read: {error.strerror}") from error


class _EndlessRecord(Exception):
    """A quoted cell goes on for longer than any cell does."""


class _Lines(Iterator[str]):
    """The lines of a file, bounded in length, some of which may be put back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self.number = 0

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline(LINE_MAX + 1)
        if not line:
            raise StopIteration
        self.number += 1
        return line

    def push_back(self, lines: list[str]) -> None:
        """Read these again."""
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)

    def skip_rest(self) -> None:
        """Pass over what is left of a line that was too long."""
        while (rest := self._text.readline(LINE_MAX)) and not rest.endswith(("\n", "\r")):
            pass

    def record(self, taken: list[str]) -> Iterator[str]:
        """The lines of one record; those it needs beyond the first are added to `taken`."""
        yield taken[0]
        length = len(taken[0])
        for line in self:
            taken.append(line)
            length += len(line)
            if length > LINE_MAX or len(taken) > RECORD_LINES_MAX:
                raise _EndlessRecord
            yield line


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content. Raises UnreadableCatalogue where it is missing or too large."""
    try:
        with _bounded(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableCatalogue(f"cannot be read: {error.strerror}") from error


def _bounded(path: Path) -> Path:
    if not path.is_file():
        raise UnreadableCatalogue("is not there" if not path.exists() else "is no file")
    size = path.stat().st_size
    if size > FILE_MAX_BYTES:
        raise UnreadableCatalogue(f"has {size} bytes; {FILE_MAX_BYTES} are accepted")
    if size == 0:
        raise UnreadableCatalogue("is empty")
    return path


def _encoding(path: Path) -> str:
    """By its mark; else UTF-8 where all of it is; else what its lines beyond ASCII look like."""
    try:
        with _bounded(path).open("rb") as file:
            head = file.read(CHUNK)
            for mark, name in MARKS:
                if head.startswith(mark):
                    return name
            decoder = codecs.getincrementaldecoder("utf-8")()
            sample = bytearray()
            plain, chunk = True, head
            while chunk:
                if b"\0" in chunk:
                    raise UnreadableCatalogue("is no text (it holds zero bytes)")
                if plain:
                    try:
                        decoder.decode(chunk)
                    except UnicodeDecodeError:
                        plain = False
                if not chunk.isascii() and len(sample) < SAMPLE_BYTES:
                    for line in chunk.splitlines(keepends=True):
                        if not line.isascii() and len(sample) < SAMPLE_BYTES:
                            sample += line[:4096]
                chunk = file.read(CHUNK)
    except OSError as error:
        raise UnreadableCatalogue(f"cannot be read: {error.strerror}") from error
    if plain:
        return "utf-8"
    from charset_normalizer import from_bytes  # 0.1 s that only an old spreadsheet's file is worth

    guess = from_bytes(bytes(sample), cp_isolation=list(LIKELY)).best()
    if guess is None:
        raise UnreadableCatalogue("is no text in any encoding known here; save it as UTF-8")
    return guess.encoding
