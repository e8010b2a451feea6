"""Runs the detectors on an aligned face, side by side, and gives their findings a meaning.

A detector that fails leaves its conditions `unavailable` with the reason and harms no other. A condition that the
picture cannot carry is `withheld` with the reason, and its detector does not run for it alone. What a picture must
carry is told per condition in REQUIREMENTS: redness needs light but little sharpness, lines the reverse.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from media_pipeline.errors import DetectorError
from media_pipeline.scores import receipt_for
from media_pipeline.severity import acne_measures, grade
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    ConditionResult,
    Detection,
    Detector,
    DetectorInfo,
    Finding,
    Issue,
    Points,
    Status,
)

__all__ = ["REQUIREMENTS", "Examination", "Requirement", "examine", "examine_with_maps", "moved", "withheld_reason"]

logger = logging.getLogger(__name__)

DETECTOR_TIMEOUT_S = 30.0  # hosted models have their own, shorter ones; this one only ends a wait that nothing ends
MOST_OUTSIDE = 0.12  # of the landmarks; a forehead cut off at the hairline is within it
LEAST_SKIN = 0.05  # of the aligned square; a whole bare face is about a third of it


@dataclass(frozen=True, slots=True)
class Requirement:
    """px_per_mm: detail that the frame must have; yaw, pitch: degrees to either side; issues: what spoils it; half:
    degrees of yaw up to which the side that is seen is answered for by itself, degraded."""

    px_per_mm: float
    yaw: float
    pitch: float
    issues: frozenset[Issue]
    half: float = 0.0


_LIGHT = frozenset({Issue.TOO_DARK, Issue.TOO_BRIGHT})
_SHADOW = frozenset({Issue.UNEVEN_LIGHT})
_SHARPNESS = frozenset({Issue.BLURRED})

# px per mm: a papule of 2 mm or a line as wide as one needs about two pixels, a small spot more, patches of centimetres
# next to none; detectors say themselves what finer detail they missed. Angles: where a third of a cheek or of one
# under-eye is turned away.
REQUIREMENTS: Mapping[Condition, Requirement] = MappingProxyType(
    {
        Condition.ACNE: Requirement(0.8, 35, 25, _LIGHT | _SHARPNESS, half=50),
        Condition.WRINKLES: Requirement(0.8, 30, 25, _LIGHT | _SHARPNESS),
        Condition.EYEBAGS: Requirement(0.7, 20, 15, _LIGHT | _SHADOW),
        Condition.ECZEMA: Requirement(0.7, 35, 25, _LIGHT, half=50),
        Condition.ROSACEA: Requirement(0.6, 25, 20, _LIGHT),
        Condition.HYPERPIGMENTATION: Requirement(0.7, 30, 25, _LIGHT | _SHADOW),
        Condition.DARK_SPOTS: Requirement(1.0, 35, 25, _LIGHT | _SHARPNESS, half=50),
    }
)

_SENTENCES: Mapping[Issue, str] = MappingProxyType(
    {
        Issue.TOO_DARK: "the picture is too dark",
        Issue.TOO_BRIGHT: "the picture is too bright",
        Issue.UNEVEN_LIGHT: "the light comes from one side",
        Issue.BLURRED: "the picture is blurred",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """results by condition; maps: the response (S, S) float32 0-1 on the aligned face of detectors that have one."""

    results: Mapping[Condition, ConditionResult]
    maps: Mapping[Condition, NDArray[np.float32]] = field(default_factory=dict)


def examine(
    aligned: AlignedFace, detectors: Sequence[Detector], pool: Executor | None = None
) -> dict[Condition, ConditionResult]:
    """One result for each condition that the detectors cover, findings in px of the frame. With a pool the detectors
    run side by side in it; it must not be the one the caller runs in. Raises nothing of the detectors'."""
    return dict(examine_with_maps(aligned, detectors, pool).results)


def examine_with_maps(aligned: AlignedFace, detectors: Sequence[Detector], pool: Executor | None = None) -> Examination:
    """As examine, with the detectors' maps."""
    covered = {condition for detector in detectors for condition in detector.conditions}
    withheld = {condition: withheld_reason(aligned, condition) for condition in covered}
    wanted = [
        detector for detector in detectors if any(withheld[condition] is None for condition in detector.conditions)
    ]
    if pool is None:
        outcomes = {id(detector): _detect(detector, aligned) for detector in wanted}
    else:
        running = {id(detector): pool.submit(_detect, detector, aligned) for detector in wanted}
        deadline = time.monotonic() + DETECTOR_TIMEOUT_S
        outcomes = {key: _outcome(future, deadline) for key, future in running.items()}
    results: dict[Condition, ConditionResult] = {}
    maps: dict[Condition, NDArray[np.float32]] = {}
    for detector in detectors:
        outcome = outcomes.get(id(detector), ())
        for condition in detector.conditions:
            if condition in results and results[condition].status is not Status.UNAVAILABLE:
                continue
            reason = withheld[condition]
            if reason is not None:
                results[condition] = _without(condition, detector.info, Status.WITHHELD, reason)
            elif isinstance(outcome, str):
                results[condition] = _without(condition, detector.info, Status.UNAVAILABLE, outcome)
            else:
                detection = next((found for found in outcome if found.condition is condition), None)
                results[condition] = _meaning(condition, detection, aligned, detector.info)
                if detection is not None and detection.response is not None and results[condition].score is not None:
                    maps[condition] = detection.response
    return Examination(_with_unique_ids(results), maps)


def withheld_reason(aligned: AlignedFace, condition: Condition) -> str | None:
    """Why this face's picture does not carry that condition, None where it does."""
    needs = REQUIREMENTS[condition]
    spoiled = [issue for issue in aligned.quality.issues if issue in needs.issues]
    if spoiled:
        return _SENTENCES[spoiled[0]]
    if aligned.source_px_per_mm < needs.px_per_mm:
        return (
            f"the face is too small in the picture ({aligned.source_px_per_mm:.2f} pixels per millimetre, "
            f"{needs.px_per_mm:.1f} are needed)"
        )
    if abs(aligned.pose.yaw) > max(needs.yaw, needs.half) or abs(aligned.pose.pitch) > needs.pitch:
        return "the face is turned too far from the camera"
    if aligned.skin.mean() < LEAST_SKIN:
        return "too little bare skin is visible"
    return None


def partial_reason(aligned: AlignedFace, condition: Condition) -> str | None:
    """Why a result holds for a part of the face alone, None where it holds for the whole."""
    if abs(aligned.pose.yaw) > REQUIREMENTS[condition].yaw:
        return "one half of the face is turned away: only what the other half shows is counted"
    if aligned.quality.measures.get("outside", 0.0) > MOST_OUTSIDE:
        return "the face runs out of the picture: only what it shows is counted"
    return None


def _detect(detector: Detector, aligned: AlignedFace) -> tuple[Detection, ...] | str:
    """The detections, or why there are none."""
    try:
        return detector.detect(aligned)
    except DetectorError as error:
        return str(error) or "the detector failed"
    except Exception:  # whatever one detector's code breaks on, the others' results stand
        logger.exception("detector %s failed", detector.info.name)
        return "the detector failed"


def _outcome(future: "Future[tuple[Detection, ...] | str]", deadline: float) -> tuple[Detection, ...] | str:
    try:
        return future.result(timeout=max(0.0, deadline - time.monotonic()))
    except FutureTimeoutError:
        future.cancel()
        return f"the detector took longer than {DETECTOR_TIMEOUT_S:.0f} s"


def _meaning(
    condition: Condition, detection: Detection | None, aligned: AlignedFace, info: DetectorInfo
) -> ConditionResult:
    if detection is None:
        return _without(condition, info, Status.UNAVAILABLE, "the detector gave no result")
    if detection.status in (Status.UNAVAILABLE, Status.WITHHELD):
        return _without(condition, info, detection.status, detection.reason or "the detector gave no reason")
    measures = detection.measures
    try:
        if condition is Condition.ACNE:
            measures = (*acne_measures(detection.findings, aligned.landmarks), *measures)
        severity = grade(condition, measures)
        score = receipt_for(condition, measures).score()
    except DetectorError as error:
        return _without(condition, info, Status.UNAVAILABLE, str(error))
    partial = partial_reason(aligned, condition)
    status = detection.status if partial is None else Status.DEGRADED
    reason = "; ".join(said for said in (partial, detection.reason) if said) or None
    return ConditionResult(
        condition,
        tuple(moved(finding, aligned.to_frame) for finding in detection.findings),
        info,
        severity,
        score,
        measures,
        status,
        reason if status is Status.OK else reason or "a lesser detector stood in",
    )


def _without(condition: Condition, info: DetectorInfo, status: Status, reason: str) -> ConditionResult:
    return ConditionResult(condition, (), info, status=status, reason=reason)


def _with_unique_ids(results: dict[Condition, ConditionResult]) -> dict[Condition, ConditionResult]:
    """Findings are told apart by their id all over a face, so an id that comes a second time gets its condition and a
    number."""
    seen: set[str] = set()
    unique = {}
    for condition, result in results.items():
        findings = []
        for number, finding in enumerate(result.findings, start=1):
            named = finding if finding.id not in seen else replace(finding, id=f"{condition}-{number}-{finding.id}")
            seen.add(named.id)
            findings.append(named)
        unique[condition] = replace(result, findings=tuple(findings))
    return unique


def moved(finding: Finding, matrix: NDArray[np.float64]) -> Finding:
    """The finding through a similarity (2, 3): AlignedFace.to_frame takes it to the frame, its inverse back. A box
    without an outline keeps its centre and its sides' lengths: the box around a turned box would grow with the tilt."""
    if finding.outline is not None:
        outline = _moved(finding.outline, matrix)
        return replace(finding, outline=outline, box=Box.around(outline))
    x, y = (float(value) for value in _moved(np.array([finding.box.centre], np.float32), matrix)[0])
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    width, height = finding.box.width * scale, finding.box.height * scale
    if abs(matrix[1, 0]) > abs(matrix[0, 0]):  # lying on its side
        width, height = height, width
    return replace(finding, box=Box(x - width / 2, y - height / 2, width, height))


def _moved(points: Points, matrix: NDArray[np.float64]) -> Points:
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
