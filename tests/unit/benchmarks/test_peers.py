"""The comparison with the neighbours: frames are recognised by their stamps, and every system is in the report."""

from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.clips import encode
from benchmarks.peers import stamp
from benchmarks.peers.client import PeerClient, load_clip, make_clip
from benchmarks.peers.measure import Measured
from benchmarks.peers.report import Report, to_markdown
from benchmarks.peers.servers import workload
from benchmarks.peers.stamp import LARGEST, stamped
from benchmarks.peers.systems import MODELS, SYSTEMS

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


def test_every_system_is_in_every_table_whatever_came_of_it() -> None:
    good, bad = Measured(fps_min=30.0, fps_mean=30.0, p95_ms=9.0, worst_p95_ms=9.0), Measured(failure="it fell over")
    report = Report()
    for system in SYSTEMS:
        result = bad if system.name == "fastrtc" else good
        for model in system.models:
            report.alone[model, system.name] = [result]
        report.ladder[system.name, 4] = result
        report.overload[system.name] = result
        report.networks["2 % loss", system.name] = result
    page = to_markdown(report, "today", 1, 1.0)
    for system in SYSTEMS:
        assert page.count(f"| {system.name} |") == len(system.models) + 3
    assert page.count("it fell over") == len(MODELS) + 3
    assert "Not measured" not in page
    assert report.held("fastrtc") == 1
    assert report.held(SYSTEMS[0].name) == 4


def test_what_was_not_measured_is_named() -> None:
    report = Report(alone={("mesh", SYSTEMS[0].name): [Measured(fps_mean=30.0)]})
    page = to_markdown(report, "today", 1, 1.0)
    assert "One session, 20ms; One session, 80ms; More sessions, mesh; Three times" in page
    assert "## More sessions" not in page
