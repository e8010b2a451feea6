"""A session's captures, from the wish to the report, with everything that a client may say in between."""

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_pipeline.best_frame import BestFrames
from media_pipeline.guidance import Instruction, InstructionCode
from media_pipeline.live import LiveResult
from media_pipeline.steadiness import STEADY_S
from media_pipeline.types import Box, Face, Issue, Pose, Quality
from signaling import capture, still_receiver
from signaling.capture import SessionCaptures
from signaling.capture_advice import WHAT_TO_DO
from signaling.capture_desk import MOST_BURSTS, CaptureDesk, CaptureFailed, CaptureJob, CaptureOwner
from signaling.capture_ledger import PER_MINUTE, REMEMBERED
from signaling.captured import CapturedBurst
from signaling.errors import CaptureRefused
from signaling.messages import Capture, Configure, StillBegin, StillEnd
from signaling.visitor import Visitor

STILL = bytes(range(256)) * 40
FACE = Face(Box(10, 10, 20, 20), np.zeros((478, 3), np.float32), Pose(0, 0, 0), 0.9)


@dataclass
class Person:
    """A session's captures with their desk; `said` fills with what the client is told, `jobs` with what is analysed."""

    most_uploads: int = 4
    failure: Exception | None = None
    said: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[CaptureJob] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.frames = BestFrames()
        self.desk = CaptureDesk(self.analyse, upload_max_bytes=100_000, most_uploads=self.most_uploads)
        owner = CaptureOwner("session", Visitor("ann", "login"), "http://localhost")
        self.captures = SessionCaptures(self.desk, owner, self.frames, self.send)

    async def analyse(self, job: CaptureJob) -> Mapping[str, Any]:
        self.jobs.append(job)
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return {"report_id": str(len(self.jobs))}

    def send(self, text: str) -> bool:
        self.said.append(json.loads(text))
        self.heard.set()
        return True

    def looks(self, *issues: Issue, ago_s: float = 0.0) -> None:
        picture = av.VideoFrame.from_ndarray(np.full((16, 32, 3), 90, np.uint8), format="rgb24")
        face = None if Issue.NO_FACE in issues else FACE
        self.frames.offer(picture.reformat(format="yuv420p"), face, Quality(issues, {}), time.monotonic() - ago_s)

    def capture(self, capture_id: str | None = "c", still: bool | None = None) -> None:
        self.captures.capture(Capture(v=1, type="capture", capture_id=capture_id, still=still))

    def begin(self, capture_id: str = "c", data: bytes = STILL, **changes: Any) -> None:
        fields = {"bytes": len(data), "content_type": "image/jpeg", "sha256": hashlib.sha256(data).hexdigest()}
        message = {"v": 1, "type": "still_begin", "capture_id": capture_id, **fields, **changes}
        self.captures.still_begin(StillBegin.model_validate(message))

    def chunks(self, data: bytes = STILL, size: int = 5000, *, most: int = 99) -> list[bool]:
        starts = range(0, len(data), size)[:most]
        return [self.captures.still_chunk(start.to_bytes(4, "big") + data[start : start + size]) for start in starts]

    def end(self, capture_id: str = "c") -> None:
        self.captures.still_end(StillEnd(v=1, type="still_end", capture_id=capture_id))

    def configure(self, **fields: bool) -> None:
        self.captures.configure(Configure.model_validate({"v": 1, "type": "configure", **fields}))

    def steady(self, seconds: float, frozen_s: float = 0.0) -> float | None:
        now = time.monotonic()
        good = Instruction(InstructionCode.GOOD, now)
        return self.captures.watch(
            LiveResult(1, 0, now, 32, 16, FACE, Quality((), {}), good, (), steady_s=seconds, frozen_s=frozen_s)
        )

    @property
    def words(self) -> list[str]:
        """What was said, in short."""
        return [one.get("state") or one.get("code") or one["type"] for one in self.said]

    async def until(self, word: str) -> list[str]:
        async with asyncio.timeout(10):
            while word not in self.words:
                self.heard.clear()
                await self.heard.wait()
        return self.words


async def test_the_frame_is_analysed_and_the_report_is_said_again_to_who_asks_again() -> None:
    person = Person()
    person.looks()
    person.capture()
    assert await person.until("done") == ["analysing", "report", "done"]
    (job,) = person.jobs
    assert (job.source, job.capture_id, job.owner.visitor.user_id) == ("frame", "c", "ann")
    pictures = job.picture.read()
    assert isinstance(pictures, tuple) and [one.shape for one in pictures] == [(16, 32, 3)]
    assert job.picture.size == 16 * 32 * 3
    person.capture()
    assert person.words[3:] == ["report", "done"]
    assert person.said[1] == person.said[3]
    assert len(person.jobs) == 1


async def test_the_frames_of_the_last_second_are_analysed_together_unless_much_is_under_way() -> None:
    person = Person()
    person.gate.clear()
    for ago_s in (1.5, 0.9, 0.6, 0.3, 0.0):
        person.looks(ago_s=ago_s)
    idle = [asyncio.Event() for _ in range(MOST_BURSTS)]
    person.capture("alone")
    for done in idle:
        person.desk.start(waited(done))
    person.gate.set()
    await person.until("done")
    person.capture("crowded")
    for done in idle:
        done.set()
    await person.desk.close(10)
    assert [(job.capture_id, len(job.picture.read())) for job in person.jobs] == [("alone", 4), ("crowded", 1)]
    assert all(isinstance(job.picture, CapturedBurst) for job in person.jobs)


async def waited(event: asyncio.Event) -> None:
    await event.wait()


async def test_one_at_a_time_and_the_one_under_way_says_how_far_it_is() -> None:
    person = Person()
    person.gate.clear()
    person.looks()
    person.capture("one")
    person.capture("other")
    assert person.words == ["analysing", "capture_busy", "failed"]
    assert person.said[1]["details"] == {"capture_id": "other"}
    person.capture("one")
    person.begin("one")
    person.end("one")
    assert person.words[3:] == ["analysing"] * 3
    person.gate.set()
    await person.until("done")
    assert len(person.jobs) == 1


async def test_so_many_a_minute_and_no_more() -> None:
    person = Person()
    for number in range(PER_MINUTE):
        person.looks()
        person.capture(f"c{number}")
        await person.until("done")
        person.said.clear()
    person.looks()
    person.capture("one-more")
    assert person.words == ["too_many_captures", "failed"]
    person.capture("c0")  # no longer remembered, and no longer free
    assert person.words[2:] == ["too_many_captures", "failed"]
    person.capture(f"c{PER_MINUTE - REMEMBERED}")
    assert person.words[4:] == ["report", "done"]


@pytest.mark.parametrize("issue", WHAT_TO_DO)
async def test_who_is_not_seen_well_is_told_what_to_do(issue: Issue) -> None:
    person = Person()
    person.looks(issue)
    person.capture()
    error, state = person.said
    assert (error["code"], error["details"]) == ("no_good_face", {"issue": issue, "capture_id": "c"})
    assert error["message"] == WHAT_TO_DO[issue]
    assert (state["state"], state["code"]) == ("failed", "no_good_face")
    assert person.jobs == []


async def test_a_camera_that_sends_nothing_is_told_so() -> None:
    person = Person()
    person.looks(ago_s=3.1)
    person.capture()
    assert person.words == ["no_good_face", "failed"]
    assert "issue" not in person.said[0]["details"]


async def test_a_still_takes_the_place_of_the_frame() -> None:
    person = Person()
    person.configure(stills=True)
    person.looks()
    person.capture()
    person.begin()
    assert all(person.chunks())
    person.end()
    person.end()
    assert await person.until("done") == ["taking", "uploading", "analysing", "analysing", "report", "done"]
    (job,) = person.jobs
    assert (job.source, job.picture.read()) == ("still", STILL)
    person.end()
    person.begin()
    assert person.words[6:] == ["report", "done"] * 2
    assert len(person.jobs) == 1


async def test_a_client_that_has_no_still_gets_the_frame_of_the_moment_it_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = Person()
    person.looks()
    person.capture(still=True)
    person.looks(Issue.NO_FACE)
    person.capture(still=False)
    assert await person.until("done") == ["taking", "analysing", "report", "done"]
    monkeypatch.setattr(capture, "TAKING_TIMEOUT_S", 0.01)
    person.looks()
    person.capture("later", still=True)
    person.said.clear()
    await person.until("done")
    assert [job.source for job in person.jobs] == ["frame", "frame"]


@pytest.mark.parametrize("limit", ["CHUNK_TIMEOUT_S", "UPLOAD_TIMEOUT_S"])
async def test_a_still_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(still_receiver, limit, 0.01)
    person = Person(most_uploads=1)
    person.begin()
    assert await person.until("failed") == ["uploading", "still_too_slow", "failed"]
    person.begin()
    assert person.words[3:] == ["uploading"]  # the room is free again
    person.captures.close()


async def test_a_refused_still_is_forgotten_with_what_was_on_its_way() -> None:
    person = Person()
    person.begin()
    assert all(person.chunks(most=1))
    assert all(person.chunks())  # the second begins at 0 again, and the rest is swallowed
    assert person.words == ["uploading", "still_out_of_order", "failed"]
    person.end()
    assert person.words[3:] == ["no_such_still", "failed"]
    person.begin()
    person.chunks()
    person.end()
    await person.until("done")
    assert not person.captures.still_chunk(b"\0\0\0\0more")


async def test_a_still_may_be_begun_anew() -> None:
    person = Person(most_uploads=1)
    person.begin()
    person.chunks()
    person.begin()
    person.chunks()
    person.end()
    assert await person.until("done") == ["uploading", "uploading", "analysing", "report", "done"]


async def test_a_still_must_fit() -> None:
    person, other = Person(most_uploads=1), Person()
    person.begin(bytes=100_001)
    assert person.words == ["too_large", "failed"]
    person.begin("one")
    other.captures = SessionCaptures(person.desk, CaptureOwner("other", Visitor(), ""), other.frames, other.send)
    other.begin("two")
    assert other.words == ["busy", "failed"]
    person.begin("one", bytes=100_001)
    assert person.words[2:] == ["uploading", "too_large", "failed"]
    other.begin("two")
    assert other.words[2:] == ["uploading"]
    other.captures.close()


@pytest.mark.parametrize("failure", [CaptureFailed("busy", "Later.", {"retry_after_s": 2}), RuntimeError("a bug")])
async def test_a_failure_is_said_and_the_next_capture_may_succeed(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    person = Person(failure=failure)
    person.looks()
    person.capture()
    code = "busy" if isinstance(failure, CaptureFailed) else "internal_error"
    assert await person.until("failed") == ["analysing", code, "failed"]
    assert "a bug" not in json.dumps(person.said)
    person.failure = None
    person.looks()
    person.capture()
    await person.until("done")


async def test_an_analysis_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "ANALYSIS_TIMEOUT_S", 0.01)
    person = Person()
    person.gate.clear()
    person.looks()
    person.capture()
    assert await person.until("failed") == ["analysing", "capture_timeout", "failed"]


async def test_the_end_of_a_session_drops_what_is_not_whole_and_lets_the_rest_be_done() -> None:
    for_now = Person(most_uploads=1)
    for_now.begin()
    for_now.captures.close()
    assert for_now.desk.take_upload()
    waiting = Person()
    waiting.looks()
    waiting.capture(still=True)
    waiting.captures.close()
    working = Person()
    working.looks()
    working.capture()
    working.captures.close()
    await working.desk.close(10)
    assert len(working.jobs) == 1
    assert working.words == ["analysing", "report", "done"]
    assert waiting.jobs == []


async def test_a_still_by_rest_is_told_like_any_other() -> None:
    person = Person()
    person.looks()
    person.capture(still=True)
    by_rest = person.captures.begin_by_rest("c")
    with pytest.raises(CaptureRefused, match="already"):
        person.captures.begin_by_rest("c")
    by_rest.done({"report_id": "9"})
    by_rest.failed("broken_off", "is not said after the end")
    assert person.words == ["taking", "analysing", "report", "done"]
    person.captures.begin_by_rest("c").done({"report_id": "10"})
    assert len(person.words) == 4
    person.captures.begin_by_rest("other").failed("not_an_image", "No picture.")
    assert person.words[4:] == ["analysing", "not_an_image", "failed"]


async def test_who_is_steady_is_captured_once_for_each_time_it_is_asked() -> None:
    person = Person()
    person.looks()
    assert person.steady(5.0) is None
    person.configure(auto_capture=True)
    assert person.steady(5.0) == pytest.approx(0, abs=100)  # what was before it was asked for does not count
    armed_at = person.captures._armed_at
    assert armed_at is not None
    person.captures._armed_at = armed_at - 1
    assert person.steady(0.4) == pytest.approx(400)
    assert person.steady(STEADY_S, frozen_s=2.5) == 0  # the camera hangs
    for _ in range(3):
        assert person.steady(STEADY_S) == 800
    assert await person.until("done") == ["analysing", "report", "done"]
    assert person.said[0]["auto"] is True
    assert person.steady(9.0) is None
    person.configure(auto_capture=True)
    person.configure(auto_capture=False)
    assert person.steady(9.0) is None
    assert len(person.jobs) == 1


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("capture"), st.sampled_from("ab"), st.sampled_from([None, True, False])),
        st.tuples(st.just("begin"), st.sampled_from("ab"), st.sampled_from([-1, 0, 1])),
        st.tuples(st.just("end"), st.sampled_from("ab"), st.none()),
        st.tuples(st.just("chunks"), st.sampled_from([700, 5000, 20_000]), st.integers(0, 15)),
        st.tuples(st.just("binary"), st.binary(max_size=12), st.none()),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(OPERATIONS)
def test_whatever_is_said_in_whatever_order_no_wrong_picture_is_analysed_and_none_twice(
    operations: list[tuple[str, Any, Any]],
) -> None:
    async def talk() -> None:
        person = Person(most_uploads=1)
        for kind, first, second in operations:
            person.looks()
            match kind:
                case "capture":
                    person.capture(first, second)
                case "begin":
                    person.begin(first, bytes=len(STILL) + second)
                case "end":
                    person.end(first)
                case "chunks":
                    person.chunks(STILL, first, most=second)
                case _:
                    person.captures.still_chunk(first)
            await asyncio.sleep(0)
        await person.desk.close(10)
        for job in person.jobs:
            assert job.source == "frame" or job.picture.read() == STILL
        assert len({job.capture_id for job in person.jobs}) == len(person.jobs)
        person.captures.close()
        assert person.desk.take_upload()

    asyncio.run(talk())
