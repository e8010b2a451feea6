"""One live face: every frame that is analysed is published, what cannot be is said, nothing is left when it closes."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from benchmarks.clips import Clip, close_up, encode, moving_portrait
from media_pipeline.anchoring import Anchors
from media_pipeline.continuity import FORGET_UNSEEN_S
from media_pipeline.evaluation.examiner import find_subjects
from media_pipeline.evaluation.motion import Motion, move
from media_pipeline.face_models import ModelPool
from media_pipeline.inspection import Inspector
from media_pipeline.inspection_lane import InspectionLane
from media_pipeline.live import LiveAnalyser, LiveOptions, LiveResult
from media_pipeline.mailbox import EncodedFrame
from media_pipeline.scheduler import Scheduler
from media_pipeline.types import AlignedFace, Box, Condition, Detection, Detector, Finding, RegionName
from media_pipeline.video_decoder import VideoTooLarge, is_keyframe
from tests.unit.media_pipeline.test_inspection import MiddleDetector


@dataclass
class Heard:
    """What an analyser has said."""

    results: list[LiveResult] = field(default_factory=list)
    refused: list[VideoTooLarge] = field(default_factory=list)
    keyframes_wanted: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def publish(self, result: LiveResult) -> None:
        with self.changed:
            self.results.append(result)
            self.changed.notify_all()

    def refuse(self, error: VideoTooLarge) -> None:
        with self.changed:
            self.refused.append(error)
            self.changed.notify_all()

    def want_keyframe(self) -> None:
        with self.changed:
            self.keyframes_wanted += 1
            self.changed.notify_all()

    def wait(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 20)


@pytest.fixture(scope="module")
def face_clip() -> Clip:
    return encode(moving_portrait(close_up(), 640, 360, 12))


@pytest.fixture(scope="module")
def empty_clip() -> Clip:
    return encode([np.full((360, 640, 3), 90, np.uint8)] * 3)


class Session:
    """An analyser with all that it needs, fed by hand."""

    def __init__(self, *conditions: Condition, detector: Detector | None = None, interval_s: float = 0.01) -> None:
        self.heard = Heard()
        self.scheduler = Scheduler()
        self.models = ModelPool(1)
        inspector = Inspector([detector] if detector else [MiddleDetector(condition) for condition in conditions])
        self.inspections = InspectionLane([inspector], inspector.conditions, interval_s=interval_s)
        self.analyser = LiveAnalyser(
            self.scheduler,
            self.inspections,
            self.models,
            publish=self.heard.publish,
            refuse=self.heard.refuse,
            want_keyframe=self.heard.want_keyframe,
        )
        self._sent = 0

    def feed(self, data: bytes, rtp_timestamp: int | None = None) -> None:
        """One encoded picture; returns when it was dealt with or refused."""
        self._sent += 1
        timestamp = self._sent * 3000 if rtp_timestamp is None else rtp_timestamp
        frame = EncodedFrame(data, "VP8", timestamp, time.monotonic(), is_keyframe("VP8", data))
        if self.analyser.mailbox.put(frame):
            self.analyser.frame_arrived()

    def feed_and_wait(self, data: bytes, rtp_timestamp: int | None = None) -> LiveResult:
        count = len(self.heard.results)
        self.feed(data, rtp_timestamp)
        self.heard.wait(lambda: len(self.heard.results) > count)
        return self.heard.results[-1]

    def close(self) -> None:
        self.analyser.close()
        self.inspections.close()
        self.scheduler.close()
        self.models.close()


@pytest.fixture
def session() -> Iterator[Session]:
    one = Session(Condition.ACNE)
    yield one
    one.close()


def test_a_face_is_published_with_its_regions_and_times(session: Session, face_clip: Clip) -> None:
    result = session.feed_and_wait(face_clip.packets[0])
    assert result.face is not None
    assert len(result.regions) == 9
    assert result.rtp_timestamp == 3000
    assert (result.width, result.height) == (640, 360)
    assert set(result.stages_ms) == {"wait", "decode", "convert", "mesh", "quality"}
    assert result.analysed == 1


def test_what_arrives_while_the_worker_is_busy_is_decoded_and_only_the_newest_analysed(
    session: Session, face_clip: Clip
) -> None:
    for data in face_clip.packets[:8]:
        session.analyser.mailbox.put(EncodedFrame(data, "VP8", 0, 0.0, is_keyframe("VP8", data)))
    session.feed(face_clip.packets[8])
    session.heard.wait(lambda: bool(session.heard.results))
    assert session.heard.results[0].analysed == 1
    assert session.heard.results[0].skipped == 8


def test_findings_come_once_the_face_was_inspected_and_go_with_the_face(
    session: Session, face_clip: Clip, empty_clip: Clip
) -> None:
    results = [session.feed_and_wait(data) for data in face_clip.packets]
    deadline = time.monotonic() + 20
    while not results[-1].conditions and time.monotonic() < deadline:
        results += [session.feed_and_wait(data) for data in face_clip.packets]
    assert len(results[-1].conditions[Condition.ACNE].findings) == 1
    assert results[-1].inspected_at is not None
    nobody = session.feed_and_wait(empty_clip.packets[0])
    assert nobody.face is None
    assert nobody.conditions == {}


class CheekDetector(MiddleDetector):
    """A detector that finds spots all over the cheeks of whatever face it sees."""

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        places = [(side + x, y) for side in (0.26, 0.62) for x in (0.0, 0.05, 0.1) for y in (0.5, 0.58, 0.66)]
        boxes = [Box(x * face.size - 2, y * face.size - 2, 4, 4) for x, y in places]
        found = tuple(Finding("spot", Condition.ACNE, RegionName.NOSE, box, 0.9) for box in boxes)
        return (Detection(Condition.ACNE, found),)


def test_findings_follow_the_skin_where_the_mesh_strays_as_the_head_turns() -> None:
    head = find_subjects(None)["package portrait"]
    poses = [Motion(yaw, size=(640, 360), scale=0.85) for yaw in (0, 0, 3, 7, 11, 15, 18, 21, 24)]
    pictures = [move(head, pose, "ellipsoid") for pose in poses]
    clip = encode([picture for picture, _ in pictures])
    session = Session(detector=CheekDetector(Condition.ACNE), interval_s=60.0)
    try:
        first = session.feed_and_wait(clip.packets[0])
        deadline = time.monotonic() + 20
        while not first.conditions and time.monotonic() < deadline:
            first = session.feed_and_wait(clip.packets[1])
        for data in clip.packets[2:]:
            last = session.feed_and_wait(data)
    finally:
        session.close()
    assert first.face is not None
    assert last.face is not None
    known, placed = (result.conditions[Condition.ACNE].findings for result in (first, last))
    by_mesh = Anchors(known, first.face).on(last.face)
    still, turned = (pictures[n][1] for n in (1, -1))
    landmarks = head.points  # the truth of where the spots went, by way of the head's own picture
    middles = np.array([one.box.centre for one in known], np.float32)
    scale = np.linalg.norm(still(landmarks[[454]]) - still(landmarks[[234]])) / np.linalg.norm(
        landmarks[454] - landmarks[234]
    )
    on_head = landmarks[[234]] + (middles - still(landmarks[[234]])) / np.float32(scale)
    truth = turned(on_head.astype(np.float32))
    errors = [
        np.linalg.norm(np.array([one.box.centre for one in some]) - truth, axis=1) / last.face.box.width
        for some in (by_mesh, placed)
    ]
    assert len(placed) == 18

    assert np.median(errors[1]) < 0.8 * np.median(errors[0])
    assert np.quantile(errors[1], 0.9) <= 0.02


def test_findings_outlive_a_gap_that_was_the_networks_fault_and_no_other(session: Session, face_clip: Clip) -> None:
    result = session.feed_and_wait(face_clip.packets[0])
    deadline = time.monotonic() + 20
    while not result.conditions and time.monotonic() < deadline:
        result = session.feed_and_wait(face_clip.packets[0])
    assert result.conditions
    time.sleep(FORGET_UNSEEN_S + 0.1)
    session.analyser.excuse_gap(time.monotonic())
    assert session.feed_and_wait(face_clip.packets[0]).conditions
    time.sleep(FORGET_UNSEEN_S + 0.1)
    assert not session.feed_and_wait(face_clip.packets[0]).conditions


def test_no_condition_is_inspected_that_was_not_asked_for(session: Session, face_clip: Clip) -> None:
    session.analyser.options = LiveOptions(conditions=frozenset())
    for data in face_clip.packets:
        result = session.feed_and_wait(data)
    assert result.conditions == {}


def test_the_client_may_ask_for_fewer_frames(session: Session, face_clip: Clip) -> None:
    session.analyser.options = LiveOptions(max_fps=1.0)
    session.feed_and_wait(face_clip.packets[0])
    for data in face_clip.packets[1:4]:
        session.feed(data)
    session.analyser.options = LiveOptions()
    result = session.feed_and_wait(face_clip.packets[4])
    assert result.analysed == 2


def test_a_pace_below_the_cameras_rate_is_kept_on_average_and_said(session: Session, face_clip: Clip) -> None:
    session.analyser.pace_fps = 20.0
    now = 1000.0
    taken = 0
    for _ in range(90):  # three seconds of a camera at 30 frames a second
        taken += not session.analyser._too_soon(now)
        now += 1 / 30
    assert taken in (60, 61)
    session.analyser.pace_fps = 1000.0
    assert session.feed_and_wait(face_clip.packets[0]).degraded == ("frame_rate",)
    session.analyser.pace_fps = 0.0
    assert session.feed_and_wait(face_clip.packets[1]).degraded == ()


def test_what_comes_too_soon_waits_undecoded_and_wakes_nobody(session: Session, face_clip: Clip) -> None:
    session.analyser.options = LiveOptions(max_fps=5.0)
    session.feed_and_wait(face_clip.packets[0])
    for data in face_clip.packets[1:4]:
        session.feed(data)
    runs = session.scheduler.statistics.runs
    assert session.analyser.mailbox.statistics.waiting == 3
    time.sleep(0.2)  # its time comes, with the next frame
    result = session.feed_and_wait(face_clip.packets[4])
    assert session.scheduler.statistics.runs <= runs + 1
    assert (result.rtp_timestamp, result.analysed, result.skipped) == (5 * 3000, 2, 3)


def test_broken_video_asks_for_a_key_frame_and_goes_on_with_it(session: Session, face_clip: Clip) -> None:
    session.feed_and_wait(face_clip.packets[0])
    broken = b"\x10\x02\x00\x9d\x01\x2a" + bytes(20)  # a key frame's header and nothing behind it
    session.feed(broken)
    session.heard.wait(lambda: session.heard.keyframes_wanted > 0)
    assert session.feed_and_wait(face_clip.packets[0]).face is not None


def test_video_above_the_cap_is_refused_with_its_size(session: Session) -> None:
    (data,) = encode([np.full((2160, 3840, 3), 90, np.uint8)], kbps=500).packets
    session.feed(data)
    session.heard.wait(lambda: bool(session.heard.refused))
    assert (session.heard.refused[0].width, session.heard.refused[0].height) == (3840, 2160)


def test_a_closed_analyser_says_no_more(session: Session, face_clip: Clip) -> None:
    session.feed_and_wait(face_clip.packets[0])
    session.analyser.close()
    count = len(session.heard.results)
    session.feed(face_clip.packets[1])
    time.sleep(0.05)
    assert len(session.heard.results) == count
