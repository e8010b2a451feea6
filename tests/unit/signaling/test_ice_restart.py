"""ICE is restarted under a real peer connection that goes on, between real sockets. These tests fail when an update of
aiortc or aioice changes the members that the adapter uses."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection
from aiortc.sdp import candidate_from_sdp

from signaling import ice_restart
from signaling.ice_restart import CannotRestart, IceRestart
from signaling.local_ice import LocalIce, end_consent

NO_SERVERS = RTCConfiguration(iceServers=[])
LOCAL = LocalIce(only=("127.0.0.1",))


@dataclass
class Pair:
    """Two connected peers; what each says on the data channel is echoed by the other."""

    client: RTCPeerConnection
    server: RTCPeerConnection
    channel: RTCDataChannel
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def talk(self, text: str) -> None:
        self.channel.send(text)
        assert await asyncio.wait_for(self.heard.get(), 10) == text


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    before = asyncio.all_tasks()
    client, server = RTCPeerConnection(NO_SERVERS), RTCPeerConnection(NO_SERVERS)
    channel = client.createDataChannel("control")
    opened = asyncio.Event()
    channel.on("open", opened.set)
    server.on("datachannel", lambda other: other.on("message", other.send))
    LOCAL.apply(client)
    await client.setLocalDescription(await client.createOffer())
    await server.setRemoteDescription(client.localDescription)
    LOCAL.apply(server)
    await server.setLocalDescription(await server.createAnswer())
    await client.setRemoteDescription(server.localDescription)
    await asyncio.wait_for(opened.wait(), 10)
    made = Pair(client, server, channel)
    channel.on("message", made.heard.put_nowait)
    yield made
    await client.close()
    await server.close()
    end_consent(client)
    end_consent(server)
    for _ in range(20):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before | {asyncio.current_task()}


def connection(pc: RTCPeerConnection) -> Any:
    (transport,) = pc._RTCPeerConnection__iceTransports  # type: ignore[attr-defined]
    return transport._connection


async def prepared(pair: Pair) -> tuple[IceRestart, IceRestart]:
    """Both sides' restarts, each with the other's candidates."""
    ours = IceRestart(pair.server, NO_SERVERS)
    theirs = IceRestart(pair.client, NO_SERVERS, controlling=True)
    for one in (ours, theirs):
        await one.prepare(LOCAL)
    for one, other in ((ours, theirs), (theirs, ours)):
        for text in other.candidates:
            await one.add(candidate_from_sdp(text))
        await one.add(None)
    return ours, theirs


async def finished(one: IceRestart, other: IceRestart) -> None:
    found = asyncio.gather(one.finish(other.ufrag, other.password), other.finish(one.ufrag, one.password))
    assert all(await found)


async def test_the_conversation_goes_on_over_another_path(pair: Pair) -> None:
    await pair.talk("before")
    old = connection(pair.server), connection(pair.client)
    ours, theirs = await prepared(pair)
    assert ours.ufrag != old[0].local_username
    await pair.talk("meanwhile")
    await finished(ours, theirs)
    assert connection(pair.server) is not old[0]
    assert not old[0]._protocols  # its sockets are closed
    for number in range(5):
        await pair.talk(f"after {number}")
    assert pair.server.connectionState == pair.client.connectionState == "connected"
    await finished(*await prepared(pair))
    await pair.talk("once more")


async def test_a_restart_that_finds_no_path_leaves_things_as_they_are(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_restart, "CONNECT_S", 0.3)
    old = connection(pair.server)
    ours, theirs = await prepared(pair)
    assert not await ours.finish(theirs.ufrag, "0123456789012345678901")
    await theirs.abandon()
    assert connection(pair.server) is old
    await pair.talk("still here")


async def test_a_restart_can_be_given_up(pair: Pair) -> None:
    ours, theirs = await prepared(pair)
    finishing = asyncio.create_task(ours.finish(theirs.ufrag, theirs.password))
    await asyncio.sleep(0)
    finishing.cancel()
    await asyncio.gather(finishing, return_exceptions=True)
    await ours.abandon()
    await theirs.abandon()
    await pair.talk("still here")


async def test_the_end_of_a_connection_is_noticed_after_a_restart_too(pair: Pair) -> None:
    ours, theirs = await prepared(pair)
    await finished(ours, theirs)
    closed = asyncio.Event()
    pair.server.on(
        "connectionstatechange", lambda: closed.set() if pair.server.connectionState != "connected" else None
    )
    await pair.client.close()
    await asyncio.wait_for(closed.wait(), 10)


async def test_what_has_no_path_cannot_be_restarted() -> None:
    pc = RTCPeerConnection(NO_SERVERS)
    with pytest.raises(CannotRestart):
        IceRestart(pc, NO_SERVERS)
    pc.createDataChannel("control")
    with pytest.raises(CannotRestart):
        IceRestart(pc, NO_SERVERS)
    await pc.close()
