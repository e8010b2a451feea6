"""Trickle ICE on the JSON API: PATCH /offer/{session_id}."""

import json

import aiohttp
from aiortc import RTCSessionDescription
from aiortc.sdp import SessionDescription, candidate_to_sdp

from benchmarks.clips import Clip
from benchmarks.live_client import ClipTrack, LiveClient
from tests.integration.live.conftest import Server
from tests.integration.live.whip_client import without_candidates


class TricklingClient(LiveClient):
    """Offers without candidates and uses none of the answer's, so that only the server's checks can connect."""

    async def _connect(self) -> None:
        assert self.track is not None
        self.pc.addTrack(self.track)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        offer = {"sdp": without_candidates(self.pc.localDescription.sdp), "type": "offer"}
        async with aiohttp.ClientSession(self.url) as http, http.post("/offer", json=offer) as response:
            answer = await response.json()
        self.session_id = answer["session_id"]
        await self.pc.setRemoteDescription(RTCSessionDescription(without_candidates(answer["sdp"]), "answer"))

    async def trickle(self, *more: dict[str, object]) -> int:
        """Send all candidates as a browser's toJSON() would give them, then `more`; the answer's status."""
        media = SessionDescription.parse(self.pc.localDescription.sdp).media[0]
        assert media.ice is not None
        common = {"sdpMid": media.rtp.muxId, "sdpMLineIndex": 0, "usernameFragment": media.ice.usernameFragment}
        candidates = [{"candidate": f"candidate:{candidate_to_sdp(one)}"} | common for one in media.ice_candidates]
        return await self.patch(json.dumps({"candidates": [*candidates, *more]}))

    async def patch(self, body: str) -> int:
        async with aiohttp.ClientSession(self.url) as http:
            async with http.patch(f"/offer/{self.session_id}", data=body) as response:
                return response.status


async def test_trickled_candidates_are_tried(server: Server, face_clip: Clip) -> None:
    async with TricklingClient(server.url, ClipTrack(face_clip)) as client:
        assert await client.trickle({"candidate": ""}) == 204
        assert (await client.next_annotations(2))[-1].message["face"] is not None
    await server.empty()


async def test_what_holds_no_candidates_is_refused_and_harms_nothing(server: Server, face_clip: Clip) -> None:
    async with TricklingClient(server.url, ClipTrack(face_clip)) as client:
        assert await client.patch("") == 400
        assert await client.patch('{"candidates": 1}') == 422
        assert await client.patch(json.dumps({"candidates": [{"candidate": "x" * 40_000, "sdpMid": "0"}]})) == 413
        assert await client.trickle() == 204
        await client.next_annotations()
    await server.empty()


async def test_an_address_hidden_behind_mdns_costs_no_time(server: Server, face_clip: Clip) -> None:
    class Hiding(LiveClient):
        async def _connect(self) -> None:
            assert self.track is not None
            self.pc.addTrack(self.track)
            await self.pc.setLocalDescription(await self.pc.createOffer())
            lines = self.pc.localDescription.sdp.splitlines(keepends=True)
            for number, line in enumerate(lines):
                if line.startswith("a=candidate"):
                    words = line.split(" ")
                    words[4] = "0f1e2d3c-aaaa-bbbb-cccc-123456789abc.local"
                    lines[number] = " ".join(words)
            async with aiohttp.ClientSession(
                self.url, timeout=aiohttp.ClientTimeout(0.9)
            ) as http:  # a look-up takes 1 s
                async with http.post("/offer", json={"sdp": "".join(lines), "type": "offer"}) as response:
                    answer = await response.json()
            await self.pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async with Hiding(server.url, ClipTrack(face_clip)) as client:
        await client.next_annotations()
    await server.empty()


async def test_trickle_for_a_session_that_is_not_there_is_404(server: Server) -> None:
    async with aiohttp.ClientSession(server.url) as http, http.patch("/offer/nobody", data="{}") as response:
        assert response.status == 404
