"""One entry, of this project or its predecessor."""

import json
from typing import Any

import pytest

from storage.history_entries import entry_from, old_entry_from
from storage.identifiers import new_id
from storage.progress_lines import line_of
from storage.records import FileKind, Report, StoredFile
from tests.unit.storage.drafts import draft

OLD: dict[str, Any] = {
    "timestamp": "2024-05-01 12:33:11",
    "user_id": "Amira",
    "detections": {"acne": [{"x": 1, "y": 2}, {"x": 3}], "Dark Circles": 4, "eczema": None},
    "image_path": "media/Project_Folder/a b.jpg",
    "progress_plot_url": "/plots/1.png",
    "distance_status": "Too Close",
}


def own_report() -> Report:
    made = draft()
    report_id = new_id()
    file = StoredFile(FileKind.FACE, "", f"{report_id}/{new_id()}.jpg", "image/jpeg", 10, "0" * 64)
    return Report(
        report_id,
        "amira",
        made.created_at,
        made.request_type,
        made.name,
        made.distance_status,
        made.quality,
        made.conditions,
        (file,),
        made.extra,
    )


def test_a_line_of_our_own_is_the_report_again() -> None:
    report = own_report()
    entry = entry_from(json.loads(line_of(report)), "line 1")
    assert entry.draft == draft()
    assert (entry.report_id, entry.user_id, entry.files, entry.notes) == (report.id, "amira", report.files, ())


def test_a_predecessors_line_keeps_all_it_says() -> None:
    entry = entry_from(OLD, "line 1")
    assert entry.user_id == "amira"
    assert [(c.condition, c.count) for c in entry.draft.conditions] == [("acne", 2), ("eyebags", 4), ("eczema", 0)]
    assert entry.draft.conditions[0].findings == ({"x": 1, "y": 2}, {"x": 3})
    assert entry.draft.distance_status == "too_close"
    assert entry.draft.name == "a b.jpg"
    assert entry.draft.extra["predecessor"]["progress_plot_url"] == "/plots/1.png"


def test_the_same_entry_has_the_same_id_and_another_has_another() -> None:
    assert entry_from(OLD, "line 1").report_id == entry_from(dict(OLD), "line 7").report_id
    others = [OLD | {"user_id": "omar"}, OLD | {"timestamp": "2024-05-02"}, OLD | {"detections": {"acne": []}}]
    assert len({entry_from(one, "").report_id for one in [OLD, *others]}) == 4


def test_a_condition_that_cannot_be_read_is_noted_and_the_others_stay() -> None:
    entry = old_entry_from(
        "amira", "2024-05-01", {"acne": "many", "eczema": [1], "wrinkle": [], "wrinkles": [1]}, {}, ""
    )
    assert [c.condition for c in entry.draft.conditions] == ["eczema", "wrinkles"]
    assert len(entry.notes) == 2 and "acne" in entry.notes[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"user_id": None}, "user id"),
        ({"user_id": ""}, "user id"),
        ({"user_id": "x" * 300}, "user id"),
        ({"timestamp": "soon"}, "timestamp"),
        ({"detections": [1]}, "detections"),
    ],
)
def test_an_entry_without_its_essentials_is_refused_with_the_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        entry_from(OLD | change, "line 1")


@pytest.mark.parametrize(
    "change",
    [
        {"report_id": "../../etc"},
        {"report_id": 7},
        {"results": {"acne": {}}},
        {"files": [{"key": "../../etc/passwd", "kind": "face"}]},
        {"files": "none"},
        {"quality": None},
        {"detections": {}},
    ],
)
def test_a_damaged_line_of_our_own_is_refused(change: dict[str, Any]) -> None:
    value = json.loads(line_of(own_report()))
    with pytest.raises(ValueError, match=r"."):
        entry_from(value | change, "line 1")
