"""Photographs scenes, has them examined by the product's own still path, and writes down what came out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from media_pipeline.errors import PictureError
from media_pipeline.evaluation.camera import take
from media_pipeline.evaluation.matching import Outcome, match
from media_pipeline.evaluation.planting import Planted, plant
from media_pipeline.evaluation.scenes import Scene
from media_pipeline.evaluation.subjects import TONES, Subject, load_subjects, retoned, shrunk, smoothed
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.types import Analysis, Condition, ConditionResult, Finding, Frame, Image, Status

__all__ = ["Analyse", "Reading", "Result", "examine_scene", "find_subjects", "head_of", "read_picture"]

Analyse = Callable[[bytes], Analysis]  # raises PictureError


@dataclass(frozen=True, slots=True)
class Result:
    """What was said of one condition. score and its interval are None where it was withheld or unavailable; reason then
    says why."""

    status: Status
    count: int
    score: float | None
    interval: tuple[float, float] | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One picture. planted None: the head as it is, severity 0; refused: the code of the PictureError; outcome: of the
    planted condition, None where it was withheld or the picture refused."""

    subject: str
    smooth: bool
    tone: str | None
    shot: str
    planted: Condition | None
    severity: int
    refused: str | None
    results: Mapping[Condition, Result]
    outcome: Outcome | None = None
    milliseconds: float = 0.0


def find_subjects(shared: Path | None) -> dict[str, Subject]:
    """The heads by name, meshed. Raises ValueError where the mesh does not find one."""
    tracker = FaceTracker(static=True)
    subjects = {}
    try:
        for name, rgb, seen in load_subjects(shared):
            faces = tracker.track(Frame(rgb))
            if not faces:
                raise ValueError(f"no face found on {name}")
            subjects[name] = shrunk(Subject(name, rgb, faces[0].landmarks, seen))
    finally:
        tracker.close()
    return subjects


def examine_scene(scene: Scene, subjects: Mapping[str, Subject], analyse: Analyse) -> list[Reading]:
    """The readings of a scene, the unplanted head first."""
    head = head_of(subjects[scene.subject], scene.tone, scene.smooth)
    readings = []
    known: dict[Condition, tuple[Finding, ...]] = {}
    for planted, severity in ((None, 0), *scene.plantings):
        rgb: Image = head.rgb
        truth: list[Planted] = []
        if planted is not None:
            rgb, truth = plant(head, planted, severity, scene.rng(planted))
        taken = take(head, rgb, truth, scene.shot, scene.rng(scene.shot.name, planted, severity))
        refused, results, findings, milliseconds = read_picture(taken.jpeg, analyse)
        if planted is None:
            known.update(findings)
        outcome = None
        if planted is not None and planted in findings:
            outcome = match(planted, taken.truth, findings[planted], known.get(planted, ()), taken.px_per_mm)
        readings.append(
            Reading(
                scene.subject,
                scene.smooth,
                scene.tone,
                scene.shot.name,
                planted,
                severity,
                refused,
                results,
                outcome,
                milliseconds,
            )
        )
    return readings


def read_picture(
    jpeg: bytes, analyse: Analyse
) -> tuple[str | None, dict[Condition, Result], dict[Condition, tuple[Finding, ...]], float]:
    """The refusal's code, the results, the findings of what was judged, and the analysis' milliseconds."""
    try:
        analysis = analyse(jpeg)
    except PictureError as error:
        return error.code, {}, {}, 0.0
    results = {condition: _result(said) for condition, said in analysis.conditions.items()}
    findings = {
        condition: said.findings
        for condition, said in analysis.conditions.items()
        if said.status in (Status.OK, Status.DEGRADED)
    }
    return None, results, findings, float(sum(analysis.stages_ms.values()))


def _result(said: ConditionResult) -> Result:
    measures = {measure.name: measure.value for measure in said.measures}
    if said.score is None:
        return Result(said.status, len(said.findings), None, None, measures, said.reason)
    interval = (said.score.low, said.score.high)
    return Result(said.status, len(said.findings), said.score.value, interval, measures, said.reason)


@lru_cache(maxsize=4)
def head_of(subject: Subject, tone: str | None, smooth: bool) -> Subject:
    head = smoothed(subject, np.random.default_rng(len(subject.name))) if smooth else subject
    return head if tone is None else retoned(head, TONES[tone])
