"""Reports and answers in the words of the rules, with three answers to whether a case holds: yes, no, depends."""

from datetime import UTC, datetime

import pytest

from api.recommendations.person import Judged, Person, Picture, holds, picture_of
from api.recommendations.rulebook import Case
from storage.records import ConditionRecord, Report, SeverityRecord


def report(*records: ConditionRecord) -> Report:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Report("0" * 32, "ann", at, "upload", "me", None, {}, tuple(records), (), {})


def test_a_report_tells_grade_measures_and_kinds() -> None:
    record = ConditionRecord(
        "acne",
        3,
        "ok",
        severity=SeverityRecord(2, "moderate", "scale"),
        measures=({"name": "inflammatory_lesions", "value": 12, "unit": "count"},),
        findings=({"kind": "nodule", "hint": "nodule"}, {"hint": "papule, diameter 2 mm"}, "old", {"hint": ""}),
    )
    withheld = ConditionRecord("wrinkles", 0, "withheld", reason="blurred")
    picture = picture_of(report(record, withheld))
    assert set(picture.conditions) == {"acne"}
    acne = picture.conditions["acne"]
    assert (acne.grade, acne.measures, acne.kinds) == (2, {"inflammatory_lesions": 12.0}, {"nodule": 1, "papule": 1})


ACNE = Picture({"acne": Judged(2, {"inflammatory_lesions": 20.0}, {"nodule": 1})})


@pytest.mark.parametrize(
    ("case", "person", "expected"),
    [
        (Case(condition="acne", grades=(1, 2)), Person(), True),
        (Case(condition="acne", grades=(3, 4)), Person(), False),
        (Case(condition="wrinkles", grades=(0, 5)), Person(), False),
        (Case(condition="acne", measures={"inflammatory_lesions": 20.0}), Person(), True),
        (Case(condition="acne", measures={"inflammatory_lesions": 20.5}), Person(), False),
        (Case(condition="acne", kinds={"nodule": 2}), Person(), False),
        (Case(pregnancy=("pregnant",)), Person(), None),
        (Case(pregnancy=("pregnant",)), Person(pregnancy="pregnant"), True),
        (Case(pregnancy=("pregnant",)), Person(pregnancy="neither"), False),
        (Case(condition="acne", grades=(3, 4), pregnancy=("pregnant",)), Person(), False),
        (Case(condition="acne", grades=(1, 2), skin_types=("oily",)), Person(), None),
        (Case(skin_types=("oily",), eczema=("active",)), Person(skin_type="dry"), False),
        (Case(skin_types=("oily",), eczema=("active",)), Person(skin_type="oily"), None),
    ],
)
def test_a_case_holds_does_not_or_depends_on_an_answer(case: Case, person: Person, expected: bool | None) -> None:
    assert holds([case], person, ACNE) is expected


def test_one_case_of_several_is_enough() -> None:
    yes, no, depends = Case(eczema=("past",)), Case(skin_types=("oily",)), Case(pregnancy=("trying",))
    person = Person(eczema="past", skin_type="dry")
    assert holds([no, depends, yes], person, ACNE) is True
    assert holds([no, depends], person, ACNE) is None
    assert holds([no], person, ACNE) is False
    assert holds([], person, ACNE) is True
