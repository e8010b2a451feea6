import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from api.examiner import Examiner
from api.still_report import report_draft
from media_pipeline.detectors.registry import build_detectors
from media_pipeline.errors import PictureError
from media_pipeline.still import StillAnalyser
from media_pipeline.still_pictures import encode_jpeg
from media_pipeline.types import Condition, Status
from tests.unit.api.service_fixture import day, picture


def test_a_portrait_comes_back_with_findings_that_lie_on_its_face_image(hopper: NDArray[np.uint8]) -> None:
    large = cv2.resize(hopper, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC)
    stages: list[str] = []
    analyser = StillAnalyser(build_detectors())
    try:
        still = Examiner(analyser)(encode_jpeg(np.asarray(large, np.uint8)), stages.append)
        pixels = np.asarray(large, np.uint8)
        burst = Examiner(analyser)((pixels, np.roll(pixels, 2, axis=1), pixels[:40, :40]), lambda stage: None)
        with pytest.raises(PictureError) as refused:
            Examiner(analyser)(picture(), lambda stage: None)
    finally:
        analyser.close()
    assert refused.value.code == "no_face"
    assert burst.burst is not None and burst.burst.used == 2
    assert burst.analysis.conditions is burst.burst.conditions
    kept = report_draft(burst, day(1), "capture", "hopper")
    for record in kept.conditions:
        if record.score is None:
            continue
        for measure, known in kept.extra["burst"]["terms"][record.condition].items():
            (value,) = (one["value"] for one in record.measures if one["name"] == measure)
            assert value == pytest.approx(np.median(known["values"]), abs=2e-4)
    assert (stages[0], stages[-1]) == ("decode", "draw")
    for data in (still.original, still.processed, still.face, *still.crops.values()):
        opened = Image.open(io.BytesIO(data))
        opened.load()
        assert opened.format == "JPEG" and not opened.getexif()
    assert Image.open(io.BytesIO(still.face)).size == still.face_size
    draft = report_draft(still, day(1), "upload", "hopper")
    assert {record.condition for record in draft.conditions} <= {condition.value for condition in Condition}
    judged = [record for record in draft.conditions if record.status == Status.OK]
    assert judged and all(record.score is not None for record in judged)
    entries = [entry for record in draft.conditions for entry in record.findings]
    assert entries and len({entry["id"] for entry in entries}) == len(entries)
    width, height = still.face_size
    for entry in entries:
        assert -0.05 * width <= entry["x"] <= 1.05 * width and -0.05 * height <= entry["y"] <= 1.05 * height
