"""What is said of pictures that nothing was planted on: clear faces, portraits of known age, generated acne."""

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from media_pipeline.errors import DetectorError, PictureError
from media_pipeline.evaluation.examiner import Result, read_picture
from media_pipeline.still import StillAnalyser
from media_pipeline.types import Condition, Detector, Finding

__all__ = ["RealFace", "count_found", "read_acne", "read_clear", "read_portraits"]


MARKS_FILE = Path(__file__).with_name("acne_marks.json")  # x, y, radius px of each lesion on the pictures as they come


@dataclass(frozen=True, slots=True)
class RealFace:
    """results of one picture. birth_year of a portrait; wrinkle_density: what the wrinkle detector measures on it even
    where the picture is too small for a result (mm/cm2). marks: of a picture whose lesions were marked by eye, how many
    there are, how many of them were found, and how many findings of acne there are."""

    name: str
    refused: str | None
    results: dict[Condition, Result]
    birth_year: int | None = None
    wrinkle_density: float | None = None
    marks: tuple[int, int, int] | None = None


def read_clear(shared: Path, analyser: StillAnalyser) -> list[RealFace]:
    """The clear-skinned faces: every finding on them is one too many, give or take a mole."""
    return [_read(path, analyser) for path in sorted((shared / "faces" / "clear").glob("*.jpg"))]


def read_acne(shared: Path, analyser: StillAnalyser) -> list[RealFace]:
    """The generated pictures of acne, with what was found of the lesions that one engineer marked on them by eye."""
    known: dict[str, list[tuple[float, float, float]]] = json.loads(MARKS_FILE.read_text())
    faces = []
    for path in sorted((shared / "acne").iterdir()):
        if path.suffix in (".jpg", ".jpeg", ".png"):
            refused, results, findings, _ = read_picture(path.read_bytes(), lambda d: analyser.analyse(d).analysis)
            marks = known.get(path.stem, [])
            found = findings.get(Condition.ACNE, ())
            counted = (len(marks), count_found(marks, found), len(found)) if marks else None
            faces.append(RealFace(path.stem, refused, results, marks=counted))
    return faces


def count_found(marks: Sequence[tuple[float, float, float]], findings: Sequence[Finding]) -> int:
    """How many marks (x, y, radius px) have a finding of their own whose centre lies within 1.2 radii, or within 0.4 of
    the finding's longer side; the surest finding chooses first."""
    free = list(marks)
    for finding in sorted(findings, key=lambda one: -one.confidence):
        x, y = finding.box.centre
        reach = 0.4 * max(finding.box.width, finding.box.height)
        near = min(free, key=lambda mark: math.hypot(mark[0] - x, mark[1] - y), default=None)
        if near is not None and math.hypot(near[0] - x, near[1] - y) <= max(1.2 * near[2], reach):
            free.remove(near)
    return len(marks) - len(free)


def read_portraits(shared: Path, analyser: StillAnalyser, detectors: Sequence[Detector]) -> list[RealFace]:
    """The portraits with their people's years of birth, numbered and not named."""
    folder = shared / "faces" / "portraits"
    lines = next(one for one in detectors if Condition.WRINKLES in one.conditions)
    with (folder / "sources.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [_read(folder / row["file"], analyser, int(row["birth_year"]), lines) for row in rows]


def _read(
    path: Path, analyser: StillAnalyser, birth_year: int | None = None, lines: Detector | None = None
) -> RealFace:
    picture = path.read_bytes()
    refused, results, _, _ = read_picture(picture, lambda data: analyser.analyse(data).analysis)
    density = None
    if lines is not None and refused is None:
        density = _density(picture, analyser, lines)
    return RealFace(path.stem, refused, results, birth_year, density)


def _density(picture: bytes, analyser: StillAnalyser, lines: Detector) -> float | None:
    try:
        found = lines.detect(analyser.analyse(picture).aligned)
    except (PictureError, DetectorError):
        return None
    measures = {measure.name: measure.value for one in found for measure in one.measures}
    return measures.get("wrinkle_density")
