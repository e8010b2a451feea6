"""The inspect stage: one detector a slice, its results on the face they were seen on, nothing unasked for."""

from dataclasses import replace

import numpy as np

from benchmarks.clips import close_up, moving_portrait
from media_pipeline.errors import DetectorError
from media_pipeline.face_mesh import FaceTracker
from media_pipeline.inspection import Inspection, Inspector, aligned_side
from media_pipeline.skin_mask import SkinSegmenter
from media_pipeline.types import (
    AlignedFace,
    Box,
    Condition,
    Detection,
    DetectorInfo,
    Face,
    Finding,
    Frame,
    Quality,
    RegionName,
    Status,
)


class MiddleDetector:
    """A detector that finds a spot in the middle of whatever face it sees."""

    info = DetectorInfo("middle", "1", "numpy")

    def __init__(self, condition: Condition, *, broken: bool = False) -> None:
        self.conditions = (condition,)
        self._broken = broken

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        if self._broken:
            raise DetectorError("out of order")
        middle = face.size / 2
        outline = np.array([[middle + dx, middle + dy] for dx in (-4, 0, 4) for dy in (-4, 0, 4)], np.float32)
        box = Box(middle - 4, middle - 4, 8, 8)
        found = Finding("spot", self.conditions[0], RegionName.NOSE, box, 0.9, outline=outline)
        return (Detection(self.conditions[0], (found,)),)


def frame_and_face() -> tuple[Frame, Face]:
    frame = Frame(next(iter(moving_portrait(close_up(), 1280, 720, 2))))
    tracker = FaceTracker(static=True)
    try:
        (face,) = tracker.track(frame)
        return frame, face
    finally:
        tracker.close()


def run(inspector: Inspector, frame: Frame, face: Face, *conditions: Condition) -> tuple[Inspection, int]:
    """The inspection and the number of slices it took."""
    slices = list(inspector.inspect(frame, face, Quality(), conditions=frozenset(conditions or Condition)))
    assert slices[-1] is not None
    assert all(one is None for one in slices[:-1])
    return slices[-1], len(slices)


def test_each_detector_is_a_slice_and_its_findings_are_in_the_frame() -> None:
    frame, face = frame_and_face()
    inspector = Inspector([MiddleDetector(Condition.ACNE), MiddleDetector(Condition.DARK_SPOTS)])
    inspection, slices = run(inspector, frame, face)
    assert slices == 5  # bare skin, alignment, skin tone, and one for each detector
    assert inspector.conditions == [Condition.ACNE, Condition.DARK_SPOTS]
    (spot,) = inspection.conditions[Condition.ACNE].findings
    x, y = spot.box.centre
    assert face.box.x < x < face.box.x + face.box.width
    assert face.box.y < y < face.box.y + face.box.height


def test_only_what_was_asked_for_is_looked_at() -> None:
    frame, face = frame_and_face()
    inspector = Inspector([MiddleDetector(Condition.ACNE), MiddleDetector(Condition.DARK_SPOTS)])
    inspection, slices = run(inspector, frame, face, Condition.ACNE)
    assert slices == 4
    assert set(inspection.conditions) == {Condition.ACNE}


def test_a_detector_that_fails_harms_no_other() -> None:
    frame, face = frame_and_face()
    detectors = [MiddleDetector(Condition.DARK_SPOTS, broken=True), MiddleDetector(Condition.ACNE)]
    inspection, _ = run(Inspector(detectors), frame, face)
    assert inspection.conditions[Condition.DARK_SPOTS].status is Status.UNAVAILABLE
    assert len(inspection.conditions[Condition.ACNE].findings) == 1


def test_what_is_not_bare_skin_is_not_looked_at() -> None:
    frame, face = frame_and_face()
    looked_at: list[int] = []

    class AreaDetector(MiddleDetector):
        def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
            looked_at.append(int(face.skin.sum()))
            return super().detect(face)

    segmenter = SkinSegmenter()
    try:
        for one in (None, segmenter):
            run(Inspector([AreaDetector(Condition.ACNE)], one), frame, face)
    finally:
        segmenter.close()
    everything, bare = looked_at
    assert 0.3 * everything < bare < everything  # the fringe over the forehead is left out


def test_what_is_turned_away_or_not_bare_skin_could_not_be_seen() -> None:
    frame, face = frame_and_face()
    inspection, _ = run(Inspector([MiddleDetector(Condition.ACNE)]), frame, face)
    (spot,) = inspection.conditions[Condition.ACNE].findings
    x, y = face.points[1]
    nose = replace(spot, box=Box(float(x) - 4, float(y) - 20, 8, 8), outline=None)
    eye = replace(nose, box=Box.around(face.points[[33, 133]]))
    outside = replace(nose, box=Box(-50, -50, 8, 8))
    assert inspection.can_see([nose, eye, outside]) == [True, False, False]
    assert replace(inspection, visible=frozenset()).can_see([nose]) == [False]


def test_outlines_are_thinned_for_the_network() -> None:
    frame, face = frame_and_face()
    inspection, _ = run(Inspector([MiddleDetector(Condition.ACNE)]), frame, face)
    (spot,) = inspection.conditions[Condition.ACNE].findings
    assert spot.outline is not None
    assert 2 <= len(spot.outline) < 9


def test_the_aligned_face_is_as_large_as_the_frame_has_detail_for() -> None:
    _, face = frame_and_face()
    side = aligned_side(face)
    assert side % 32 == 0
    assert face.box.width < side <= 640
