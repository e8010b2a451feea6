"""The mailbox: bounded, counts what it dropped, never hands out a frame whose key frame is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_pipeline.mailbox import EncodedFrame, Mailbox, MailboxStatistics


def frame(number: int, *, key: bool = False, size: int = 10) -> EncodedFrame:
    return EncodedFrame(b"x" * size, "VP8", number, float(number), key)


def test_nothing_is_taken_before_a_key_frame() -> None:
    box = Mailbox()
    assert not box.put(frame(0))
    assert box.drain() == []
    assert box.put(frame(1, key=True))
    assert [one.rtp_timestamp for one in box.drain()] == [1]


def test_a_drain_takes_everything_oldest_first() -> None:
    box = Mailbox()
    for number in range(4):
        box.put(frame(number, key=number == 0))
    assert [one.rtp_timestamp for one in box.drain()] == [0, 1, 2, 3]
    assert box.drain() == []


def test_a_key_frame_makes_what_waits_before_it_needless() -> None:
    box = Mailbox()
    box.put(frame(0, key=True))
    box.put(frame(1))
    box.put(frame(2, key=True))
    assert [one.rtp_timestamp for one in box.drain()] == [2]
    assert box.statistics.dropped == 2


def test_a_box_that_nobody_drains_empties_itself_and_asks_for_a_key_frame() -> None:
    box = Mailbox(max_frames=3)
    assert all(box.put(frame(number, key=number == 0)) for number in range(3))
    assert not box.put(frame(3))
    assert not box.put(frame(4))
    assert box.drain() == []
    assert box.put(frame(5, key=True))


def test_bytes_are_bounded_too() -> None:
    box = Mailbox(max_bytes=25)
    assert box.put(frame(0, key=True))
    assert box.put(frame(1))
    assert not box.put(frame(2))


def test_a_broken_chain_waits_for_a_key_frame() -> None:
    box = Mailbox()
    box.put(frame(0, key=True))
    box.break_chain()
    assert not box.put(frame(1))
    assert box.put(frame(2, key=True))


@pytest.mark.parametrize("limits", [(0, 1), (1, 0)])
def test_a_box_for_nothing_is_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        Mailbox(*limits)


@given(st.lists(st.sampled_from(["key", "delta", "drain", "break"]), max_size=200))
def test_every_frame_is_counted_once_and_every_drain_can_be_decoded(steps: list[str]) -> None:
    box = Mailbox(max_frames=5)
    last_decoded: int | None = None
    for number, step in enumerate(steps):
        match step:
            case "drain":
                for one in box.drain():
                    assert one.keyframe or (last_decoded is not None and one.rtp_timestamp > last_decoded)
                    last_decoded = one.rtp_timestamp
            case "break":
                box.break_chain()
            case _:
                box.put(frame(number, key=step == "key"))
        counted = box.statistics
        assert counted.received == counted.taken + counted.dropped + counted.waiting
        assert counted.waiting <= 5


def test_what_was_not_analysed_was_dropped_or_merely_decoded() -> None:
    statistics = MailboxStatistics(received=10, taken=7, dropped=1, waiting=2)
    assert statistics.not_analysed(5) == 3
    assert statistics.not_analysed(9) == 0  # read while the next one was already counted
