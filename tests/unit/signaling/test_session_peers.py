"""Which connection serves a session, and that each of them is closed in the end. The connections are real ones, which
nobody has called yet."""

from collections.abc import AsyncIterator
from unittest.mock import create_autospec

import pytest
from aiortc import RTCConfiguration

from signaling.errors import NoSuchSession
from signaling.local_ice import LocalIce
from signaling.peer import Peer, PeerOwner
from signaling.session_peers import SessionPeers

BYE = '{"type": "bye"}'


@pytest.fixture
async def peers() -> AsyncIterator[SessionPeers]:
    made = SessionPeers("one")
    yield made
    await made.close(BYE)


def peer() -> Peer:
    return Peer(lambda: RTCConfiguration([]), LocalIce(only=("127.0.0.1",)), create_autospec(PeerOwner))


async def test_the_first_serves_and_the_newest_other_one_takes_over(peers: SessionPeers) -> None:
    first, second, third = peer(), peer(), peer()
    for one in (first, second, third):
        peers.add(one)
    assert list(peers) == [first, third]
    assert peers.ice() is third.ice
    assert peers.hand_over(BYE) is third
    assert (peers.serving, peers.upcoming, list(peers)) == (third, None, [third])
    await peers.close(BYE)
    assert [one.pc.connectionState for one in (first, second, third)] == ["closed"] * 3
    assert list(peers) == []


async def test_one_that_does_not_come_about_leaves_the_other(peers: SessionPeers) -> None:
    first, second = peer(), peer()
    peers.add(first)
    peers.add(second)
    peers.drop_upcoming()
    peers.drop_upcoming()
    assert list(peers) == [first]
    await peers.close(BYE)
    assert second.pc.connectionState == "closed"


async def test_with_nobody_there_nothing_is_said_and_ice_is_refused(peers: SessionPeers) -> None:
    assert not peers.say("{}")
    with pytest.raises(NoSuchSession):
        peers.ice()
    peers.add(peer())
    assert not peers.say("{}")  # its control channel is not open
