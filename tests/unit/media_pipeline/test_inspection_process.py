"""Inspections in a process of their own: the same findings, a lower priority, no orphan, and a new process after a
crash. One process serves all tests that leave it as it was."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from media_pipeline import inspection_process
from media_pipeline.inspection import InspectionRequest
from media_pipeline.inspection_process import InspectionFailed, InspectorChoice, InspectorProcess
from media_pipeline.inspection_worker import inspector_for
from media_pipeline.types import Condition, Quality, Status
from tests.unit.media_pipeline.test_inspection import frame_and_face


@pytest.fixture(scope="module")
def request_() -> InspectionRequest:
    frame, face = frame_and_face()
    return InspectionRequest(frame, face, Quality(), frozenset({Condition.ACNE, Condition.ROSACEA}))


def _page_faults(process: InspectorProcess) -> int:
    """How often it was given a page of memory so far: `minflt` of proc(5)."""
    return int(Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[7])


@pytest.fixture(scope="module")
def process() -> Iterator[InspectorProcess]:
    one = InspectorProcess(InspectorChoice(niceness=7))
    one.warm()
    yield one
    one.close()


def test_it_sees_what_an_inspector_in_this_process_sees(process: InspectorProcess, request_: InspectionRequest) -> None:
    there = process.inspect_whole(request_)
    here = inspector_for(InspectorChoice())
    try:
        same = here.inspect_whole(request_)
    finally:
        here.close()
    assert set(there.conditions) == {Condition.ACNE, Condition.ROSACEA}
    for condition, result in same.conditions.items():
        assert there.conditions[condition].status is result.status is Status.OK
        assert [one.id for one in there.conditions[condition].findings] == [one.id for one in result.findings]
    assert there.skin_tones == same.skin_tones
    assert there.visible == same.visible
    assert (there.bare_skin == same.bare_skin).all()


def test_it_runs_at_a_lower_priority(process: InspectorProcess, request_: InspectionRequest) -> None:
    process.inspect_whole(request_)
    assert process.pid is not None
    assert psutil.Process(process.pid).nice() == min(19, os.nice(0) + 7)


def test_it_keeps_the_memory_of_one_inspection_for_the_next(
    process: InspectorProcess, request_: InspectionRequest
) -> None:
    for _ in range(3):
        process.inspect_whole(request_)
    before = _page_faults(process)
    process.inspect_whole(request_)
    assert _page_faults(process) - before < 500  # fetched anew they are 3000 and more


def test_ctrl_c_is_not_its_business(process: InspectorProcess, request_: InspectionRequest) -> None:
    process.inspect_whole(request_)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGINT)
    process.inspect_whole(request_)
    assert process.pid == pid


def test_after_a_crash_the_next_inspection_has_a_new_process(
    process: InspectorProcess, request_: InspectionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.inspect_whole(request_)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(InspectionFailed, match="gone"):
        process.inspect_whole(request_)
    monkeypatch.setattr(inspection_process, "RESTART_AFTER_S", 0.0)
    process.inspect_whole(request_)
    assert process.pid not in (None, pid)


def test_a_process_that_hangs_is_ended(
    process: InspectorProcess, request_: InspectionRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.inspect_whole(request_)
    pid = process.pid
    assert pid is not None
    monkeypatch.setattr(inspection_process, "SEND_TIMEOUT_S", 0.5)
    monkeypatch.setattr(inspection_process, "ANSWER_TIMEOUT_S", 0.5)
    monkeypatch.setattr(inspection_process, "STOP_TIMEOUT_S", 0.1)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(InspectionFailed, match="gone"):
        process.inspect_whole(request_)
    assert not psutil.pid_exists(pid)
    assert process.pid is None


def test_it_is_not_started_again_and_again(request_: InspectionRequest, tmp_path: Path) -> None:
    broken = InspectorProcess(InspectorChoice(acne_weights=tmp_path / "missing.onnx"))
    try:
        with pytest.raises(InspectionFailed, match="gone"):
            broken.inspect_whole(request_)
        with pytest.raises(InspectionFailed, match="so soon"):
            broken.inspect_whole(request_)
        broken.warm()  # says so in the log and goes on
        assert broken.pid is None
    finally:
        broken.close()


def test_closing_ends_the_process_at_once_though_somebody_waits_for_it(request_: InspectionRequest) -> None:
    closing = InspectorProcess()
    closing.warm()
    pid = closing.pid
    assert pid is not None
    failures: list[InspectionFailed] = []

    def ask() -> None:
        try:
            closing.inspect_whole(request_)  # still loading its models
        except InspectionFailed as failure:
            failures.append(failure)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.1)
    started = time.monotonic()
    closing.close()
    thread.join(10)
    assert time.monotonic() - started < 3
    assert len(failures) == 1
    assert not psutil.pid_exists(pid)
    with pytest.raises(InspectionFailed, match="closed"):
        closing.inspect_whole(request_)
    closing.close()
