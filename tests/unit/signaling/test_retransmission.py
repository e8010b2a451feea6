"""What stays missing is asked for again, by a real aiortc receiver through a network that loses packets; the tests fail
when the private members of aiortc change that this rests on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver
from aiortc.rtp import RtcpRtpfbPacket

from benchmarks.clips import encode, moving_portrait, portrait
from benchmarks.impaired_link import ImpairedLink, Impairment
from benchmarks.live_client import RTCP_TYPES, ClipTrack
from media_pipeline.mailbox import EncodedFrame
from signaling.jitter_buffer import GIVE_UP_AFTER_S, MarkerJitterBuffer
from signaling.retransmission import ASK_AGAIN_S, MAX_MISSING, MOST_QUESTIONS, NewGaps, Retransmission
from signaling.video_receiver import VideoReceiver
from tests.unit.signaling.test_jitter_buffer import packet


class Asked:
    """Stands for the receiver: keeps the questions."""

    def __init__(self) -> None:
        self.questions: list[list[int]] = []
        self.again = asyncio.Event()

    async def _send_rtcp_nack(self, ssrc: int, lost: list[int]) -> None:
        self.questions.append(lost)
        if len(self.questions) == 2:
            self.again.set()


def watching() -> tuple[MarkerJitterBuffer, Asked, Retransmission]:
    buffer, asked = MarkerJitterBuffer(), Asked()
    return buffer, asked, Retransmission(cast(RTCRtpReceiver, asked), buffer)


async def test_a_hole_is_asked_about_until_it_is_filled() -> None:
    buffer, asked, retransmission = watching()
    for sequence in (1, 3):
        buffer.add(packet(sequence, 90, marker=sequence == 3))
        retransmission.watch(5)
    async with asyncio.timeout(5):
        await asked.again.wait()
    assert asked.questions[:2] == [[2], [2]]
    buffer.add(packet(2, 90))
    retransmission.watch(5)
    count = len(asked.questions)
    await asyncio.sleep(3 * ASK_AGAIN_S)
    assert len(asked.questions) <= count + 1  # at most the one that was under way


async def test_what_does_not_come_is_asked_for_ever_more_rarely() -> None:
    buffer, asked, retransmission = watching()
    for sequence in (1, 3):
        buffer.add(packet(sequence, 90, marker=sequence == 3))
        retransmission.watch(5)
    started = asyncio.get_running_loop().time()
    async with asyncio.timeout(5):
        await asked.again.wait()
    assert asyncio.get_running_loop().time() - started > 2.9 * ASK_AGAIN_S
    retransmission.close()


def test_aiortc_asks_for_each_packet_once() -> None:
    questions = NewGaps()
    packets = [packet(sequence, 90) for sequence in (1, 3, 4, 7, 5, 8)]
    asked = [sorted(questions.missing) for one in packets if questions.add(one)]
    assert asked == [[2], [5, 6]]


async def test_without_a_hole_nothing_is_asked_and_nothing_runs() -> None:
    buffer, asked, retransmission = watching()
    for sequence in range(5):
        buffer.add(packet(sequence, 90 * sequence, marker=True))
        retransmission.watch(5)
    assert len(asyncio.all_tasks()) == 1
    retransmission.close()
    assert asked.questions == []


async def test_too_large_a_hole_is_left_to_the_key_frame() -> None:
    buffer, asked, retransmission = watching()
    for sequence in (1, MAX_MISSING + 3):
        buffer.add(packet(sequence, 90 * sequence, marker=True))
        retransmission.watch(5)
    await asyncio.sleep(2 * ASK_AGAIN_S)
    retransmission.close()
    assert asked.questions == []


async def test_where_nothing_comes_any_more_the_questions_end_too() -> None:
    buffer, asked, retransmission = watching()
    for sequence in (1, 3):
        buffer.add(packet(sequence, 90 * sequence, marker=True))
    retransmission.watch(5)
    (task,) = asyncio.all_tasks() - {asyncio.current_task()}
    async with asyncio.timeout(10):
        await task
    assert 0 < len(asked.questions) <= MOST_QUESTIONS


async def test_closing_ends_the_questions_for_good() -> None:
    buffer, _, retransmission = watching()
    for sequence in (1, 3):
        buffer.add(packet(sequence, 90 * sequence, marker=True))
    retransmission.watch(5)
    retransmission.close()
    retransmission.watch(5)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


class LosesOnePacketTwice:
    """Says of datagrams whether to lose them: the tenth of the video, and the first that is sent again."""

    def __init__(self) -> None:
        self.types: list[int] = []  # of RTP payload, in the order of their coming: video, then its retransmission
        self.counts: dict[int, int] = {}

    def __call__(self, data: bytes) -> bool:
        kind = data[1] & 0x7F if len(data) > 12 and data[0] >> 6 == 2 else None
        if kind is None or data[1] in RTCP_TYPES:
            return False
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind not in self.types:
            self.types.append(kind)
        return (self.types.index(kind), self.counts[kind]) in ((0, 10), (1, 1))


@pytest.mark.parametrize("ask_again", [True, False])
async def test_a_packet_that_is_lost_twice_comes_all_the_same_when_it_is_asked_for_again(ask_again: bool) -> None:
    clip = encode(moving_portrait(portrait(), 160, 120, 25), kbps=200)
    sender, receiver = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    frames: list[EncodedFrame] = []
    sent = asyncio.Event()

    def take(frame: EncodedFrame) -> bool:
        frames.append(frame)
        return True

    def on_track(track: object) -> None:
        video = VideoReceiver(receiver.getReceivers()[0], take, lambda: None, lambda: None)
        if not ask_again:
            video.jitter_buffer.retransmission.watch = lambda ssrc: None  # type: ignore[method-assign]

    receiver.on("track", on_track)
    track = ClipTrack(clip, frames=len(clip.packets))
    track.on("ended", sent.set)
    sender.addTrack(track)
    async with asyncio.timeout(30), ImpairedLink(Impairment()) as link:
        link.drop = LosesOnePacketTwice()
        await sender.setLocalDescription(await sender.createOffer())
        offer = sender.localDescription
        await receiver.setRemoteDescription(type(offer)(link.offer(offer.sdp), offer.type))
        await receiver.setLocalDescription(await receiver.createAnswer())
        answer = receiver.localDescription
        await sender.setRemoteDescription(type(answer)(await link.answer(answer.sdp), answer.type))
        await sent.wait()
        await asyncio.sleep(GIVE_UP_AFTER_S)
        await sender.close()
        await receiver.close()
    assert link.lost == 2
    assert ([frame.data for frame in frames] == clip.packets) == ask_again


def test_the_question_has_the_form_that_aiortc_sends() -> None:
    one = RtcpRtpfbPacket(fmt=1, ssrc=1, media_ssrc=2)
    one.lost = [1, 2, 9]
    assert RtcpRtpfbPacket.parse(bytes(one)[4:], 1).lost == [1, 2, 9]
    send: Callable[..., Awaitable[None]] = RTCRtpReceiver._send_rtcp_nack
    assert asyncio.iscoroutinefunction(send)
