"""Findings are drawn where they are, in colours that show on any skin, with a legend that says what is not judged."""

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.drawing import COLOURS, CROP_SIDE, PICTURE_WIDTH, annotated_picture, condition_map, finding_crop
from media_pipeline.types import (
    AlignedFace,
    Analysis,
    Box,
    Condition,
    ConditionResult,
    DetectorInfo,
    Face,
    Finding,
    Image,
    Pose,
    Quality,
    Region,
    RegionName,
    Score,
    Severity,
    Status,
)

DETECTOR = DetectorInfo("test", "1", "none")
LIGHT_SKIN, DARK_SKIN = (232, 200, 180), (58, 38, 30)


def plain(colour: tuple[int, int, int], width: int = 800, height: int = 600) -> Image:
    return np.full((height, width, 3), colour, np.uint8)


def finding(condition: Condition, box: Box, outline: object = None, confidence: float = 0.8) -> Finding:
    points = None if outline is None else np.array(outline, np.float32)
    return Finding("f", condition, RegionName.NOSE, box, confidence, outline=points)


def judged(condition: Condition, *findings: Finding) -> ConditionResult:
    return ConditionResult(condition, findings, DETECTOR, Severity(1, "mild", "a scale"), Score(70, 60, 80, "x/1"))


def withheld(condition: Condition, reason: str) -> ConditionResult:
    return ConditionResult(condition, (), DETECTOR, status=Status.WITHHELD, reason=reason)


def analysis(rgb: Image, *results: ConditionResult, box: Box | None = None) -> Analysis:
    face = None
    if box is not None:
        landmarks = np.full((478, 3), 300, np.float32)
        face = Face(box, landmarks, Pose(0, 0, 0), 1.0)
    height, width = rgb.shape[:2]
    return Analysis(width, height, face, Quality(), conditions={result.condition: result for result in results})


def near(rgb: Image, colour: tuple[int, int, int], tolerance: int = 40) -> NDArray[np.bool_]:
    difference = np.abs(rgb.astype(np.int16) - np.array(colour, np.int16)).max(axis=2)
    return np.asarray(difference <= tolerance, np.bool_)


@pytest.fixture
def aligned() -> AlignedFace:
    size = 200
    return AlignedFace(
        rgb=plain(LIGHT_SKIN, size, size),
        landmarks=np.full((478, 2), 100, np.float32),
        regions=(Region(RegionName.NOSE, np.array([[0, 0], [9, 0], [9, 9]], np.float32)),),
        skin=np.ones((size, size), np.bool_),
        to_frame=np.array([[2.0, 0, 100], [0, 2.0, 50]]),
        px_per_mm=2.0,
        source_px_per_mm=4.0,
        pose=Pose(0, 0, 0),
        quality=Quality(),
    )


@pytest.mark.parametrize("skin", [LIGHT_SKIN, DARK_SKIN])
@pytest.mark.parametrize("condition", list(Condition))
def test_a_finding_shows_on_light_and_on_dark_skin_with_a_dark_rim(
    condition: Condition, skin: tuple[int, int, int]
) -> None:
    rgb = plain(skin)
    outline = [[380, 280], [420, 280], [420, 330]]
    drawn = annotated_picture(rgb, analysis(rgb, judged(condition, finding(condition, Box(380, 280, 40, 50), outline))))
    scale = PICTURE_WIDTH / 800
    around = drawn[int(260 * scale) : int(350 * scale), int(360 * scale) : int(440 * scale)]
    assert near(around, COLOURS[condition]).sum() > 100
    assert near(around, (16, 16, 20), 20).sum() > 100


def test_the_conditions_colours_can_be_told_apart() -> None:
    lab = {
        condition: cv2.cvtColor(np.array([[colour]], np.float32) / 255, cv2.COLOR_RGB2LAB)[0, 0]
        for condition, colour in COLOURS.items()
    }
    assert set(lab) == set(Condition)
    for one, other in combinations(lab.values(), 2):
        assert np.linalg.norm(one - other) > 25


def test_the_page_shows_a_condition_in_the_pictures_colour() -> None:
    static = Path(__file__).resolve().parents[2] / "static"
    overlay, style = (static / "overlay.js").read_text(), (static / "page.css").read_text()
    for condition, (red, green, blue) in COLOURS.items():
        colour = f"#{red:02x}{green:02x}{blue:02x}"
        assert f'{condition.value}: "{colour}"' in overlay
        assert f'[data-condition="{condition.value}"] {{ --condition: {colour}; }}' in style


def test_the_picture_is_as_wide_as_promised_whatever_the_camera_gave() -> None:
    for width, height in ((320, 240), (3000, 4000)):
        rgb = plain(LIGHT_SKIN, width, height)
        drawn = annotated_picture(rgb, analysis(rgb, judged(Condition.ACNE)))
        assert drawn.shape[1] == PICTURE_WIDTH and drawn.dtype == np.uint8


def test_the_head_fills_the_picture() -> None:
    rgb = plain((10, 10, 200), 4000, 3000)
    rgb[1000:1400, 2000:2300] = LIGHT_SKIN
    drawn = annotated_picture(rgb, analysis(rgb, judged(Condition.ACNE), box=Box(2000, 1000, 300, 400)))
    assert near(drawn, LIGHT_SKIN, 10).mean() > 0.2


def test_what_is_not_judged_has_no_colour_and_takes_room_for_its_reason() -> None:
    rgb = plain((128, 128, 128))
    short = annotated_picture(rgb, analysis(rgb, withheld(Condition.ACNE, "blurred")))
    long = annotated_picture(rgb, analysis(rgb, withheld(Condition.ACNE, "the reason is long " * 8)))
    assert not near(short, COLOURS[Condition.ACNE]).any()
    assert long.shape[0] > short.shape[0]


def test_the_legend_has_a_row_for_every_condition() -> None:
    rgb = plain((128, 128, 128))
    heights = [
        annotated_picture(rgb, analysis(rgb, *(judged(condition) for condition in list(Condition)[:count]))).shape[0]
        for count in (0, 1, 7)
    ]
    assert heights[2] - heights[0] == 7 * (heights[1] - heights[0]) > 0


def test_findings_over_the_edge_are_drawn_as_far_as_they_are_seen() -> None:
    rgb = plain(LIGHT_SKIN)
    shapes = [
        judged(Condition.ECZEMA, finding(Condition.ECZEMA, Box(-50, -50, 90, 90), [[-50, -50], [40, -50], [40, 40]])),
        judged(
            Condition.ROSACEA, finding(Condition.ROSACEA, Box(900, 700, 9, 9), [[900, 700], [909, 700], [909, 709]])
        ),
        judged(Condition.ACNE, finding(Condition.ACNE, Box(795, 595, 10, 10))),
        judged(Condition.WRINKLES, finding(Condition.WRINKLES, Box(0, 300, 90, 1), [[-30, 300], [60, 301]])),
    ]
    assert annotated_picture(rgb, analysis(rgb, *shapes)).shape[1] == PICTURE_WIDTH


def test_the_callers_picture_is_left_alone() -> None:
    rgb = plain(LIGHT_SKIN, PICTURE_WIDTH, 600)
    annotated_picture(rgb, analysis(rgb, judged(Condition.ACNE, finding(Condition.ACNE, Box(300, 300, 40, 40)))))
    assert (rgb == LIGHT_SKIN).all()


def test_a_crop_is_centred_on_its_finding_even_at_the_edge() -> None:
    rgb = plain(LIGHT_SKIN)
    rgb[98:103, 198:203] = (200, 30, 30)
    crop = finding_crop(rgb, finding(Condition.ACNE, Box(198, 98, 5, 5)), face_width=300)
    assert crop.shape == (CROP_SIDE, CROP_SIDE, 3)
    ys, xs = np.nonzero(near(crop, (200, 30, 30)))
    assert abs(ys.mean() - CROP_SIDE / 2) < 5 and abs(xs.mean() - CROP_SIDE / 2) < 5
    assert finding_crop(rgb, finding(Condition.ACNE, Box(-4, -4, 5, 5)), face_width=300).shape == crop.shape


def test_a_map_is_lit_where_the_detector_answers(aligned: AlignedFace) -> None:
    response = np.zeros((200, 200), np.float32)
    response[50:80, 50:80] = 1
    drawn = condition_map(aligned, judged(Condition.ACNE), response)
    assert drawn.shape == aligned.rgb.shape
    saturation = np.ptp(drawn.astype(int), axis=2)
    assert saturation[55:75, 55:75].min() > 60 and saturation[120:, 120:].max() < 8


def test_without_a_response_the_map_shows_the_findings(aligned: AlignedFace) -> None:
    square = [[200, 150], [260, 150], [260, 210], [200, 210]]
    line = [[300, 300], [400, 300]]
    patch = condition_map(aligned, judged(Condition.ECZEMA, finding(Condition.ECZEMA, Box(200, 150, 60, 60), square)))
    assert np.ptp(patch[65, 65].astype(int)) > 40 and np.ptp(patch[150, 150].astype(int)) < 8
    lines = condition_map(aligned, judged(Condition.WRINKLES, finding(Condition.WRINKLES, Box(300, 300, 100, 1), line)))
    assert np.ptp(lines[125, 125].astype(int)) > 40 and np.ptp(lines[140, 125].astype(int)) < 8
