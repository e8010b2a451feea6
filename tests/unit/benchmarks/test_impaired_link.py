"""The bad network does what it is told: it loses, delays, reorders, swallows, and both sides go through it."""

import asyncio
import contextlib
import time
from collections.abc import Callable

import pytest

from benchmarks.impaired_link import ImpairedLink, Impairment

ANSWER = "v=0\r\na=candidate:1 1 udp 2130706431 {host} {port} typ host\r\na=candidate:2 1 udp 1 10.9.9.9 9 typ host\r\n"


class Socket(asyncio.DatagramProtocol):
    """Keeps what it gets, with the time and the sender."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, float]] = []
        self.news = asyncio.Event()
        self.sender: tuple[str, int] | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.got.append((data, time.monotonic()))
        self.news.set()
        self.sender = addr


async def wait_for(socket: Socket, met: Callable[[], bool]) -> None:
    """Until the condition is met, looked at whenever something arrives and every few milliseconds."""
    async with asyncio.timeout(5):
        while not met():
            socket.news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(socket.news.wait(), 0.02)


async def through(impairment: Impairment, count: int) -> tuple[list[tuple[bytes, float]], ImpairedLink]:
    """Send count numbered datagrams from a client to a server through a link; what arrived."""
    loop = asyncio.get_running_loop()
    server_transport, server = await loop.create_datagram_endpoint(Socket, local_addr=("127.0.0.1", 0))
    client_transport, client = await loop.create_datagram_endpoint(Socket, local_addr=("127.0.0.1", 0))
    host, port = server_transport.get_extra_info("sockname")
    async with ImpairedLink(impairment, seed=1) as link:
        answer = await link.answer(ANSWER.format(host=host, port=port))
        assert answer.count("a=candidate") == 1
        relay = int(answer.split("typ host")[0].split()[-1])
        assert relay != port
        for number in range(count):
            client_transport.sendto(b"%d" % number, (host, relay))
            await asyncio.sleep(0)
        await wait_for(server, lambda: link.passed + link.lost == count and len(server.got) == link.passed)
        if server.sender is not None:
            server_transport.sendto(b"back", server.sender)
            await wait_for(client, lambda: bool(client.got) or link.impairment.loss > 0)
    server_transport.close()
    client_transport.close()
    return server.got, link


async def test_a_good_link_passes_everything_both_ways_in_order() -> None:
    got, link = await through(Impairment(), 50)
    assert [data for data, _ in got] == [b"%d" % number for number in range(50)]
    assert link.lost == 0


async def test_a_lossy_link_loses_about_its_share() -> None:
    got, link = await through(Impairment(loss=0.2), 500)
    assert 60 <= link.lost <= 140
    assert len(got) < 500


async def test_a_jittery_link_delays_and_reorders() -> None:
    started = time.monotonic()
    got, _ = await through(Impairment(delay_s=0.05, jitter_s=0.03), 40)
    assert min(at for _, at in got) - started >= 0.02
    assert [data for data, _ in got] != sorted((data for data, _ in got), key=int)


async def test_an_answer_without_a_candidate_is_refused() -> None:
    async with ImpairedLink(Impairment()) as link:
        with pytest.raises(ValueError, match="candidate"):
            await link.answer("v=0\r\n")


def test_the_offer_goes_without_candidates() -> None:
    offer = ImpairedLink.offer("v=0\r\na=candidate:1 1 udp 1 1.2.3.4 5 typ host\r\na=mid:0\r\n")
    assert offer == "v=0\r\na=mid:0\r\n"


async def test_a_narrow_link_passes_its_rate_and_drops_what_its_queue_does_not_hold() -> None:
    got, link = await through(Impairment(rate_kbps=1), 200)  # 290 bytes of numbers take 4.6 s, 37.5 bytes go in 0.3 s
    assert link.lost > 150
    assert 20 <= len(got) <= 45
    assert [data for data, _ in got] == [b"%d" % number for number in range(len(got))]
    assert got[-1][1] - got[0][1] > 0.1
