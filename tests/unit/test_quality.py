"""A good picture passes the gate; altered in one respect it gets the one code that says so."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_pipeline.colour import to_linear, to_srgb
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.quality import PRESETS, assess
from media_pipeline.types import Face, Frame, Image, Issue, Quality


@pytest.fixture(scope="module")
def tracker() -> FaceTracker:
    return FaceTracker(static=True)


@pytest.fixture(scope="module")
def good(tracker: FaceTracker, hopper: Image) -> Image:
    """A portrait cut so that the face takes seven tenths of its width: 359 x 269 px, face 188 px wide."""
    return _cut(tracker, hopper, 0.7)


def _cut(tracker: FaceTracker, rgb: Image, ratio: float) -> Image:
    (face,) = tracker.track(Frame(rgb))
    width = face.box.width / ratio
    height = width / 0.75
    x, y = face.box.centre
    left, top = max(0, int(x - width / 2)), max(0, int(y - height / 2))
    return np.ascontiguousarray(rgb[top : int(y + height / 2), left : int(x + width / 2)])


def _issues(tracker: FaceTracker, rgb: Image, preset: str = "moderate") -> tuple[Issue, ...]:
    return _quality(tracker, rgb, preset).issues


def _quality(tracker: FaceTracker, rgb: Image, preset: str = "moderate") -> Quality:
    frame = Frame(rgb)
    return assess(frame, tracker.track(frame), preset)


def _framed(rgb: Image, top: float, bottom: float, left: float, right: float) -> Image:
    """The picture with a border of these shares of its sides, its edge going on."""
    height, width = rgb.shape[:2]
    sides = (int(top * height), int(bottom * height), int(left * width), int(right * width))
    return np.asarray(cv2.copyMakeBorder(rgb, *sides, cv2.BORDER_REPLICATE), np.uint8)


def _lit(rgb: Image, light: float | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Image:
    return to_srgb(to_linear(rgb) * light)


def _tilted(rgb: Image) -> Image:
    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 17, 1)
    return np.asarray(cv2.warpAffine(rgb, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _lit_from_one_side(rgb: Image) -> Image:
    return _lit(rgb, np.linspace(1.0, 0.02, rgb.shape[1])[None, :, None])


def _too_close(rgb: Image) -> Image:
    return np.ascontiguousarray(rgb[76:-76, 46:-46])


ALTERED: dict[Issue, Callable[[Image], Image]] = {
    Issue.NO_FACE: lambda rgb: np.full_like(rgb, 128),
    Issue.VIDEO_TOO_SMALL: lambda rgb: np.asarray(
        cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
    ),
    Issue.TOO_FAR: lambda rgb: _framed(rgb, 0.2, 0.2, 0.2, 0.2),
    Issue.TOO_CLOSE: _too_close,
    Issue.OFF_CENTRE: lambda rgb: _framed(rgb, 0, 0, 0.0, 1.0),
    Issue.LOOK_STRAIGHT: _tilted,
    Issue.TOO_DARK: lambda rgb: _lit(rgb, 0.12),
    Issue.TOO_BRIGHT: lambda rgb: _lit(rgb, 4.0),
    Issue.UNEVEN_LIGHT: _lit_from_one_side,
    Issue.BLURRED: lambda rgb: np.asarray(cv2.GaussianBlur(rgb, (0, 0), 5), np.uint8),
}


def test_a_good_picture_passes_relaxed_and_moderate(tracker: FaceTracker, good: Image) -> None:
    assert _issues(tracker, good, "relaxed") == ()
    assert _issues(tracker, good, "moderate") == ()
    larger = np.asarray(cv2.resize(good, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    assert _issues(tracker, larger) == ()


def test_strict_passes_a_large_near_straight_face(tracker: FaceTracker, hopper: Image) -> None:
    larger = np.asarray(cv2.resize(hopper, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    assert _issues(tracker, _cut(tracker, larger, 0.85), "strict") == ()


@pytest.mark.parametrize("issue", ALTERED)
def test_a_picture_altered_in_one_respect_gets_that_code_alone(tracker: FaceTracker, good: Image, issue: Issue) -> None:
    assert _issues(tracker, np.ascontiguousarray(ALTERED[issue](good))) == (issue,)


def test_two_people_are_several_faces(tracker: FaceTracker, good: Image, astronaut: Image) -> None:
    other = _cut(tracker, astronaut, 0.6)
    other = np.asarray(cv2.resize(other, (good.shape[1], good.shape[0]), interpolation=cv2.INTER_CUBIC), np.uint8)
    both = np.ascontiguousarray(np.hstack([np.full_like(good, 90), good, other]))
    faces = tracker.track(Frame(both))
    assert len(faces) == 2
    first = min(faces, key=lambda face: abs(face.box.centre[0] - both.shape[1] / 2))
    second = next(face for face in faces if face is not first)
    assert assess(Frame(both), (first, second), "moderate").issues == (Issue.SEVERAL_FACES,)


def test_a_small_face_in_the_background_is_no_second_person(tracker: FaceTracker, good: Image) -> None:
    (face,) = tracker.track(Frame(good))
    x, y = face.box.centre
    landmarks = ((face.landmarks - (x, y, 0)) * 0.3 + (30, 30, 0)).astype(np.float32)
    small = type(face.box)(30, 30, face.box.width * 0.3, face.box.height * 0.3)
    bystander = Face(small, landmarks, face.pose, 0.9)
    assert assess(Frame(good), (face, bystander), "moderate").issues == ()


def test_turned_and_nodding_heads_are_told_to_look_straight(tracker: FaceTracker, shared_data: Path) -> None:
    for name in ("woman_0003_f2.jpg", "woman_0077_f1.jpg", "woman_0107_b0.jpg"):  # yaw 20, yaw 27, pitch -13
        bgr = cv2.imread(str(shared_data / "faces" / "clear" / name))
        assert bgr is not None
        turned = _cut(tracker, np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8), 0.72)
        assert Issue.LOOK_STRAIGHT in _issues(tracker, turned), name


def test_movement_shows_as_blur(tracker: FaceTracker, good: Image) -> None:
    for kernel in ((19, 1), (1, 19)):  # a tenth of the face's width
        assert _issues(tracker, np.asarray(cv2.blur(good, kernel), np.uint8)) == (Issue.BLURRED,)


def test_noise_is_no_sharpness(tracker: FaceTracker, good: Image) -> None:
    blurred = cv2.GaussianBlur(good, (0, 0), 5).astype(float)
    noisy = blurred + np.random.default_rng(4).normal(scale=4, size=good.shape)
    assert Issue.BLURRED in _issues(tracker, np.clip(noisy, 0, 255).astype(np.uint8))


def test_a_dark_room_is_named_even_where_no_face_can_be_found() -> None:
    black = Frame(np.full((360, 640, 3), 4, np.uint8))
    assert assess(black, (), "moderate").issues == (Issue.NO_FACE, Issue.TOO_DARK)


def test_a_stricter_preset_never_finds_less(tracker: FaceTracker, good: Image) -> None:
    pictures = [np.ascontiguousarray(alter(good)) for alter in ALTERED.values()]
    for picture in (*pictures, _lit(good, 0.35), _framed(good, 0.1, 0.1, 0.1, 0.1)):
        frame = Frame(picture)
        faces = tracker.track(frame)
        relaxed, moderate, strict = (set(assess(frame, faces, preset).issues) for preset in PRESETS)
        assert relaxed <= moderate <= strict


def test_one_light_is_judged_alike_on_every_skin(tracker: FaceTracker, shared_data: Path) -> None:
    """Twenty portraits lit by professionals, typology angles -34 to 41: none is too dark or too bright."""
    for path in sorted((shared_data / "faces" / "portraits").glob("*.jpg")):
        bgr = cv2.imread(str(path))
        assert bgr is not None
        issues = _issues(tracker, np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8))
        assert not {Issue.TOO_DARK, Issue.TOO_BRIGHT, Issue.BLURRED} & set(issues), path.name


def test_issues_come_in_the_order_worth_telling(tracker: FaceTracker, good: Image) -> None:
    bad = _lit(_framed(_tilted(good), 0.3, 0.3, 0.3, 0.3), 0.12)
    issues = _issues(tracker, bad)
    assert len(issues) >= 3
    assert list(issues) == [issue for issue in Issue if issue in issues]


def test_an_unknown_preset_is_refused(good: Image) -> None:
    with pytest.raises(ValueError, match="relaxed, moderate, strict"):
        assess(Frame(good), (), "generous")


@settings(max_examples=40, deadline=None)
@given(x=st.floats(-600, 900), y=st.floats(-600, 900), scale=st.floats(0.02, 20))
def test_a_face_anywhere_is_assessed_without_fail(
    tracker: FaceTracker, good: Image, x: float, y: float, scale: float
) -> None:
    (face,) = tracker.track(Frame(good))
    landmarks = (face.landmarks * scale + (x, y, 0)).astype(np.float32)
    box = type(face.box)(
        face.box.x * scale + x, face.box.y * scale + y, face.box.width * scale, face.box.height * scale
    )
    quality = assess(Frame(good), (Face(box, landmarks, face.pose, 0.9),), "moderate")
    assert all(np.isfinite(value) for value in quality.measures.values())
