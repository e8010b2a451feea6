"""What fusing inspections gains: heads with planted conditions looked at again and again, as a live camera shows them.

Every look differs from the others in pose, place, distance, light, focus, noise and compression, as little as those
differ while somebody holds a phone. Each is judged by itself and as what all looks so far say together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from media_pipeline.decode import decode
from media_pipeline.evaluation.camera import PLAIN, Shot, take
from media_pipeline.evaluation.examiner import head_of
from media_pipeline.evaluation.matching import match
from media_pipeline.evaluation.planting import Planted, plant
from media_pipeline.evaluation.scenes import Scene
from media_pipeline.evaluation.subjects import Subject
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.fusion import Fusion
from media_pipeline.inspection import Inspection, Inspector
from media_pipeline.quality import assess
from media_pipeline.types import Condition, ConditionResult, Finding, Frame, Status

__all__ = ["Gain", "Head", "gains", "watch"]

EVERY_S = 0.5  # between two looks
SETTLED = 4  # looks: two seconds
JUDGED = (Status.OK, Status.DEGRADED)
SEED = 20261126

Findings = Mapping[Condition, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Head:
    """Whose head in which tone; smooth: with procedural skin, on which nothing but what is planted is to be found."""

    subject: str
    tone: str | None = None
    smooth: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    single: Findings
    fused: Findings
    truth: tuple[Planted, ...]
    px_per_mm: float


@dataclass(frozen=True, slots=True)
class Gain:
    """Of one condition, (single look, fused): recall; false findings a look, on procedural skin with nothing planted;
    and how often the count differs from the look before, share of looks. None: nothing to reckon it from."""

    recall: tuple[float, float] | None
    false: tuple[float, float] | None
    changes: tuple[float, float] | None


def gains(
    heads: Sequence[Head],
    subjects: Mapping[str, Subject],
    inspector: Inspector,
    *,
    looks: int = 12,
    conditions: Iterable[Condition] = tuple(Condition),
) -> dict[Condition, Gain]:
    """By condition, each planted at moderate severity by itself, after the looks that a face needs to settle."""
    found: dict[Condition, list[tuple[int, int, int]]] = {condition: [] for condition in conditions}
    false: dict[Condition, list[tuple[int, int]]] = {condition: [] for condition in found}
    counts: dict[Condition, list[tuple[bool, bool]]] = {condition: [] for condition in found}
    for head in heads:
        plain = watch(head, subjects, inspector, None, looks, found)
        if head.smooth:
            for condition in found:
                false[condition] += [
                    (len(look.single[condition]), len(look.fused[condition]))
                    for look in plain[SETTLED:]
                    if condition in look.single
                ]
        for condition in found:
            planted = watch(head, subjects, inspector, condition, looks, [condition])
            found[condition] += _found(condition, planted, plain)
            counts[condition] += _changes(condition, planted)
    return {condition: _gain(found[condition], false[condition], counts[condition]) for condition in found}


def watch(
    head: Head,
    subjects: Mapping[str, Subject],
    inspector: Inspector,
    planted: Condition | None,
    looks: int,
    conditions: Iterable[Condition],
) -> list[_Look]:
    """Look at a head so many times. A picture on which no face is found is no look."""
    subject = head_of(subjects[head.subject], head.tone, head.smooth)
    rgb, truth = subject.rgb, list[Planted]()
    if planted is not None:
        scene = Scene(head.subject, head.tone, PLAIN, (), head.smooth)
        rgb, truth = plant(subject, planted, 2, scene.rng(planted))
    tracker, fusion, seen = FaceTracker(static=True), Fusion(), list[_Look]()
    try:
        for number, shot in enumerate(_shots(looks)):
            taken = take(subject, rgb, truth, shot, np.random.default_rng([SEED, number]))
            frame = Frame(decode(taken.jpeg), number, 0, number * EVERY_S)
            faces = tracker.track(frame)
            if not faces:
                continue
            quality = assess(frame, faces, "moderate")
            looked = inspector.inspect(frame, faces[0], quality, conditions=frozenset(conditions))
            inspection = next(one for one in looked if isinstance(one, Inspection))
            fused = fusion.add(inspection).conditions_on(faces[0])
            seen.append(_Look(_judged(inspection.conditions), _judged(fused), taken.truth, taken.px_per_mm))
    finally:
        tracker.close()
    return seen


def _shots(looks: int) -> list[Shot]:
    rng = np.random.default_rng(SEED)
    return [
        Shot(
            f"look {number}",
            yaw=float(np.clip(rng.normal(0, 4), -9, 9)),
            roll=float(rng.normal(0, 2)),
            exposure=float(rng.uniform(0.93, 1.07)),
            side=float(rng.uniform(0.95, 1.05)),
            blur_mm=float(abs(rng.normal(0, 0.12))),
            noise=float(rng.uniform(2.0, 4.5)),
            scale=float(rng.uniform(0.60, 0.66)),
            shift=(float(rng.normal(0, 6)), float(rng.normal(0, 6))),
            quality=int(rng.integers(45, 80)),
        )
        for number in range(looks)
    ]


def _judged(results: Mapping[Condition, ConditionResult]) -> Findings:
    return {condition: result.findings for condition, result in results.items() if result.status in JUDGED}


def _found(condition: Condition, looks: Sequence[_Look], plain: Sequence[_Look]) -> list[tuple[int, int, int]]:
    """(planted, found by the single look, found by all so far) of each look that judged the condition."""
    rows = []
    for look, before in list(zip(looks, plain, strict=False))[SETTLED:]:
        if condition not in look.single or condition not in look.fused:
            continue
        known = [findings.get(condition, ()) for findings in (before.single, before.fused)]
        # what either finds without planting is left out for both, so that both are asked the same
        already = (*known[0], *known[1])
        single, fused = (
            match(condition, look.truth, findings[condition], already, look.px_per_mm)
            for findings in (look.single, look.fused)
        )
        rows.append((single.planted, single.found, fused.found))
    return rows


def _changes(condition: Condition, looks: Sequence[_Look]) -> list[tuple[bool, bool]]:
    judged = [look for look in looks[SETTLED:] if condition in look.single and condition in look.fused]
    return [
        (
            len(one.single[condition]) != len(other.single[condition]),
            len(one.fused[condition]) != len(other.fused[condition]),
        )
        for one, other in zip(judged, judged[1:], strict=False)
    ]


def _gain(
    found: Sequence[tuple[int, int, int]], false: Sequence[tuple[int, int]], changes: Sequence[tuple[bool, bool]]
) -> Gain:
    planted = sum(row[0] for row in found)
    return Gain(
        (sum(row[1] for row in found) / planted, sum(row[2] for row in found) / planted) if planted else None,
        _means(false),
        _means(changes),
    )


def _means(rows: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    if not rows:
        return None
    one, other = np.mean(np.array(rows, np.float64), axis=0)
    return float(one), float(other)
