"""Runs the whole evaluation: scenes shared out to processes, real faces, and every reading brought back."""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2

from media_pipeline.detectors.registry import build_detectors
from media_pipeline.evaluation.examiner import Reading, examine_scene, find_subjects
from media_pipeline.evaluation.real_faces import RealFace, read_acne, read_clear, read_portraits
from media_pipeline.evaluation.scenes import (
    DISTURBANCES,
    SMALL_CHANGES,
    Scene,
    disturbed_scenes,
    repeat_scenes,
    tone_scenes,
)
from media_pipeline.evaluation.subjects import HELD_OUT, load_subjects
from media_pipeline.still import StillAnalyser

__all__ = ["Plan", "Readings", "full_plan", "quick_plan", "run", "run_scenes"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be photographed."""

    tones: tuple[Scene, ...]
    disturbed: tuple[Scene, ...]
    repeats: tuple[Scene, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything that was read. The real faces are empty where the folder of real inputs is not there."""

    tones: list[Reading]
    disturbed: list[Reading]
    repeats: list[Reading]
    clear: list[RealFace]
    portraits: list[RealFace]
    acne: list[RealFace]
    seconds: float


def full_plan(shared: Path | None) -> Plan:
    """What `make evaluate` photographs: with the folder of real inputs five clear faces and a portrait, else the
    portrait alone."""
    names = [name for name, _, _ in load_subjects(shared)]
    clear = names[1:] or names
    return Plan(
        tones=tuple(tone_scenes(clear, smooth=clear[-1:])),
        disturbed=(
            *disturbed_scenes(clear[:1], ["light"], DISTURBANCES),
            *disturbed_scenes(clear[-2:-1] or clear, ["brown"], DISTURBANCES),
        ),
        repeats=tuple(repeat_scenes(names, clear[:2], SMALL_CHANGES)),
    )


def quick_plan(shared: Path | None) -> Plan:
    """Half of it, for a look between changes: two heads that the acne model's training did not draw on, one of them
    also with procedural skin, one head under every disturbance, and conditions planted on one for repeatability."""
    names = [name for name, _, _ in load_subjects(shared)]
    held_out = [name for name in names if name in HELD_OUT] or names
    return Plan(
        tones=(*tone_scenes(held_out, smooth=[]), *tone_scenes([], smooth=held_out[-1:], severities=(3,))),
        disturbed=tuple(disturbed_scenes(held_out[:1], ["tan"], DISTURBANCES)),
        repeats=tuple(repeat_scenes(names, held_out[-1:], SMALL_CHANGES)),
    )


def run(plan: Plan, shared: Path | None, workers: int) -> Readings:
    """All of it, in `workers` processes; 0: in this one."""
    began = time.perf_counter()
    parts = (plan.tones, plan.disturbed, plan.repeats)
    if workers == 0:
        tones, disturbed, repeats = (run_scenes(part, shared) for part in parts)
        clear, portraits, acne = _read_real_faces(shared)
        return Readings(tones, disturbed, repeats, clear, portraits, acne, time.perf_counter() - began)
    pieces = 3 * workers  # more than workers, so that none waits long for the last
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        running = [
            [pool.submit(run_scenes, part[start::pieces], shared) for start in range(min(pieces, len(part)))]
            for part in parts
        ]
        real = pool.submit(_read_real_faces, shared)
        tones, disturbed, repeats = ([reading for one in part for reading in one.result()] for part in running)
        clear, portraits, acne = real.result()
    return Readings(tones, disturbed, repeats, clear, portraits, acne, time.perf_counter() - began)


def run_scenes(scenes: Sequence[Scene], shared: Path | None) -> list[Reading]:
    """The readings of some scenes, in this process."""
    if not scenes:
        return []
    subjects = find_subjects(shared)
    analyser = StillAnalyser(build_detectors())
    try:
        return [
            reading
            for scene in scenes
            for reading in examine_scene(scene, subjects, lambda jpeg: analyser.analyse(jpeg).analysis)
        ]
    finally:
        analyser.close()


def _read_real_faces(shared: Path | None) -> tuple[list[RealFace], list[RealFace], list[RealFace]]:
    if shared is None:
        return [], [], []
    detectors = build_detectors()
    analyser = StillAnalyser(detectors)
    try:
        return read_clear(shared, analyser), read_portraits(shared, analyser, detectors), read_acne(shared, analyser)
    finally:
        analyser.close()
