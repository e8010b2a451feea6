"""Through a real coturn, with the configuration that `python -m turn render` writes and the credentials that the server
gives out: who may use it, where it leads, and annotations over it when there is no other way."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aioice import stun
from aioice.turn import create_turn_endpoint
from aiortc import RTCConfiguration, RTCIceServer
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.sdp import SessionDescription

from benchmarks.clips import Clip
from benchmarks.live_client import ClipTrack, LiveClient
from tests.coturn import SECRET, Coturn
from tests.integration.live.conftest import Server, StartServer
from tests.integration.live.whip_client import WhipClient
from turn.coturn import PRIVATE_NETWORKS
from turn.credentials import TurnCredentials

pytestmark = pytest.mark.system("coturn")

UNAUTHORIZED, FORBIDDEN, QUOTA_REACHED = 401, 403, 486  # RFC 8656, section 19


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    running = Coturn(tmp_path_factory.mktemp("coturn"), user_quota=3)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def hardened(tmp_path: Path) -> Iterator[Coturn]:
    """As in production, but for its being on loopback: no private network may be reached."""
    running = Coturn(tmp_path / "hardened", local_peers=False)
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def server(start_server: StartServer, coturn: Coturn) -> Server:
    return await start_server(turn_urls=(coturn.url("udp"), coturn.url("tcp")), turn_secret=SECRET)


async def given(server: Server, transport: str) -> RTCIceServer:
    """What /ice-servers says of the TURN server over that transport."""
    async with aiohttp.ClientSession(server.url) as http, http.get("/ice-servers") as response:
        (turn,) = (await response.json())["iceServers"]
    (url,) = (url for url in turn["urls"] if url.endswith(transport))
    return RTCIceServer(urls=url, username=turn["username"], credential=turn["credential"])


def relay_only(server: RTCIceServer) -> RTCConfiguration:
    return RTCConfiguration(iceServers=[server], iceTransportPolicy=RTCIceTransportPolicy.RELAY)


@asynccontextmanager
async def allocation(coturn: Coturn, username: str, password: str, transport: str = "udp") -> AsyncIterator[Any]:
    """An allocation of a TURN client's own. Raises stun.TransactionFailed where it is refused."""
    endpoint, _ = await create_turn_endpoint(
        asyncio.DatagramProtocol, ("127.0.0.1", coturn.port), username, password, transport=transport
    )
    try:
        yield endpoint
    finally:
        await endpoint._close()


async def refusal(coturn: Coturn, username: str, password: str) -> int:
    with pytest.raises(stun.TransactionFailed) as caught:
        async with allocation(coturn, username, password):
            pass
    return int(caught.value.response.error_code or 0)


# --- annotations through it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("kind", [LiveClient, WhipClient])
async def test_a_client_that_can_only_relay_is_annotated(
    server: Server, face_clip: Clip, transport: str, kind: type[LiveClient]
) -> None:
    configuration = relay_only(await given(server, transport))
    async with kind(server.url, ClipTrack(face_clip), configuration=configuration) as client:
        offered = SessionDescription.parse(client.pc.localDescription.sdp).media[0].ice_candidates
        assert [(one.type, one.ip) for one in offered] == [("relay", "127.0.0.1")]
        assert (await client.next_annotations(5))[-1].message["face"] is not None
    await server.empty()


async def test_the_links_of_whip_open_the_relay(server: Server, coturn: Coturn, face_clip: Clip) -> None:
    async with WhipClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()
        fields = dict(part.split("=", 1) for part in client.links[0].split("; ")[1:])
        async with allocation(coturn, fields["username"].strip('"'), fields["credential"].strip('"')) as endpoint:
            assert endpoint.get_extra_info("sockname")[0] == "127.0.0.1"


async def test_a_server_behind_nat_is_reached_through_the_relay(
    start_server: StartServer, coturn: Coturn, face_clip: Clip
) -> None:
    nowhere = ("0.0.0.0/0", "::/0")  # it has no address that anybody could reach
    server = await start_server(turn_urls=(coturn.url(),), turn_secret=SECRET, server_turn=True, ice_exclude=nowhere)
    async with LiveClient(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations(2)
        told = SessionDescription.parse(client.answer["sdp"]).media[0].ice_candidates
        assert [(one.type, one.ip) for one in told] == [("relay", "127.0.0.1")]
    await server.empty()


# --- who may use it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_good_credentials_open_it(coturn: Coturn, transport: str) -> None:
    async with allocation(coturn, *TurnCredentials(SECRET).make("amira"), transport) as endpoint:
        assert endpoint.get_extra_info("sockname")[0] == "127.0.0.1"


async def test_wrong_expired_and_borrowed_credentials_are_refused(coturn: Coturn) -> None:
    username, password = TurnCredentials(SECRET).make("amira")
    assert await refusal(coturn, username, password[:-2] + "A=") == UNAUTHORIZED
    assert await refusal(coturn, *TurnCredentials("another secret").make("amira")) == UNAUTHORIZED
    assert await refusal(coturn, *TurnCredentials(SECRET, lifetime_s=-5).make("amira")) == UNAUTHORIZED
    longer = username.replace(username.partition(":")[0], "4000000000")
    assert await refusal(coturn, longer, password) == UNAUTHORIZED
    assert await refusal(coturn, username.replace("amira", "basma"), password) == UNAUTHORIZED


async def test_one_person_gets_only_so_many_allocations_and_nobody_else_feels_it(coturn: Coturn) -> None:
    mine = TurnCredentials(SECRET).make("greedy")
    async with allocation(coturn, *mine), allocation(coturn, *mine), allocation(coturn, *mine):
        assert await refusal(coturn, *mine) == QUOTA_REACHED
        async with allocation(coturn, *TurnCredentials(SECRET).make("modest")):
            pass


# --- where it leads ---------------------------------------------------------------------------------------------------


async def test_no_private_network_is_reached_through_it(hardened: Coturn) -> None:
    credentials = TurnCredentials(SECRET)
    private = [ipaddress.ip_network(one) for one in PRIVATE_NETWORKS]
    inside = [str(one[min(5, one.num_addresses - 1)]) for one in private if one.version == 4]
    async with allocation(hardened, *credentials.make("amira")) as endpoint:
        client = endpoint._TurnTransport__inner_protocol
        for number, address in enumerate(inside):
            with pytest.raises(stun.TransactionFailed) as caught:
                await client.channel_bind(0x4000 + number, (address, 4000))
            assert caught.value.response.error_code == FORBIDDEN, address
        await client.channel_bind(0x4100, ("8.8.8.8", 4000))  # permission only: nothing is sent


async def test_it_can_be_made_to_lead_to_the_server_alone(tmp_path: Path) -> None:
    only = Coturn(tmp_path / "only", local_peers=False, only_peers=("10.11.12.13",))
    only.start()
    try:
        async with allocation(only, *TurnCredentials(SECRET).make("amira")) as endpoint:
            client = endpoint._TurnTransport__inner_protocol
            await client.channel_bind(0x4000, ("10.11.12.13", 4000))
            for address in ("10.11.12.14", "8.8.8.8", "127.0.0.1"):
                with pytest.raises(stun.TransactionFailed):
                    await client.channel_bind(0x4001, (address, 4000))
    finally:
        only.stop()
