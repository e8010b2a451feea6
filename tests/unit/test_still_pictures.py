"""The pictures that go with a result are JPEGs without metadata, one crop for each finding."""

from collections.abc import Iterator
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from media_pipeline.drawing import CROP_SIDE, PICTURE_WIDTH
from media_pipeline.still import StillAnalyser, StillResult
from media_pipeline.still_pictures import encode_jpeg, still_pictures
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    DetectorInfo,
    Finding,
    Image,
    Measure,
    RegionName,
)


class TwoMarks:
    info = DetectorInfo("marks", "1", "none")
    conditions = (Condition.ROSACEA,)

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        marks = tuple(
            Finding(f"m{number}", Condition.ROSACEA, RegionName.NOSE, Box(300, 300 + 20 * number, 9, 9), confidence)
            for number, confidence in enumerate((0.4, 0.9))
        )
        return (Detection(Condition.ROSACEA, marks, (Measure("central_delta_a", 3.0, "da*"),)),)


@pytest.fixture(scope="module")
def result(hopper: Image) -> Iterator[StillResult]:
    analyser = StillAnalyser([TwoMarks()])
    yield analyser.analyse(np.asarray(cv2.resize(hopper, None, fx=1.5, fy=1.5), np.uint8))
    analyser.close()


def opened(data: bytes) -> Pillow.Image:
    picture = Pillow.open(BytesIO(data))
    picture.load()
    assert picture.format == "JPEG" and not picture.getexif()
    return picture


def test_every_picture_is_a_jpeg_of_the_promised_size(result: StillResult) -> None:
    pictures = still_pictures(result)
    assert opened(pictures.original).size == (result.analysis.width, result.analysis.height)
    assert opened(pictures.annotated).width == PICTURE_WIDTH
    assert opened(pictures.face).size == (result.aligned.size, result.aligned.size)
    assert {opened(crop).size for crop in pictures.crops.values()} == {(CROP_SIDE, CROP_SIDE)}
    assert opened(pictures.maps[Condition.ROSACEA]).size == (result.aligned.size, result.aligned.size)


def test_there_is_a_crop_for_each_finding_or_for_the_surest(result: StillResult) -> None:
    assert set(still_pictures(result).crops) == {"m0", "m1"}
    assert set(still_pictures(result, most_crops=1).crops) == {"m1"}


def test_maps_can_be_left_out(result: StillResult) -> None:
    assert still_pictures(result, maps=False).maps == {}


def test_colours_survive_the_encoding() -> None:
    rgb = np.full((64, 64, 3), (200, 90, 30), np.uint8)
    assert np.abs(np.asarray(opened(encode_jpeg(rgb))).astype(int) - rgb).max() < 6
