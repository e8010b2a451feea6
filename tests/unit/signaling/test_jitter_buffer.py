"""The jitter buffer: a frame as soon as it is whole, in order, whatever the network does to its packets."""

from dataclasses import dataclass, field

import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from signaling.jitter_buffer import GIVE_UP_AFTER_S, MarkerJitterBuffer


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Losses:
    count: int = 0

    def __call__(self) -> None:
        self.count += 1


@dataclass
class Receiver:
    """Feeds a buffer and keeps what comes out."""

    clock: Clock = field(default_factory=Clock)
    losses: Losses = field(default_factory=Losses)
    frames: list[tuple[bytes, int]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        self.buffer = MarkerJitterBuffer(self.losses, clock=self.clock)

    def feed(self, *packets: RtpPacket) -> list[tuple[bytes, int]]:
        new: list[tuple[bytes, int]] = []
        for one in packets:
            ask, batch = self.buffer.add(one)
            self.asked += ask
            new += batch.frames if batch is not None else []
        self.frames += new
        return new


def packet(sequence: int, timestamp: int, *, marker: bool = False, data: bytes | None = None) -> RtpPacket:
    made = RtpPacket(payload_type=97, sequence_number=sequence % 65536, timestamp=timestamp, marker=int(marker))
    made._data = f"{sequence}.".encode() if data is None else data  # type: ignore[attr-defined]
    return made


def payload(one: RtpPacket) -> bytes:
    data: bytes = one._data  # type: ignore[attr-defined]
    return data


def padding(sequence: int, timestamp: int) -> RtpPacket:
    return packet(sequence, timestamp, data=b"")


def stream(frames: int, packets_per_frame: int, start: int = 0) -> list[RtpPacket]:
    made = []
    for number in range(frames):
        for part in range(packets_per_frame):
            sequence = start + number * packets_per_frame + part
            made.append(packet(sequence, number * 3000, marker=part == packets_per_frame - 1))
    return made


def test_a_frame_comes_with_its_marker_not_with_the_next_frame() -> None:
    receiver = Receiver()
    assert receiver.feed(packet(0, 1000)) == []
    assert receiver.feed(packet(1, 1000, marker=True)) == [(b"0.1.", 1000)]


def test_a_lost_marker_bit_is_made_good_by_the_next_time_stamp() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 1000))
    assert receiver.feed(packet(1, 4000)) == [(b"0.", 1000)]
    assert receiver.feed(packet(2, 4000, marker=True)) == [(b"1.2.", 4000)]


def test_packets_out_of_order_make_the_same_frame() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 1000), packet(2, 1000, marker=True))
    assert receiver.feed(packet(1, 1000)) == [(b"0.1.2.", 1000)]


def test_a_late_packet_frees_every_frame_that_waited_for_it() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 0, marker=True))
    assert receiver.feed(packet(2, 6000, marker=True), packet(3, 9000, marker=True)) == []
    assert [timestamp for _, timestamp in receiver.feed(packet(1, 3000, marker=True))] == [3000, 6000, 9000]


def test_padding_between_frames_is_no_frame_and_stalls_nothing() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 1000, marker=True), padding(1, 1000), padding(2, 1000))
    assert receiver.feed(packet(3, 4000, marker=True)) == [(b"3.", 4000)]
    assert receiver.feed(padding(4, 4000), packet(5, 7000, marker=True)) == [(b"5.", 7000)]


def test_padding_that_fills_a_hole_late_frees_what_waited() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 1000, marker=True), packet(2, 4000, marker=True))
    assert receiver.feed(padding(1, 1000)) == [(b"2.", 4000)]


def test_duplicates_and_stragglers_are_ignored() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 1000, marker=True))
    assert receiver.feed(packet(0, 1000, marker=True), packet(65535, 0, marker=True)) == []
    assert receiver.losses.count == 0


def test_a_hole_that_is_not_filled_in_time_is_given_up_and_a_key_frame_asked_for() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 0, marker=True), packet(2, 3000, marker=True), packet(3, 6000, marker=True))
    assert receiver.asked == 0
    receiver.clock.now += GIVE_UP_AFTER_S + 0.01
    assert receiver.feed(packet(4, 9000)) == []  # it refers to what was lost
    assert receiver.asked == 1
    assert receiver.losses.count == 1
    assert receiver.feed(packet(5, 9000, marker=True)) == []  # the rest of a frame that was cut
    assert receiver.feed(packet(6, 12000, marker=True)) == [(b"6.", 12000)]


def test_a_stream_that_begins_anew_is_followed() -> None:
    receiver = Receiver()
    receiver.feed(packet(30000, 1000, marker=True))
    frames = receiver.feed(packet(10, 90000, marker=True))
    assert frames == [(b"10.", 90000)]
    assert receiver.asked == 1


def test_a_gap_wider_than_the_buffer_is_skipped() -> None:
    receiver = Receiver()
    receiver.feed(packet(0, 1000))
    assert receiver.feed(packet(2000, 90000, marker=True)) == [(b"2000.", 90000)]
    assert receiver.losses.count == 1


@pytest.mark.parametrize("start", [0, 65530])
def test_sequence_numbers_wrap(start: int) -> None:
    receiver = Receiver()
    receiver.feed(*stream(frames=8, packets_per_frame=3, start=start))
    assert [timestamp for _, timestamp in receiver.frames] == [number * 3000 for number in range(8)]


@given(packets_per_frame=st.integers(1, 4), data=st.data())
def test_any_reordering_within_reach_loses_nothing(packets_per_frame: int, data: st.DataObject) -> None:
    packets = stream(12, packets_per_frame)
    first, rest = packets[0], packets[1:]
    keys = data.draw(st.lists(st.integers(0, 5), min_size=len(rest), max_size=len(rest)))
    shuffled = [
        one
        for _, _, one in sorted(
            (number + key, number, one) for number, (key, one) in enumerate(zip(keys, rest, strict=True))
        )
    ]
    receiver = Receiver()
    receiver.feed(first, *shuffled)
    assert [timestamp for _, timestamp in receiver.frames] == [number * 3000 for number in range(12)]
    assert b"".join(part for part, _ in receiver.frames) == b"".join(payload(one) for one in packets)
    assert receiver.losses.count == 0


@given(lost=st.sets(st.integers(1, 59)), padded=st.sets(st.integers(0, 19)))
def test_after_any_loss_frames_are_whole_and_in_order(lost: set[int], padded: set[int]) -> None:
    receiver = Receiver()
    sequence = 0
    whole: dict[int, bytes] = {}
    for number in range(20):
        parts = []
        for part in range(3):
            one = packet(sequence, number * 3000, marker=part == 2)
            parts.append(payload(one))
            if number * 3 + part not in lost:
                receiver.feed(one)
            sequence += 1
        whole[number * 3000] = b"".join(parts)
        if number in padded:
            receiver.feed(padding(sequence, number * 3000))
            sequence += 1
        receiver.clock.now += 0.1
    timestamps = [timestamp for _, timestamp in receiver.frames]
    assert timestamps == sorted(set(timestamps))
    assert all(whole[timestamp] == data for data, timestamp in receiver.frames)
    # a run of frames without loss, well behind the last one with, has come
    last_damaged = max((one // 3 for one in lost), default=-1)
    expected = [number * 3000 for number in range(last_damaged + 5, 20)]
    assert timestamps[len(timestamps) - len(expected) :] == expected
