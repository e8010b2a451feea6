"""A report as a line, under the names that the predecessor's files have."""

import json

from storage.identifiers import new_id, user_key
from storage.progress_lines import line_of, user_key_of
from storage.records import FileKind, Report, StoredFile
from tests.unit.storage.drafts import draft


def test_the_line_has_the_predecessors_fields_and_where_the_picture_lies() -> None:
    made = draft()
    report_id = new_id()
    original = StoredFile(FileKind.ORIGINAL, "", f"{report_id}/{new_id()}.jpg", "image/jpeg", 1, "0" * 64)
    line = line_of(
        Report(
            report_id,
            "amira",
            made.created_at,
            "upload",
            "a\nb.jpg",
            "normal",
            made.quality,
            made.conditions,
            (original,),
            {},
        )
    )
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    value = json.loads(line)
    assert list(value)[:6] == [
        "timestamp",
        "user_id",
        "detections",
        "image_path",
        "progress_plot_url",
        "distance_status",
    ]
    assert value["image_path"] == f"Project_Folder/reports/{report_id[:2]}/{original.key}"
    assert value["detections"]["wrinkles"] == []


def test_a_lines_person_is_found_however_their_name_is_spelled() -> None:
    assert user_key_of({"user_id": " AMIRA"}) == user_key("amira")
    assert user_key_of({"user_id": 42}) == user_key("42")
    assert user_key_of({}) is None and user_key_of({"user_id": ""}) is None
