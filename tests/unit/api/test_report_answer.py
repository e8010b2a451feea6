from datetime import UTC, datetime

from api.recommendations.models import Recommendation, RuleAnswer
from api.report_answer import Links, report_answer
from storage.records import ConditionRecord, FileKind, Report, ScoreRecord, SeverityRecord, StoredFile
from tests.unit.api.service_fixture import day

LINKS = Links(
    lambda key: f"https://skin.example/media/{key}", "https://skin.example/plot", datetime(2026, 1, 2, tzinfo=UTC)
)

WASH = Recommendation(
    kind="habit",
    text="Wash.",
    lang="en",
    dir="ltr",
    why="Wash.",
    rule=RuleAnswer(id="habit-wash", version=1, sources=[]),
    active=None,
    product=None,
    ingredients=None,
    contains=[],
    already_used=False,
    cautions=[],
    conflicts=[],
    check_label=[],
)


def report(*records: ConditionRecord, files: tuple[StoredFile, ...] = (), **extra: object) -> Report:
    return Report("a" * 32, "ann", day(1), "upload", "me", "too_far", {}, records, files, extra)


def acne(status: str = "ok", count: int = 1, reason: str | None = None) -> ConditionRecord:
    judged = status in ("ok", "degraded")
    return ConditionRecord(
        "acne",
        count,
        status,
        reason,
        SeverityRecord(1, "mild", "s/1") if judged else None,
        ScoreRecord(61.44, 57, 66, "f/1") if judged else None,
        {"name": "yolo", "version": "1.0"},
        findings=(
            {"id": "f1", "x": 1, "y": 2, "width": 3, "height": 4, "confidence": 1, "region": "chin", "hint": "x"},
        ),
    )


def test_each_sentence_says_what_was_seen_and_never_that_all_is_well() -> None:
    said = {
        status: report_answer(report(acne(status, count, reason)), LINKS, {}).detections["acne"].message
        for status, count, reason in (
            ("ok", 1, None),
            ("degraded", 3, "The hosted model did not answer"),
            ("withheld", 0, "the picture is blurred"),
        )
    }
    assert said == {
        "ok": "1 place marked; severity: mild.",
        "degraded": "3 places marked; severity: mild. The hosted model did not answer.",
        "withheld": "Not judged: the picture is blurred.",
    }
    none = report_answer(report(acne(count=0)), LINKS, {}).detections["acne"].message
    assert none == "Nothing was marked in this picture; severity: mild."
    nothing = report_answer(report(acne("withheld", 0, "the picture is blurred")), LINKS, {})
    assert "nothing could be judged" in nothing.message
    assert "not a diagnosis" in nothing.notice


def test_pictures_that_are_gone_have_no_address() -> None:
    face = StoredFile(FileKind.FACE, "", "aa/face.jpg", "image/jpeg", 1, "")
    crop = StoredFile(FileKind.CROP, "f1", "aa/crop.jpg", "image/jpeg", 1, "")
    made = report_answer(report(acne(), files=(face, crop), face_image_size=[640, 640]), LINKS, {"acne": [WASH]})
    assert made.face_image_url == "https://skin.example/media/aa/face.jpg"
    assert (made.original_image_url, made.data.image) == (None, None)
    assert made.detections["acne"].details[0].crop_url == "https://skin.example/media/aa/crop.jpg"
    assert (made.face_image_size, made.distance_status) == ((640, 640), "too_far")
    assert made.recommendations == {"acne": [WASH]}


def test_an_older_programs_findings_count_even_where_they_cannot_be_drawn() -> None:
    old = ConditionRecord("acne", 2, "ok", findings=([1, 2, 3, 4], {"box": [1, 2]}))
    made = report_answer(report(old), LINKS, {}).detections["acne"]
    assert (made.count, made.details, made.detector) == (2, [], "unknown")


def test_what_is_not_kept_has_no_report_id() -> None:
    made = report_answer(report(acne()), LINKS, {}, kept=False)
    assert (made.report_id, made.kept, made.data.id) == (None, False, "a" * 32)
    assert made.message.endswith("Nothing of it is kept.")
