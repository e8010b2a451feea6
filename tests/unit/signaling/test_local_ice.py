"""Where the server offers to be reached, on real sockets. These tests fail when an update of aiortc or aioice changes
the members that the adapter replaces."""

import asyncio
import ipaddress
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection
from aiortc.sdp import SessionDescription

from signaling.errors import ServerFull
from signaling.local_ice import LocalIce, end_consent

LOOPBACK = ("127.0.0.1",)


@asynccontextmanager
async def answered(
    local: LocalIce, *servers: RTCIceServer
) -> AsyncIterator[tuple[RTCPeerConnection, RTCPeerConnection]]:
    """A client's connection and the server's, whose answer has been made but not given to the client."""
    client = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    server = RTCPeerConnection(RTCConfiguration(iceServers=list(servers)))
    try:
        client.createDataChannel("annotations")
        LocalIce(only=LOOPBACK).apply(client)
        await client.setLocalDescription(await client.createOffer())
        await server.setRemoteDescription(client.localDescription)
        local.apply(server)
        await server.setLocalDescription(await server.createAnswer())
        yield client, server
    finally:
        await client.close()
        await server.close()
        end_consent(client)
        end_consent(server)


def told(pc: RTCPeerConnection) -> list[tuple[str, int, str]]:
    """(address, port, type) of each candidate in the description that the other side gets."""
    candidates = SessionDescription.parse(pc.localDescription.sdp).media[0].ice_candidates
    return [(one.ip, one.port, one.type) for one in candidates]


def free_ports(count: int) -> tuple[int, int]:
    for first in range(33_000, 60_000, count):
        probes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        try:
            for offset, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + offset))
            return first, first + count - 1
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    raise AssertionError("no free ports")


async def test_media_stays_within_its_ports_until_none_is_left() -> None:
    first, last = free_ports(2)
    local = LocalIce(ports=(first, last), only=LOOPBACK)
    async with answered(local) as (_, one), answered(local) as (_, other):
        assert {told(one)[0][1], told(other)[0][1]} == {first, last}
        with pytest.raises(ServerFull) as caught:
            async with answered(local):
                pass
        assert caught.value.details == {"reason": "media_ports"}
    async with answered(local) as (_, again):
        assert told(again)[0][1] in (first, last)


async def test_two_peers_connect_through_the_addresses_that_are_offered() -> None:
    async with answered(LocalIce(only=LOOPBACK)) as (client, server):
        connected = asyncio.Event()
        server.on("datachannel", lambda channel: connected.set())
        await client.setRemoteDescription(server.localDescription)
        await asyncio.wait_for(connected.wait(), 10)
        assert [one[0] for one in told(server)] == ["127.0.0.1"]


async def test_outsiders_are_told_the_public_address_and_the_real_one_works_behind_it() -> None:
    local = LocalIce(only=LOOPBACK, public_addresses=("198.51.100.7", "2001:db8::7"))
    async with answered(local, RTCIceServer("stun:127.0.0.1:9")) as (client, server):
        ((address, port, kind),) = told(server)
        assert (address, kind) == ("198.51.100.7", "host")
        connected = asyncio.Event()
        server.on("datachannel", lambda channel: connected.set())
        behind_nat = server.localDescription
        behind_nat.sdp = behind_nat.sdp.replace("198.51.100.7", "127.0.0.1")  # what NAT does to the packets
        await client.setRemoteDescription(behind_nat)
        await asyncio.wait_for(connected.wait(), 10)


async def test_a_stun_server_that_does_not_answer_costs_a_second_once(monkeypatch: pytest.MonkeyPatch) -> None:
    local = LocalIce(only=LOOPBACK)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        stun = RTCIceServer(f"stun:127.0.0.1:{silent.getsockname()[1]}")
        started = time.monotonic()
        async with answered(local, stun):
            assert time.monotonic() - started < 3.0  # aioice would wait 5 s
        assert silent.recv(100)
        monkeypatch.setattr("signaling.local_ice.STUN_WAIT_S", 60.0)
        async with asyncio.timeout(10), answered(local, stun):
            pass


def test_interfaces_are_chosen_by_name_address_and_network() -> None:
    everything = LocalIce(only=("*",)).addresses()
    assert "127.0.0.1" in everything
    usual = LocalIce().addresses()
    assert set(usual) == {one for one in everything if not ipaddress.ip_address(one).is_loopback}
    assert LocalIce(only=("lo",)).addresses()[0] == "127.0.0.1"
    assert LocalIce(only=("127.0.0.0/8",)).addresses() == ["127.0.0.1"]
    assert LocalIce(never=("0.0.0.0/0", "::/0")).addresses() == []
    assert LocalIce(only=("*",), never=("lo*",)).addresses() == usual
    assert LocalIce(only=("no-such-interface",)).addresses() == []


async def test_nothing_goes_on_asking_for_consent_when_a_connection_is_closed_as_it_comes_about() -> None:
    async with answered(LocalIce(only=LOOPBACK)) as (client, server):
        ice = next(iter(server._RTCPeerConnection__iceTransports))._connection  # type: ignore[attr-defined]
        complete = ice._check_list_maybe_complete
        closing: asyncio.Queue[asyncio.Task[None]] = asyncio.Queue()

        def close_now() -> bool:
            if done := complete():
                closing.put_nowait(asyncio.create_task(server.close()))
            return bool(done)

        ice._check_list_maybe_complete = close_now
        await client.setRemoteDescription(server.localDescription)
        async with asyncio.timeout(10):
            await (await closing.get())
        end_consent(server)
        assert ice._query_consent_task is None or ice._query_consent_task.cancelling()
