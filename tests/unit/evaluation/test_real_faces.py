from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from media_pipeline.detectors.registry import build_detectors
from media_pipeline.evaluation.real_faces import count_found, read_acne, read_clear, read_portraits
from media_pipeline.still import StillAnalyser
from media_pipeline.types import Box, Condition, Detector, Finding, RegionName

DETECTORS = build_detectors()


@pytest.fixture(scope="module")
def analyser() -> Iterator[StillAnalyser]:
    analyser = StillAnalyser(DETECTORS)
    yield analyser
    analyser.close()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as the real inputs are, with the package portrait in every part of it."""
    folder = tmp_path_factory.mktemp("data")
    portrait = Path(str(files("matplotlib") / "mpl-data" / "sample_data" / "grace_hopper.jpg")).read_bytes()
    for part in ("faces/clear", "faces/portraits", "acne"):
        (folder / part).mkdir(parents=True)
        (folder / part / "one.jpg").write_bytes(portrait)
    (folder / "acne" / "two.jpg").write_bytes(b"not a picture")
    (folder / "acne" / "notes.txt").write_text("not looked at")
    (folder / "faces" / "portraits" / "sources.csv").write_text("file,birth_year,source\none.jpg,1906,somewhere\n")
    return folder


def test_every_condition_is_read_on_a_clear_face(inputs: Path, analyser: StillAnalyser) -> None:
    (face,) = read_clear(inputs, analyser)
    assert face.refused is None
    assert set(face.results) == set(Condition)


def test_a_portrait_has_its_birth_year_and_its_wrinkles_measured(inputs: Path, analyser: StillAnalyser) -> None:
    detectors: tuple[Detector, ...] = DETECTORS
    (face,) = read_portraits(inputs, analyser, detectors)
    assert face.birth_year == 1906
    assert face.wrinkle_density is not None
    assert face.wrinkle_density > 0


def test_a_picture_that_cannot_be_read_is_listed_as_refused(inputs: Path, analyser: StillAnalyser) -> None:
    one, two = read_acne(inputs, analyser)
    assert one.refused is None
    assert two.refused is not None
    assert two.results == {}


def test_a_mark_is_found_by_one_finding_at_its_place() -> None:
    def finding(x: float, y: float) -> Finding:
        return Finding("acne-1", Condition.ACNE, RegionName.CHIN, Box(x - 5, y - 5, 10, 10), 0.8)

    marks = [(100.0, 100.0, 10.0), (200.0, 100.0, 10.0), (300.0, 100.0, 10.0)]
    assert count_found(marks, [finding(108, 100), finding(104, 104), finding(250, 100)]) == 1
    assert count_found(marks, []) == 0
