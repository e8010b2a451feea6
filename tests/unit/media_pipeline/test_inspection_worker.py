"""The other side of the inspection process, in this one: what it answers, and that it ends with who asks."""

import socket
import subprocess
import sys
from multiprocessing.connection import Connection

from media_pipeline.inspection import InspectionRequest, Inspector
from media_pipeline.inspection_process import ROOT, InspectorChoice
from media_pipeline.inspection_worker import answer
from media_pipeline.types import AlignedFace, Condition, Detection, Quality
from tests.unit.media_pipeline.test_inspection import MiddleDetector, frame_and_face


class Bug(MiddleDetector):
    """Answers what no detector may answer."""

    def detect(self, face: AlignedFace) -> tuple[Detection, ...]:
        return (None,)  # type: ignore[return-value]


def test_an_inspection_is_answered_and_a_bug_is_named_without_details() -> None:
    frame, face = frame_and_face()
    request = InspectionRequest(frame, face, Quality(), frozenset({Condition.ACNE}))
    good = answer(Inspector([MiddleDetector(Condition.ACNE)]), request)
    assert not isinstance(good, str)
    assert len(good.conditions[Condition.ACNE].findings) == 1
    assert answer(Inspector([Bug(Condition.ACNE)]), request) == "the inspection failed: AttributeError"


def test_it_ends_when_nobody_is_there_any_more() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        worker = subprocess.Popen(
            [sys.executable, "-m", "media_pipeline.inspection_worker", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=(theirs.fileno(),),
        )
    with Connection(ours.detach()) as connection:
        connection.send(InspectorChoice())
    assert worker.wait(30) == 0
