"""History files: everything whole is read, everything broken is named."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.history_entries import Entry
from storage.history_file import Problem, read_history


def old_line(user: str, day: int) -> dict[str, Any]:
    return {"timestamp": f"2024-05-{day:02}T10:00:00", "user_id": user, "detections": {"acne": [{"x": day}]}}


def entry(day: int) -> dict[str, Any]:
    return {"timestamp": f"2024-05-{day:02} 10:00:00", "acne": [{"x": day, "s": "]}{["}], "wrinkles": []}


LINES = [old_line("amira", 1), old_line("omar", 2), old_line("amira", 3)]
BY_USER = {"amira": [entry(1), entry(2)], "عمر": [entry(3)], "zaid": [entry(4), entry(5)]}


def read(data: bytes) -> tuple[list[tuple[str, int]], list[Problem]]:
    entries, problems = [], []
    for part in read_history(data):
        if isinstance(part, Entry):
            entries.append((part.user_id, part.draft.created_at.day))
        else:
            problems.append(part)
    return entries, problems


def as_lines(values: list[Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def test_json_lines_are_read() -> None:
    assert read(as_lines(LINES)) == ([("amira", 1), ("omar", 2), ("amira", 3)], [])
    assert read(b"\xef\xbb\xbf" + as_lines(LINES[:1])) == ([("amira", 1)], [])
    assert read(as_lines(LINES).replace(b"\n", b"\r\n\r\n"))[0] == [("amira", 1), ("omar", 2), ("amira", 3)]


@pytest.mark.parametrize("indent", [None, 2])
def test_one_object_by_user_is_read(indent: int | None) -> None:
    wanted = [("amira", 1), ("amira", 2), ("عمر", 3), ("zaid", 4), ("zaid", 5)]
    for escape in (True, False):
        data = json.dumps(BY_USER, indent=indent, ensure_ascii=escape).encode()
        assert read(data) == (wanted, [])


def test_broken_lines_are_named_and_the_others_are_read() -> None:
    lines = as_lines(LINES).splitlines()
    data = b"\n".join([lines[0], b'{"torn": ', lines[1], b"\xff\xfe\x00", b"[]", b'{"user_id": "x"}', lines[2]])
    entries, problems = read(data)
    assert entries == [("amira", 1), ("omar", 2), ("amira", 3)]
    assert [problem.where for problem in problems] == ["line 2", "line 4", "line 5", "line 6"]


def test_two_reports_on_one_line_are_both_read() -> None:
    data = as_lines(LINES).replace(b"\n", b"", 1)
    assert read(data)[0] == [("amira", 1), ("omar", 2), ("amira", 3)]
    torn = json.dumps(LINES[0]).encode() + b'{"timestamp": "2024-\n' + json.dumps(LINES[2]).encode()
    entries, problems = read(torn)
    assert entries == [("amira", 1), ("amira", 3)]
    assert len(problems) == 1 and problems[0].where == "line 1"


@pytest.mark.parametrize("indent", [None, 2])
def test_a_cut_off_object_gives_every_whole_entry(indent: int | None) -> None:
    text = json.dumps(BY_USER, indent=indent)
    at = text.index('"2024-05-05')
    entries, problems = read(text[:at].encode())
    assert entries == [("amira", 1), ("amira", 2), ("عمر", 3), ("zaid", 4)]
    assert problems and "damaged" in problems[-1].why


def test_a_broken_entry_is_named_and_its_neighbours_stay_with_their_owner() -> None:
    text = json.dumps(BY_USER).replace('{"timestamp": "2024-05-04', '{"timestamp" "2024-05-04')
    entries, problems = read(text.encode())
    assert entries == [("amira", 1), ("amira", 2), ("عمر", 3), ("zaid", 5)]
    assert len(problems) == 1


def test_an_entry_whose_owner_the_damage_hides_is_given_to_nobody() -> None:
    text = json.dumps(BY_USER).replace('"zaid": [', '"zaid": {')
    entries, problems = read(text.encode())
    assert ("zaid", 4) not in entries
    assert not {("عمر", 4), ("amira", 4)} & set(entries)
    assert problems


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_a_byte_is_changed_to_nothing_is_given_to_the_wrong_person(data: st.DataObject) -> None:
    """Only what the change itself could have rewritten (a user's name, a day) may differ."""
    text = bytearray(json.dumps(BY_USER).encode())
    position = data.draw(st.integers(0, len(text) - 1))
    text[position] = data.draw(st.sampled_from(b'{}[]",:x'))
    entries, _ = read(bytes(text))
    owners = {1: "amira", 2: "amira", 3: "عمر", 4: "zaid", 5: "zaid"}
    for user, day in entries:
        renamed = user not in owners.values()
        assert renamed or owners[day] == user


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 400))
def test_lines_before_a_cut_are_all_read(length: int) -> None:
    data = as_lines(LINES)[:length]
    entries, _ = read(data)
    assert len(entries) >= data.count(b"\n")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_the_reader(data: bytes) -> None:
    for part in read_history(data):
        assert isinstance(part, Entry | Problem)
