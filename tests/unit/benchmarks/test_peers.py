"""The comparison with the neighbours: frames are recognised by their stamps, and every system is in the report."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.clips import encode
from benchmarks.peers import stamp
from benchmarks.peers.client import PeerClient, load_clip, make_clip
from benchmarks.peers.compare import PARTS, Comparison
from benchmarks.peers.measure import Measured, Session
from benchmarks.peers.record import Part, Record, Row
from benchmarks.peers.report import to_markdown
from benchmarks.peers.servers import workload
from benchmarks.peers.stamp import LARGEST, stamped
from benchmarks.peers.systems import MODELS, SYSTEMS, System

GREY = np.full((360, 640, 3), 120, np.uint8)


def test_a_stamp_survives_a_lossy_codec() -> None:
    clip = encode(stamped([GREY] * 5), kbps=300)
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    read = [
        workload.read_stamp(frame.to_ndarray(format="rgb24"))
        for packet in clip.packets
        for frame in decoder.decode(av.Packet(packet))
    ]
    assert read == [0, 1, 2, 3, 4]


def test_what_is_no_stamp_is_not_read_as_one() -> None:
    rng = np.random.default_rng(0)
    read = [workload.read_stamp(rng.integers(0, 256, (360, 640, 3))) for _ in range(100)]
    assert sum(one is not None for one in read) < 10  # six check bits let one in 64 through


def test_a_stamp_has_room_for_the_whole_clip_and_says_when_it_has_not() -> None:
    small = np.zeros((8, 128, 3), np.uint8)
    with pytest.raises(ValueError, match=str(LARGEST)):
        list(stamped([small] * (LARGEST + 2)))
    assert (stamp.BLOCK, stamp.NUMBER_BITS, stamp.CHECK_BITS) == (
        workload.BLOCK,
        workload.NUMBER_BITS,
        workload.CHECK_BITS,
    )


def test_a_clip_is_the_same_after_a_round_through_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.peers.client.CLIP_FRAMES", 4)
    make_clip(tmp_path / "clip.npz")
    clip = load_clip(tmp_path / "clip.npz")
    assert len(clip.packets) == 4
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    assert sum(len(decoder.decode(av.Packet(packet))) for packet in clip.packets) == 4


def test_an_answer_counts_once_and_only_for_a_frame_that_was_sent() -> None:
    client = PeerClient("http://nowhere", None)
    client.sent_at[7] = 0.0
    for text in ('{"stamp": 7, "box": null}', '{"stamp": 7, "box": null}', '{"stamp": null, "box": null}', "{}"):
        client._on_annotation(text)
    assert len(client.latencies) == 1


GOOD = Measured(fps_min=30.0, fps_mean=30.0, p95_ms=9.0, worst_p95_ms=9.0)


class Scripted:
    """Stands in for servers and clients: what a run of a system comes to, and which runs were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []

    def measure(self, system: System, model: str, session: Session) -> Measured:
        self.asked.append((system.name, model, session.sessions))
        if system.name == "fastrtc":
            return Measured(failure="it fell over")
        return GOOD if session.sessions <= 8 else replace(GOOD, worst_p95_ms=900.0)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    script = Scripted()
    monkeypatch.setattr("benchmarks.peers.compare.measure", script.measure)
    return script


def comparison(record: Record, *parts: str, finished: Callable[[], None] = lambda: None) -> Comparison:
    return Comparison(Path("clip.npz"), 1.0, 2, parts, MODELS, (4, 8, 12, 16), record, finished)


def test_every_system_is_in_every_table_whatever_came_of_it(
    scripted: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    record = Record()
    comparison(record, *PARTS).run()
    page = to_markdown(record)
    for system in SYSTEMS:
        rungs = 2 if system.name == "fastrtc" else 3
        rows = [line for line in page.splitlines() if line.startswith("|") and f"| {system.name} |" in line]
        assert len(rows) == len(system.models) + 3 + rungs + 1
    assert "Not measured" not in page
    assert record.held("fastrtc") == 1
    assert record.held(SYSTEMS[0].name) == 8
    assert {sessions for name, _, sessions in scripted.asked[-len(SYSTEMS) :]} == {3, 24}
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(f"[{len(lines)}/{len(lines)},")
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_runs_are_interleaved(scripted: Scripted) -> None:
    comparison(Record(), "alone").run()
    mesh = [name for name, model, _ in scripted.asked if model == "mesh"]
    assert mesh == [system.name for system in SYSTEMS] * 2


def test_a_part_is_kept_when_it_is_complete_and_joins_those_of_other_days(scripted: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    old = Record.load(path)
    comparison(old, "ladder", "alone", finished=lambda: old.save(path)).run()
    for part in old.parts.values():
        part.when = "2020-02-20 20:20"
    old.save(path)
    new = Record.load(path)
    assert new == old
    kept: list[list[str]] = []
    comparison(new, "overload", finished=lambda: kept.append(list(new.parts))).run()
    assert kept == [["alone mesh", "alone 20ms", "alone 80ms", "ladder", "overload"]]
    assert (SYSTEMS[0].name, "mesh", 24) in scripted.asked  # three times what it held on that day
    page = to_markdown(new)
    assert page.count("2020-02-20 20:20 UTC") == 4
    assert "Not measured: One session, mesh, on a bad network." in page


def test_what_was_not_measured_is_named() -> None:
    record = Record({"alone mesh": Part("today", "a machine", 1.0, [Row(SYSTEMS[0].name, "", [GOOD])])})
    page = to_markdown(record)
    assert "One session, 20ms; One session, 80ms; More sessions, mesh; Three times" in page
    assert "## More sessions" not in page
    assert "one run of 1 s" in page
