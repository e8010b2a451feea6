from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from media_pipeline.alignment import align
from media_pipeline.detectors.yolo import (
    YoloAcneDetector,
    calibrated,
    count,
    kind_of,
    load_acne_detector,
    region_at,
    square_around_skin,
    taken_in,
)
from media_pipeline.errors import ModelError
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Finding,
    Frame,
    Image,
    Pose,
    Quality,
    Region,
    RegionName,
)
from tests.unit.detectors.planting import HAEMOGLOBIN, absorb, disc, plain
from tests.unit.detectors.red_dot_network import write_red_dot_network

SIZE = 128
SQUARES = {  # left, top, right, bottom; the person's left is on the picture's right
    RegionName.FOREHEAD: (16, 0, 112, 32),
    RegionName.RIGHT_CHEEK: (0, 48, 48, 96),
    RegionName.NOSE: (48, 48, 80, 80),
    RegionName.LEFT_CHEEK: (80, 48, 128, 96),
    RegionName.CHIN: (32, 104, 96, 128),
}


def drawn_face(rgb: Image | None = None, skin: np.ndarray | None = None) -> AlignedFace:
    landmarks = np.full((478, 2), 64, np.float32)
    landmarks[:, 1] = np.linspace(0, SIZE, 478)
    return AlignedFace(
        rgb=np.full((SIZE, SIZE, 3), 90, np.uint8) if rgb is None else rgb,
        landmarks=landmarks,
        regions=tuple(
            Region(name, np.array([(a, b), (c, b), (c, d), (a, d)], np.float32))
            for name, (a, b, c, d) in SQUARES.items()
        ),
        skin=np.ones((SIZE, SIZE), np.bool_) if skin is None else skin,
        to_frame=np.eye(2, 3),
        px_per_mm=2.0,
        source_px_per_mm=2.0,
        pose=Pose(0, 0, 0),
        quality=Quality(),
    )


def with_dots(*cells: tuple[int, int]) -> Image:
    """Red squares of 8 px at those x, y."""
    rgb = np.full((SIZE, SIZE, 3), 90, np.uint8)
    for x, y in cells:
        rgb[y : y + 8, x : x + 8, 0] = 255
    return rgb


def lesion(kind: str | None) -> Finding:
    return Finding("a", Condition.ACNE, RegionName.NOSE, Box(60, 60, 4, 4), 0.9, kind=kind)


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> YoloAcneDetector:
    folder = tmp_path_factory.mktemp("red")
    return YoloAcneDetector(write_red_dot_network(folder / "red.onnx", ("Papules", "mole")))


def test_a_lesion_is_reported_with_place_kind_and_size(detector: YoloAcneDetector) -> None:
    (detection,) = detector.detect(drawn_face(with_dots((96, 64))))
    (finding,) = detection.findings
    assert detection.condition is Condition.ACNE
    assert (finding.region, finding.kind) == (RegionName.LEFT_CHEEK, "papule")
    assert finding.box == Box(92, 60, 16, 16)
    assert finding.measures[0].name == "diameter" and finding.measures[0].value == pytest.approx(8.0)
    assert detection.response is not None and detection.response[68, 100] == pytest.approx(finding.confidence, abs=0.05)
    assert detection.response[20, 20] == 0


def test_clear_skin_gives_no_finding_and_zero_counts(detector: YoloAcneDetector) -> None:
    (detection,) = detector.detect(drawn_face())
    assert detection.findings == ()
    assert {measure.value for measure in detection.measures} == {0}


def test_what_is_not_on_bare_skin_is_dropped(detector: YoloAcneDetector) -> None:
    skin = np.ones((SIZE, SIZE), np.bool_)
    skin[60:80, 90:110] = False
    (detection,) = detector.detect(drawn_face(with_dots((96, 64), (16, 64)), skin))
    assert [finding.region for finding in detection.findings] == [RegionName.RIGHT_CHEEK]


def test_a_face_without_any_bare_skin_gives_nothing(detector: YoloAcneDetector) -> None:
    (detection,) = detector.detect(drawn_face(with_dots((96, 64)), np.zeros((SIZE, SIZE), np.bool_)))
    assert detection.findings == ()


def test_a_lesion_between_regions_goes_to_the_nearest() -> None:
    assert region_at((64, 100), drawn_face()) is RegionName.CHIN
    assert region_at((4, 40), drawn_face()) is RegionName.RIGHT_CHEEK


def test_marks_are_counted_apart_from_lesions() -> None:
    kinds = ("papule", "nodule", None, "pustule", "comedone", "mark", "mark")
    seen = {measure.name: measure.value for measure in count([lesion(kind) for kind in kinds])}
    assert seen == {"lesions": 5, "comedones": 1, "papules": 1, "pustules": 1, "nodules": 1, "marks": 2}


def test_several_threads_get_the_same_answer(detector: YoloAcneDetector) -> None:
    faces = [drawn_face(with_dots(*((16 + 8 * n, 56) for n in range(0, 2 * k, 2)))) for k in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda face: len(detector.detect(face)[0].findings), faces * 6))
    assert counts == [1, 2, 3, 4] * 6


def test_a_model_of_other_things_is_refused_with_its_classes(tmp_path: Path) -> None:
    names = [f"thing {n}" for n in range(20)]
    path = write_red_dot_network(tmp_path / "things.onnx", names)
    with pytest.raises(ModelError, match=r"does not detect acne: its classes are thing 0, .*thing 11 and 8 more"):
        YoloAcneDetector(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"must be a \.pt or \.onnx file"):
        load_acne_detector(tmp_path / "model.tflite", tmp_path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("acne_mark", "mark"), ("Blackheads", "comedone"), ("whitehead", "comedone"), ("papular", "papule")),
        *(("cystic acne", "nodule"), ("pustules", "pustule"), ("acne", None), ("pimple", None)),
    ],
)
def test_kinds_are_told_by_class_names(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


def test_the_built_in_model_sees_planted_papules_and_not_the_clear_skin_around(hopper: Image, tmp_path: Path) -> None:
    detector = load_acne_detector(None, tmp_path)
    tracker = FaceTracker(static=True)
    (face,) = tracker.track(Frame(hopper))
    tracker.close()
    aligned = align(Frame(hopper), face, Quality())
    clear = detector.detect(aligned)[0].findings
    assert len(clear) <= 3
    yy, xx = np.mgrid[0:640, 0:640]
    spotted = aligned.rgb.astype(np.float64)
    places = [aligned.landmarks[point] for point in (50, 205, 280, 425, 151)]  # both cheeks twice, forehead
    for x, y in places:
        blood = 0.45 * np.exp(-(((xx - x) ** 2 + (yy - y) ** 2) / 6.0**2))
        spotted *= 10 ** -(blood[..., None] * np.array([0.05, 0.5, 0.36]))
    findings = detector.detect(replace(aligned, rgb=spotted.astype(np.uint8)))[0].findings
    surest = [finding.box.centre for finding in findings[: len(places)]]
    assert all(min(np.hypot(x - a, y - b) for a, b in surest) < 8 for x, y in places)
    assert len(findings) < 3 * len(places)
    assert detector.info.name == "yolo" and detector.info.version != "custom"


def test_discs_drawn_on_skin_are_boxed_where_and_as_large_as_they_are(hopper: Image, tmp_path: Path) -> None:
    """No shift anywhere between the aligned face and the network, and no swollen box: blood with a sharp edge has one
    size whatever one means by it."""
    detector = load_acne_detector(None, tmp_path)
    tracker = FaceTracker(static=True)
    (face,) = tracker.track(Frame(hopper))
    tracker.close()
    aligned = plain(align(Frame(hopper), face, Quality()), "light")
    offsets, ratios = [], []
    for radius_mm in (1.0, 1.5, 2.0, 3.0):
        centres = [aligned.landmarks[point].astype(np.float64) for point in (50, 205, 280, 425, 151, 9, 199)]
        spotted = aligned
        for centre in centres:  # disc() counts from pixels' middles
            spotted = absorb(spotted, 0.22 * disc(aligned, centre - 0.5, radius_mm, edge_mm=0.2), HAEMOGLOBIN)
        findings = detector.detect(spotted)[0].findings
        for centre in centres:
            near = [one for one in findings if np.hypot(*(np.array(one.box.centre) - centre)) < 2 * aligned.px_per_mm]
            for finding in near:
                offsets.append((np.array(finding.box.centre) - centre) / aligned.px_per_mm)
                ratios.append(finding.measures[0].value / (2 * radius_mm))
    assert len(offsets) >= 20, "of 28"
    assert np.abs(np.mean(offsets, axis=0)).max() < 0.1, "mm"
    assert 0.8 < np.median(ratios) < 1.15


def test_boxes_are_taken_in_about_their_middles_and_never_to_nothing() -> None:
    boxes = np.array([(10, 20, 30, 60), (0, 0, 4, 4)], np.float32)
    np.testing.assert_allclose(taken_in(boxes, 0.75, -3.0), [(14, 26.5, 26, 53.5), (1.4, 1.4, 2.6, 2.6)], atol=1e-5)
    np.testing.assert_array_equal(taken_in(boxes, 1.0, 0.0), boxes)


def test_a_file_that_says_nothing_of_its_boxes_keeps_them_and_one_that_does_is_followed(tmp_path: Path) -> None:
    told = {"names": "{0: 'acne'}", "acne_box_scale": "0.5", "acne_box_border": "-12"}
    (detection,) = YoloAcneDetector(write_red_dot_network(tmp_path / "told.onnx", metadata=told)).detect(
        drawn_face(with_dots((96, 64)))
    )
    # 16 px of the face are 48 of the network's 384: half of them less 12 are 12, on the face 4, but 0.3 of 16 at least
    assert detection.findings[0].box.width == pytest.approx(4.8)
    assert detection.findings[0].box.centre == (100, 68)


def test_the_square_around_the_skin_has_a_margin_and_stays_inside() -> None:
    skin = np.zeros((SIZE, SIZE), np.bool_)
    skin[20:70, 60:100] = True
    left, top, side = square_around_skin(drawn_face(skin=skin))
    assert (left, top, side) == (52, 17, 56)
    skin[:] = True
    assert square_around_skin(drawn_face(skin=skin)) == (0, 0, SIZE)


def test_a_calibration_that_is_no_number_is_refused(tmp_path: Path) -> None:
    told = {"names": "{0: 'acne'}", "acne_slope": "steep"}
    path = write_red_dot_network(tmp_path / "odd.onnx", metadata=told)
    with pytest.raises(ModelError, match="acne_slope is not a number: 'steep'"):
        YoloAcneDetector(path)


def test_confidence_follows_the_calibration_in_the_file(tmp_path: Path) -> None:
    scores = np.array([[0.1, 0.1], [0.6, 0.6]], np.float32)
    np.testing.assert_allclose(calibrated(scores, 0.0, 1.0), [0.2, 1.0], atol=1e-5)
    np.testing.assert_allclose(calibrated(scores[:1], np.log(4), 1.0), [0.5], atol=1e-5)
