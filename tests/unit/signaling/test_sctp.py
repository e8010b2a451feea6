"""Results arrive whole where packets overtake each other, and loss is still backed off from; the tests fail when aiortc
changes the members this rests on. Both ends are aiortc's SCTP, over a network in memory and a clock that does not wait,
so that a busy machine changes nothing."""

import asyncio
import random
import selectors
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest
from aiortc import RTCDataChannel, RTCPeerConnection, RTCSctpTransport
from aiortc.rtcdatachannel import RTCDataChannelParameters
from aiortc.rtcsctptransport import USERDATA_MAX_LENGTH, SackChunk

from signaling.channel import ResultChannel
from signaling.sctp import INITIAL_WINDOW, RTO_INITIAL_S, RTO_MIN_S, allow_for_reordering

FPS = 30
WHOLE, MOVES = 6000, 650  # bytes of a result


@dataclass
class Network:
    """One direction: what of it is lost, how late it comes (s, to either side), how much passes at once (bit/s, behind
    a queue of 0.3 s), and both members of a DTLS transport that SCTP asks about."""

    ice_role: str
    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    rate: float = 0.0
    sent: int = 0
    state: str = "connected"
    peer: "Network | None" = None
    receiver: Any = None
    free_at: float = 0.0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(1)
        self.transport = SimpleNamespace(role=self.ice_role)
        self._role = "server" if self.ice_role == "controlling" else "client"

    def _register_data_receiver(self, receiver: Any) -> None:
        self.receiver = receiver

    def _unregister_data_receiver(self, receiver: Any) -> None:
        self.receiver = None

    async def _send_data(self, data: bytes) -> None:
        self.sent += len(data)
        now, wait = time.monotonic(), 0.0
        if self.rate:
            wait = max(0.0, self.free_at - now) + len(data) * 8 / self.rate
        if self.random.random() < self.loss or wait > 0.3:
            return
        self.free_at = now + wait
        late = wait + self.delay + self.random.uniform(-self.jitter, self.jitter)
        asyncio.get_running_loop().call_later(late, self._arrive, data)

    def _arrive(self, data: bytes) -> None:
        assert self.peer is not None
        if self.peer.receiver is not None:
            task = asyncio.get_running_loop().create_task(self.peer.receiver._handle_data(data))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)


@dataclass
class Course:
    """What came of sending results for a while: the share that arrived, ages in s in order, and the sender."""

    share: float
    ages: list[float]
    sender: RTCSctpTransport
    kbps: float

    @property
    def usual_age(self) -> float:
        return self.ages[len(self.ages) // 2]


async def course(size: int, seconds: float, patient: bool = True, **network: float) -> Course:
    """Send results of so many bytes through the network, a second to settle and then the time given."""
    down, up = Network("controlled", **network), Network("controlling", **network)  # type: ignore[arg-type]
    down.peer, up.peer = up, down
    server, client = RTCSctpTransport(cast(Any, down)), RTCSctpTransport(cast(Any, up))
    if patient:
        allow_for_reordering(cast(RTCPeerConnection, SimpleNamespace(sctp=server)))
    received: list[tuple[float, float]] = []
    channel = RTCDataChannel(
        client, RTCDataChannelParameters(label="annotations", ordered=False, maxRetransmits=0), True
    )
    channel.on("message", lambda text: received.append((float(text.split()[0]), time.monotonic())))
    opened: asyncio.Future[RTCDataChannel] = asyncio.get_running_loop().create_future()
    server.on("datachannel", opened.set_result)
    results = ResultChannel()
    try:
        async with asyncio.timeout(20):
            capabilities = RTCSctpTransport.getCapabilities()
            await asyncio.gather(client.start(capabilities, server.port), server.start(capabilities, client.port))
            results.attach(await opened)
            started, settle, since = time.monotonic(), FPS, 0.0
            for number in range(settle + round(seconds * FPS)):
                await asyncio.sleep(max(0.0, started + number / FPS - time.monotonic()))
                if number == settle:
                    since, down.sent = time.monotonic(), 0
                results.send_latest(f"{time.monotonic()} ".ljust(size, "."))
            spent = time.monotonic() - since
            await asyncio.sleep(down.delay + down.jitter + 0.05)
    finally:
        await server._abort()
        await client._abort()
    counted = sorted(at - sent for sent, at in received if sent >= since)
    return Course(len(counted) / (seconds * FPS), counted or [9.0], server, down.sent * 8 / spent / 1e3)


class Clock(selectors.DefaultSelector):
    """Whoever waits for a time finds that it has come."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout:
            self.now += timeout
        return super().select(0)


T = TypeVar("T")
InNoTime = Callable[[Coroutine[Any, Any, T]], T]


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> InNoTime[Course]:
    """Runs a coroutine on a loop of its own whose clock, and everybody's, goes as fast as it can."""

    def run(coroutine: Coroutine[Any, Any, Course]) -> Course:
        clock = Clock()
        with monkeypatch.context() as patch:
            patch.setattr(time, "monotonic", lambda: clock.now)
            patch.setattr(time, "time", lambda: clock.now)
            with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(clock)) as runner:
                return runner.run(coroutine)

    return run


def test_overtaking_packets_cost_neither_results_nor_time(in_no_time: InNoTime[Course]) -> None:
    """Six chunks each, 50 ms +-10 ms: aiortc alone brings half to two thirds of them, 0.15 s old and more."""
    ours = in_no_time(course(WHOLE, 5, delay=0.05, jitter=0.01))
    alone = in_no_time(course(WHOLE, 5, patient=False, delay=0.05, jitter=0.01))
    assert ours.share > 0.98
    assert ours.usual_age < 0.065
    assert alone.share < 0.75
    assert alone.usual_age > 0.12


@pytest.mark.parametrize(("loss", "least"), [(0.02, 0.96), (0.05, 0.92)])
@pytest.mark.parametrize("delay", [0.0, 0.05])
def test_a_lost_packet_costs_its_own_message_only(
    in_no_time: InNoTime[Course], loss: float, least: float, delay: float
) -> None:
    one = in_no_time(course(MOVES, 10, loss=loss, delay=delay, jitter=delay / 5))
    assert one.share > least
    assert one.usual_age < delay + 0.01


def test_random_loss_far_away_leaves_room_for_most_whole_results(in_no_time: InNoTime[Course]) -> None:
    ours = in_no_time(course(WHOLE, 10, loss=0.01, delay=0.05, jitter=0.01))
    alone = in_no_time(course(WHOLE, 10, patient=False, loss=0.01, delay=0.05, jitter=0.01))
    assert ours.share > 0.7
    assert ours.share > 1.5 * alone.share
    assert ours.usual_age < 0.15


@pytest.mark.parametrize("kbps", [1000, 300])
def test_a_narrow_link_is_backed_off_from(in_no_time: InNoTime[Course], kbps: float) -> None:
    """More than fits is offered, five times more in the second case: what is sent is hardly more than what passes, and
    that is used."""
    narrow = in_no_time(course(WHOLE, 10, delay=0.02, rate=kbps * 1e3))
    assert narrow.kbps < 1.15 * kbps
    assert narrow.share * FPS * WHOLE * 8 / 1e3 > 0.6 * kbps
    assert narrow.ages[-1] < 1.5


def test_a_time_out_closes_the_window(in_no_time: InNoTime[Course]) -> None:
    sender = in_no_time(course(MOVES, 0.2)).sender
    assert sender._cwnd >= INITIAL_WINDOW
    with asyncio.Runner() as runner:
        runner.run(expire(sender))
    assert sender._cwnd == USERDATA_MAX_LENGTH


async def expire(sender: RTCSctpTransport) -> None:
    sender._t3_expired()


async def test_the_members_are_where_aiortc_1_16_has_them() -> None:
    network = Network("controlled")
    network.peer = Network("controlling")
    transport = RTCSctpTransport(cast(Any, network))
    transport._remote_port = 5000
    for name in ("_receive_sack_chunk", "_transmit", "_send_chunk", "_update_rto", "_update_advanced_peer_ack_point"):
        assert callable(getattr(transport, name))
    allow_for_reordering(cast(RTCPeerConnection, SimpleNamespace(sctp=transport)))
    assert transport._rto == RTO_INITIAL_S
    assert transport._cwnd == INITIAL_WINDOW
    transport._update_rto(5.0)  # aiortc's own measure is not taken
    assert transport._srtt is None
    await transport._send(0, 51, b"something", ordered=False, max_retransmits=0)
    (sent,) = transport._sent_queue
    assert (sent._misses, sent._sent_count, sent._acked, sent._abandoned) == (0, 1, False, False)
    sack = SackChunk()
    sack.cumulative_tsn = sent.tsn
    await transport._receive_sack_chunk(sack)
    assert transport._srtt is not None
    assert transport._srtt < 1
    assert pytest.approx(RTO_MIN_S) == transport._rto
    transport._t3_cancel()


def test_a_connection_without_data_channels_is_left_alone() -> None:
    allow_for_reordering(cast(RTCPeerConnection, SimpleNamespace(sctp=None)))
