"""What the rules are asked about: a person's answers, and what a report says; and whether a rule's case holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.recommendations.rulebook import Case, Eczema, Pregnancy, SkinType
from storage.records import ConditionRecord, Report

__all__ = ["Judged", "Person", "Picture", "holds", "picture_of"]


@dataclass(frozen=True, slots=True)
class Person:
    """A person's own answers; None: not answered. allergies: () says that none is known. using: actives, by their names
    in the rule file, that they use besides what is on their shelf."""

    skin_type: SkinType | None = None
    pregnancy: Pregnancy | None = None
    eczema: Eczema | None = None
    allergies: tuple[str, ...] | None = None
    using: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What a picture shows of one condition. kinds: how many findings of each kind."""

    grade: int | None
    measures: Mapping[str, float] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a report shows, by condition; what it withheld is not in it."""

    conditions: Mapping[str, Judged] = field(default_factory=dict)


def picture_of(report: Report) -> Picture:
    """The report in the words of the rules."""
    return Picture(
        {
            record.condition: Judged(
                record.severity.grade if record.severity is not None else None,
                {str(one["name"]): float(one["value"]) for one in record.measures if "name" in one and "value" in one},
                kinds_of(record),
            )
            for record in report.conditions
            if record.status in ("ok", "degraded")
        }
    )


def kinds_of(record: ConditionRecord) -> Mapping[str, int]:
    """How many findings there are of each kind. Reports of before kinds were stored tell them in their hints."""
    return Counter(kind for finding in record.findings if (kind := _kind(finding)))


def _kind(finding: Any) -> str:
    if not isinstance(finding, Mapping):
        return ""
    kind = finding.get("kind") or str(finding.get("hint", "")).partition(",")[0]
    return str(kind).strip().replace(" ", "_")


def holds(cases: Iterable[Case], person: Person, picture: Picture) -> bool | None:
    """Whether any of the cases holds; None where that depends on what the person has not answered. No case: True."""
    listed = tuple(cases)
    if not listed:
        return True
    found = [_holds(case, person, picture) for case in listed]
    return True if True in found else None if None in found else False


def _holds(case: Case, person: Person, picture: Picture) -> bool | None:
    if case.condition is not None and not _shown(case, picture.conditions.get(case.condition)):
        return False
    answers = (
        (case.skin_types, person.skin_type),
        (case.pregnancy, person.pregnancy),
        (case.eczema, person.eczema),
    )
    if any(wanted and given is not None and given not in wanted for wanted, given in answers):
        return False
    return None if any(wanted and given is None for wanted, given in answers) else True


def _shown(case: Case, judged: Judged | None) -> bool:
    if judged is None:
        return False
    if case.grades is not None and not (judged.grade is not None and case.grades[0] <= judged.grade <= case.grades[1]):
        return False
    if any(judged.measures.get(name, 0.0) < least for name, least in case.measures.items()):
        return False
    return all(judged.kinds.get(kind, 0) >= least for kind, least in case.kinds.items())
