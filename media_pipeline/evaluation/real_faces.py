"""What is said of pictures that nothing was planted on: clear faces, portraits of known age, generated acne."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from media_pipeline.errors import DetectorError, PictureError
from media_pipeline.evaluation.examiner import Result, read_picture
from media_pipeline.still import StillAnalyser
from media_pipeline.types import Condition, Detector

__all__ = ["RealFace", "read_acne", "read_clear", "read_portraits"]


@dataclass(frozen=True, slots=True)
class RealFace:
    """results of one picture. birth_year of a portrait; wrinkle_density: what the wrinkle detector measures on it even
    where the picture is too small for a result (mm/cm2)."""

    name: str
    refused: str | None
    results: dict[Condition, Result]
    birth_year: int | None = None
    wrinkle_density: float | None = None


def read_clear(shared: Path, analyser: StillAnalyser) -> list[RealFace]:
    """The clear-skinned faces: every finding on them is one too many, give or take a mole."""
    return [_read(path, analyser) for path in sorted((shared / "faces" / "clear").glob("*.jpg"))]


def read_acne(shared: Path, analyser: StillAnalyser) -> list[RealFace]:
    """The generated pictures of acne."""
    return [_read(path, analyser) for path in sorted((shared / "acne").iterdir()) if path.suffix in (".jpg", ".png")]


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
