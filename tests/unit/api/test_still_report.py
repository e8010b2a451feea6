import numpy as np
import pytest

from api.still_report import ExaminedStill, new_files, report_draft
from media_pipeline.types import (
    Analysis,
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Finding,
    Issue,
    Measure,
    Quality,
    RegionName,
    Score,
    Severity,
    SkinTone,
)
from storage.records import FileKind
from tests.unit.api.service_fixture import day


def still(finding: Finding, quality: Quality, turn_degrees: float = 0) -> ExaminedStill:
    angle = np.deg2rad(turn_degrees)
    scaled = 2 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    result = ConditionResult(
        Condition.WRINKLES,
        (finding,),
        DetectorInfo("ridges", "1.2", "numpy"),
        Severity(2, "moderate", "scale/1"),
        Score(40, 35, 45, "wrinkles/1"),
        (Measure("wrinkle_density", 0.123456, "mm/cm2"),),
    )
    analysis = Analysis(
        100,
        100,
        None,
        quality,
        skin_tones={RegionName.CHIN: SkinTone(33.0, "intermediate")},
        conditions={Condition.WRINKLES: result},
        stages_ms={"decode": 1.26},
    )
    to_face = np.hstack([scaled, np.array([[10.0], [20.0]])])
    return ExaminedStill(analysis, b"o", b"p", b"f", (640, 640), to_face, {finding.id: b"c"})


FINDING = Finding(
    "w1",
    Condition.WRINKLES,
    RegionName.FOREHEAD,
    Box(10, 20, 8, 4),
    0.51239,
    (Measure("length", 14.26, "mm"), Measure("depth", 0.2, "")),
    outline=np.array([[10, 20], [18, 24]], np.float32),
)


def test_findings_are_told_in_pixels_of_the_face_image() -> None:
    draft = report_draft(still(FINDING, Quality()), day(1), "upload", "me")
    (record,) = draft.conditions
    (entry,) = record.findings
    assert (entry["x"], entry["y"], entry["width"], entry["height"]) == (38, 64, 16, 8)
    assert entry["outline"] == [[30, 60], [46, 68]]
    assert (entry["confidence"], entry["region"], entry["hint"]) == (0.512, "forehead", "wrinkles, length 14.3 mm")
    assert record.count == 1 and record.measures == ({"name": "wrinkle_density", "value": 0.1235, "unit": "mm/cm2"},)
    assert record.detector == {"name": "ridges", "version": "1.2", "backend": "numpy"}


def test_a_turned_face_image_turns_the_place_and_not_the_sides() -> None:
    (record,) = report_draft(still(FINDING, Quality(), 90), day(1), "upload", "me").conditions
    (entry,) = record.findings
    assert (entry["x"], entry["y"]) == (pytest.approx(10 - 2 * 22), pytest.approx(20 + 2 * 14))
    assert (entry["width"], entry["height"]) == (16, 8)


def test_long_outlines_are_thinned() -> None:
    turn = np.linspace(0, 6, 1000)
    outline = np.stack([50 + 9 * np.cos(turn), 50 + 9 * np.sin(turn)], axis=1).astype(np.float32)
    finding = Finding("e", Condition.ECZEMA, RegionName.CHIN, Box(41, 41, 18, 18), 1, outline=outline, kind="dry_patch")
    (record,) = report_draft(still(finding, Quality()), day(1), "upload", "me").conditions
    assert len(record.findings[0]["outline"]) <= 64
    assert record.findings[0]["hint"] == "dry patch"


@pytest.mark.parametrize(
    ("issues", "distance"),
    [
        ((), "normal"),
        ((Issue.BLURRED,), "normal"),
        ((Issue.TOO_FAR, Issue.TOO_DARK), "too_far"),
        ((Issue.TOO_CLOSE,), "too_close"),
    ],
)
def test_the_distance_is_the_gates(issues: tuple[Issue, ...], distance: str) -> None:
    draft = report_draft(still(FINDING, Quality(issues, {"luma": 0.123456})), day(1), "camera", "me")
    assert draft.distance_status == distance
    assert draft.quality == {
        "ok": not issues,
        "issues": [issue.value for issue in issues],
        "measures": {"luma": 0.1235},
    }


def test_the_files_are_the_pictures_and_one_crop_per_finding() -> None:
    files = new_files(still(FINDING, Quality()))
    assert [(file.kind, file.label, file.data) for file in files] == [
        (FileKind.ORIGINAL, "", b"o"),
        (FileKind.PROCESSED, "", b"p"),
        (FileKind.FACE, "", b"f"),
        (FileKind.CROP, "w1", b"c"),
    ]
