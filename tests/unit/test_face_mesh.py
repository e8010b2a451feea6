"""A face is found, followed, lost and found again; a session costs next to nothing."""

import os
import threading
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from media_pipeline.face_mesh import CHECK_EVERY, DETECT_EVERY, HARD_LOOK_EVERY, FaceTracker
from media_pipeline.face_models import FaceModels, ModelPool
from media_pipeline.types import Frame, Image


@pytest.fixture(scope="module")
def pool() -> ModelPool:
    return ModelPool()


def _beside(left: Image, right: Image) -> Image:
    height = min(left.shape[0], right.shape[0])
    return np.ascontiguousarray(np.hstack([left[:height], right[:height]]))


def _shifted(rgb: Image, x: float, y: float, scale: float = 1.0) -> Image:
    matrix = np.array([[scale, 0, x], [0, scale, y]])
    return np.asarray(cv2.warpAffine(rgb, matrix, (rgb.shape[1], rgb.shape[0])), np.uint8)


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_a_portrait_has_one_face_whose_mesh_lies_on_it(pool: ModelPool, astronaut: Image) -> None:
    (face,) = FaceTracker(static=True, models=pool).track(Frame(astronaut))
    assert face.confidence > 0.9
    # eyes, tip of the nose and mouth of the picture, read off by hand
    for landmark, place in ((468, (204, 102)), (473, (247, 104)), (4, (224, 127)), (13, (224, 144))):
        assert np.linalg.norm(face.points[landmark] - place) < 3, (landmark, face.points[landmark])


def test_a_picture_without_a_face_has_none(pool: ModelPool) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    for picture in (noise, np.zeros((360, 640, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)):
        assert FaceTracker(static=True, models=pool).track(Frame(picture)) == ()
        assert FaceTracker(models=pool).track(Frame(picture)) == ()


def test_a_moving_face_is_followed_without_the_detector(pool: ModelPool, astronaut: Image) -> None:
    tracker = FaceTracker(models=pool)
    (first,) = tracker.track(Frame(astronaut))
    for step in range(1, 10):
        (face,) = tracker.track(Frame(_shifted(astronaut, 6.0 * step, 4.0 * step)))
        moved = face.points - first.points
        assert np.abs(moved.mean(axis=0) - (6 * step, 4 * step)).max() < 0.02 * first.box.width


def test_the_same_place_is_found_at_every_size_of_the_frame(pool: ModelPool, astronaut: Image) -> None:
    tracker = FaceTracker(static=True, models=pool)
    (small,) = tracker.track(Frame(astronaut))
    for factor in (2, 4):
        side = astronaut.shape[0] * factor
        large = np.asarray(cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)
        (face,) = tracker.track(Frame(large))
        # half a pixel of the small picture is where two scalings of one picture may differ
        assert np.abs(face.points / factor - small.points).mean() < 0.012 * small.box.width


def test_a_second_person_is_noticed_and_followed_then_forgotten(
    pool: ModelPool, astronaut: Image, hopper: Image
) -> None:
    tracker = FaceTracker(models=pool)
    neighbour = np.asarray(cv2.resize(astronaut[:300, 80:380], (600, 600)), np.uint8)
    alone = _beside(hopper, np.zeros_like(neighbour))
    both = _beside(hopper, neighbour)
    assert len(tracker.track(Frame(alone))) == 1
    counts = [len(tracker.track(Frame(both))) for _ in range(DETECT_EVERY + 2)]
    assert counts[-1] == 2
    faces = tracker.track(Frame(both))
    areas = [face.box.width * face.box.height for face in faces]
    assert areas[0] >= areas[1]  # the nearer one first
    assert len(tracker.track(Frame(alone))) == 1


def test_a_face_that_leaves_and_comes_back_is_found_at_once(pool: ModelPool, astronaut: Image) -> None:
    tracker = FaceTracker(models=pool)
    assert len(tracker.track(Frame(astronaut))) == 1
    assert tracker.track(Frame(np.zeros_like(astronaut))) == ()
    assert len(tracker.track(Frame(astronaut))) == 1


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_a_picture_on_its_side_or_head_is_followed_the_right_way_up(
    pool: ModelPool, astronaut: Image, quarter_turns: int
) -> None:
    frame = Frame(np.ascontiguousarray(np.rot90(astronaut, quarter_turns)))
    tracker = FaceTracker(models=pool)
    for _ in range(HARD_LOOK_EVERY + 1):
        faces = tracker.track(frame)
    (face,) = faces
    assert abs((face.pose.roll + 90 * quarter_turns + 180) % 360 - 180) < 15


def test_a_mesh_that_lies_on_its_side_as_no_picture_does_is_refused(pool: ModelPool, shared_data: Path) -> None:
    """The side of a head, on which the mesh is as sure of itself as on a face."""
    bgr = cv2.imread(str(shared_data / "acne" / "sdxl_acne1_3.jpeg"))
    assert bgr is not None
    frame = Frame(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8))
    tracker = FaceTracker(models=pool)
    refused: list[str] = []
    for _ in range(2 * HARD_LOOK_EVERY):
        assert all(abs(face.pose.roll) < 45 for face in tracker.track(frame))
        refused += tracker.rejections
    assert "the mesh lies on its side as no picture does" in refused


def test_a_face_too_small_for_the_quick_detector_is_found_within_a_second(pool: ModelPool, astronaut: Image) -> None:
    frame = np.zeros((720, 1280, 3), np.uint8)
    frame[200:648, 300:748] = cv2.resize(astronaut, (448, 448), interpolation=cv2.INTER_AREA)  # a face of 80 px
    near = FaceTracker(models=pool)
    assert near.track(Frame(frame)) == ()
    tracker = FaceTracker(models=pool)
    counts = [len(tracker.track(Frame(frame))) for _ in range(HARD_LOOK_EVERY + 1)]
    assert counts[-1] == 1


def test_no_frame_of_a_followed_face_costs_more_than_one_look_beside_its_mesh(
    pool: ModelPool, astronaut: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    mesh, detect = FaceModels.mesh, FaceModels.detect

    def counted_mesh(models: FaceModels, crop: Image) -> tuple[NDArray[np.float32], float]:
        runs.append("mesh")
        return mesh(models, crop)

    def counted_detect(models: FaceModels, rgb: Image, *, far: bool = False, quarter_turns: int = 0) -> Any:
        runs.append("detect")
        return detect(models, rgb, far=far, quarter_turns=quarter_turns)

    monkeypatch.setattr(FaceModels, "mesh", counted_mesh)
    monkeypatch.setattr(FaceModels, "detect", counted_detect)
    tracker = FaceTracker(models=pool)
    tracker.track(Frame(astronaut))
    costs = Counter[str]()
    for _ in range(4 * DETECT_EVERY):
        runs.clear()
        assert len(tracker.track(Frame(astronaut))) == 1
        costs[" ".join(runs)] += 1
    assert set(costs) == {"mesh", "mesh detect", "mesh mesh"}
    assert costs["mesh detect"] == 4
    assert costs["mesh mesh"] == 4


def test_what_takes_the_place_of_a_followed_face_is_found_out(pool: ModelPool, astronaut: Image) -> None:
    picture = cv2.imread(str(files("skimage") / "data" / "chelsea.png"))
    assert picture is not None
    cat = np.ascontiguousarray(picture[:, ::-1, ::-1])  # the mesh model is sure of it: 0.999
    tracker = FaceTracker(models=pool)
    (face,) = tracker.track(Frame(astronaut))
    x, y = face.box.centre
    over_the_face = np.array([[0.5, 0, x - 0.5 * 260], [0, 0.5, y - 0.5 * 140]])
    side = astronaut.shape[0]
    moved = cv2.warpAffine(cat, over_the_face, (side, side), borderMode=cv2.BORDER_REPLICATE)
    frame = np.asarray(moved, np.uint8)
    frames = 0
    while tracker.track(Frame(frame)):
        frames += 1
        assert frames <= CHECK_EVERY
    assert frames > 0  # it was followed at first
    assert "what was followed is no face any more" in tracker.rejections


def test_the_frame_size_may_change_from_one_frame_to_the_next(pool: ModelPool, astronaut: Image) -> None:
    tracker = FaceTracker(models=pool)
    for side in (512, 256, 128, 720):
        frame = np.asarray(cv2.resize(astronaut, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
        (face,) = tracker.track(Frame(frame))
        assert abs(face.points[4][0] / side - 224 / 512) < 0.03


def test_sessions_take_turns_on_one_pool_without_mixing_their_faces(
    pool: ModelPool, astronaut: Image, hopper: Image
) -> None:
    one, other = FaceTracker(models=pool), FaceTracker(models=pool)
    (astronauts,) = one.track(Frame(astronaut))
    (hoppers,) = other.track(Frame(hopper))
    for _ in range(3):
        (again,) = one.track(Frame(astronaut))
        assert np.abs(again.points - astronauts.points).mean() < 0.02 * astronauts.box.width
        (again,) = other.track(Frame(hopper))
        assert np.abs(again.points - hoppers.points).mean() < 0.02 * hoppers.box.width


def test_threads_at_once_each_get_the_right_face(pool: ModelPool, astronaut: Image, hopper: Image) -> None:
    centres: dict[str, list[float]] = {"astronaut": [], "hopper": []}

    def follow(name: str, picture: Image) -> None:
        tracker = FaceTracker(models=pool)
        for _ in range(10):
            (face,) = tracker.track(Frame(picture))
            centres[name].append(face.box.centre[0])

    threads = [
        threading.Thread(target=follow, args=pair) for pair in (("astronaut", astronaut), ("hopper", hopper)) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(centres["astronaut"]) == len(centres["hopper"]) == 20
    assert max(centres["astronaut"]) - min(centres["astronaut"]) < 5
    assert max(centres["hopper"]) - min(centres["hopper"]) < 5


def test_a_session_adds_no_thread_and_no_models(pool: ModelPool, astronaut: Image) -> None:
    pool.warm()
    FaceTracker(models=pool).track(Frame(astronaut))
    threads, memory = _threads(), _resident_mb()
    trackers = [FaceTracker(models=pool) for _ in range(50)]
    for tracker in trackers:
        assert len(tracker.track(Frame(astronaut))) == 1
    assert _threads() <= threads  # one of another test may end meanwhile
    assert _resident_mb() - memory < 10


def test_two_hundred_trackers_opened_and_closed_leave_no_thread_and_no_memory(astronaut: Image) -> None:
    def open_and_close() -> None:
        tracker = FaceTracker()
        assert len(tracker.track(Frame(astronaut))) == 1
        tracker.close()

    for _ in range(20):  # the allocator's own caches fill first
        open_and_close()
    threads, memory = _threads(), _resident_mb()
    for _ in range(180):
        open_and_close()
    assert _threads() <= threads  # one of another test may end meanwhile
    assert _resident_mb() - memory < 30  # one set of models is 27 MB; 180 would be 4.8 GB


def test_close_may_be_called_twice_and_ends_the_tracker(astronaut: Image) -> None:
    tracker = FaceTracker()
    tracker.close()
    tracker.close()
    with pytest.raises(RuntimeError, match="closed"):
        tracker.track(Frame(astronaut))
