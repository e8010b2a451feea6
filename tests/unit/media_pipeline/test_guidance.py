"""One instruction at a time: the most useful first, long enough to be read, none that flickers."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from media_pipeline.guidance import Guide, InstructionCode
from media_pipeline.quality import PRESETS, issues_of
from media_pipeline.types import Box, Face, Issue, Pose, Quality
from tests.unit.media_pipeline.looks import disc_face

Code = InstructionCode
AHEAD = Pose(0.0, 0.0, 0.0)
FPS = 10
GOOD: Mapping[str, float] = {
    "width": 640.0,
    "height": 480.0,
    "faces": 1.0,
    "face_px": 300.0,
    "face_ratio": 0.8,
    "face_fill": 0.6,
    "offset": 0.02,
    "outside": 0.0,
    "yaw": 1.0,
    "pitch": 1.0,
    "roll": 1.0,
    "light": 0.95,
    "clipped": 0.0,
    "eye_luma_gap": 0.02,
    "sharpness": 0.5,
}
# from where a face is in need of everything, each measure put right in the order in which it is told
BAD: Mapping[Code, Mapping[str, float]] = {
    Code.ONE_FACE: {"faces": 2.0},
    Code.COME_CLOSER: {"face_ratio": 0.3},
    Code.MOVE_LEFT: {"offset": 0.3},
    Code.TURN_RIGHT: {"yaw": 20.0},
    Code.MORE_LIGHT: {"light": 0.3},
    Code.FACE_LIGHT: {"eye_luma_gap": 0.4},
    Code.HOLD_STILL: {"sharpness": 0.1},
    Code.LARGER_VIDEO: {"face_px": 40.0},
}


def quality(**measures: float) -> Quality:
    merged = {**GOOD, **measures}
    found = issues_of(merged, PRESETS["moderate"])
    return Quality(tuple(issue for issue in Issue if issue in found), merged)


def face(x: float = 320.0, y: float = 240.0, pose: Pose = AHEAD) -> Face:
    return replace(disc_face(), box=Box(x - 100, y - 130, 200, 260), pose=pose)


def told(guide: Guide, seconds: float, said: Quality, seen: Face | None, *, start: float = 0.0) -> list[Code]:
    """What is told on each frame of a while."""
    return [guide.update(said, seen, start + n / FPS).code for n in range(round(seconds * FPS))]


def test_a_good_picture_is_good_at_once() -> None:
    assert Guide().update(quality(), face(), 5.0).code is Code.GOOD


def test_of_everything_that_is_wrong_the_most_useful_is_told_first() -> None:
    measures: dict[str, float] = {}
    for wrong in BAD.values():
        measures |= wrong
    guide, seen, at = Guide(), face(100, 240, Pose(20, 0, 0)), 0.0
    order = []
    for code, wrong in BAD.items():
        order.append(told(guide, 6, quality(**measures), seen, start=at)[-1])
        at += 6
        measures = {name: value for name, value in measures.items() if name not in wrong}
        if code is Code.MOVE_LEFT:
            seen = face(320, 240, Pose(20, 0, 0))
        if code is Code.TURN_RIGHT:
            seen = face()
    assert order == list(BAD)
    assert told(guide, 6, quality(), face(), start=at)[-1] is Code.GOOD


@pytest.mark.parametrize(
    ("x", "y", "pose", "measures", "code"),
    [
        # who appears on the left of an unmirrored picture must go to their own left
        (100, 240, AHEAD, {"offset": 0.34}, Code.MOVE_LEFT),
        (540, 240, AHEAD, {"offset": 0.34}, Code.MOVE_RIGHT),
        (320, 60, AHEAD, {"offset": 0.37}, Code.MOVE_DOWN),
        (320, 420, AHEAD, {"offset": 0.37}, Code.MOVE_UP),
        (320, 240, Pose(25, 5, 0), {"yaw": 25.0}, Code.TURN_RIGHT),
        (320, 240, Pose(-25, 5, 0), {"yaw": -25.0}, Code.TURN_LEFT),
        (320, 240, Pose(5, 25, 0), {"pitch": 25.0}, Code.CHIN_DOWN),
        (320, 240, Pose(5, -25, 0), {"pitch": -25.0}, Code.CHIN_UP),
        (320, 240, Pose(5, 0, 25), {"roll": 25.0}, Code.HEAD_UPRIGHT),
        (320, 240, Pose(5, 0, -92), {"roll": -92.0}, Code.TURN_UPRIGHT),
        (320, 240, Pose(5, 0, 178), {"roll": 178.0}, Code.TURN_UPRIGHT),
    ],
)
def test_directions_are_the_persons_own(
    x: float, y: float, pose: Pose, measures: Mapping[str, float], code: Code
) -> None:
    assert Guide().update(quality(**measures), face(x, y, pose), 0.0).code is code


def test_a_passing_reason_is_not_told() -> None:
    guide = Guide()
    told(guide, 3, quality(), face())
    assert told(guide, 0.2, quality(sharpness=0.1), face(), start=3) == [Code.GOOD] * 2
    assert Code.HOLD_STILL not in told(guide, 1, quality(), face(), start=3.2)


def test_a_face_lost_for_a_blink_is_not_missed_and_one_that_is_gone_is() -> None:
    guide, nobody = Guide(), Quality((Issue.NO_FACE,), {"width": 640.0, "height": 480.0, "faces": 0.0})
    told(guide, 3, quality(), face())
    said = told(guide, 1.2, nobody, None, start=3)
    assert said[:7] == [Code.GOOD] * 7
    assert said[-1] is Code.SHOW_FACE


def test_in_the_dark_the_light_comes_before_the_face() -> None:
    dark = Quality((Issue.NO_FACE, Issue.TOO_DARK), {"width": 640.0, "height": 480.0, "faces": 0.0})
    assert Guide().update(dark, None, 0.0).code is Code.MORE_LIGHT


def test_an_instruction_stays_long_enough_to_be_read() -> None:
    guide = Guide()
    guide.update(quality(face_ratio=0.3), face(), 0.0)
    assert told(guide, 1.2, quality(), face(), start=0.1).count(Code.COME_CLOSER) >= 11
    assert guide.update(quality(), face(), 1.4).code is Code.GOOD


def test_at_the_very_limit_nothing_flickers() -> None:
    guide, limit = Guide(), PRESETS["moderate"].least_face_ratio
    said = [
        guide.update(quality(face_ratio=limit * (0.99 if n % 7 < 6 else 1.02)), face(), n / FPS).code
        for n in range(200)
    ]
    assert set(said) == {Code.COME_CLOSER}
    cleared = told(guide, 2, quality(face_ratio=limit * 1.1), face(), start=20)
    assert cleared[-1] is Code.GOOD


def test_a_small_video_is_told_when_it_had_time_to_grow_and_goes_when_it_does() -> None:
    guide, small = Guide(), quality(face_px=80.0)
    said = told(guide, 8, small, face())
    assert Code.LARGER_VIDEO not in said[: 4 * FPS]
    assert said[-1] is Code.LARGER_VIDEO
    assert told(guide, 3, quality(), face(), start=8)[-1] is Code.GOOD


@pytest.mark.parametrize("fps", [3, 5, 30, 60])
def test_the_cameras_rate_changes_nothing(fps: int) -> None:
    guide = Guide()
    said = [guide.update(quality(light=0.3 if n > 2 * fps else 0.9), face(), n / fps).code for n in range(4 * fps)]
    first = said.index(Code.MORE_LIGHT) / fps
    assert 2.2 <= first <= 2.7 + 1 / fps


def test_since_tells_when_it_was_said_first() -> None:
    guide = Guide()
    for n in range(30):
        instruction = guide.update(quality(face_ratio=0.3), face(), 7 + n / FPS)
    assert instruction.since == 7.0


def test_another_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="preset must be one of"):
        Guide("sloppy")
