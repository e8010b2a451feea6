"""A WHIP client on aiortc: publishes a clip, opens both data channels, trickles its candidates."""

import time
from dataclasses import dataclass, field

import aiohttp
from aiortc import RTCRtpSender, RTCSessionDescription
from aiortc.sdp import SessionDescription, candidate_to_sdp

from benchmarks.live_client import LiveClient

__all__ = ["FRAGMENT", "WhipClient", "fragment", "without_candidates"]

FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


@dataclass
class WhipClient(LiveClient):
    """trickle: the offer has no candidates, and the server's in the answer are not used, so that the connection comes
    about by the server's checks to trickled candidates alone."""

    trickle: bool = False
    location: str = ""
    entity_tag: str = ""
    answer_sdp: str = ""
    offer_sdp: str = ""
    links: list[str] = field(default_factory=list)

    async def _connect(self) -> None:
        if self.track is not None:
            self.pc.addTrack(self.track)
            codecs = RTCRtpSender.getCapabilities("video").codecs
            self.pc.getTransceivers()[0].setCodecPreferences([one for one in codecs if one.mimeType == self.codec])
        self.offered_at = time.monotonic()
        await self.pc.setLocalDescription(await self.pc.createOffer())
        self.offer_sdp = self.pc.localDescription.sdp
        body = without_candidates(self.offer_sdp) if self.trickle else self.offer_sdp
        async with (
            self.http() as http,
            http.post("/whip", data=body, headers={"Content-Type": "application/sdp"}) as got,
        ):
            if got.status != 201:
                raise ConnectionRefusedError(f"{got.status} {(await got.json(content_type=None))['code']}")
            self.location, self.entity_tag = got.headers["Location"], got.headers["ETag"]
            self.links = got.headers.getall("Link", [])
            self.answer_sdp = await got.text()
        self.session_id = self.location.rsplit("/", 1)[1]
        answer = without_candidates(self.answer_sdp) if self.trickle else self.answer_sdp
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))

    def http(self) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return aiohttp.ClientSession(self.url, headers=headers)

    async def patch(self, body: str, **headers: str) -> int:
        """PATCH the session with the ETag it was given, unless told otherwise; the answer's status."""
        headers = {"If-Match": self.entity_tag} | FRAGMENT | headers
        async with self.http() as http, http.patch(self.location, data=body, headers=headers) as response:
            if response.status == 204:
                assert await response.read() == b""
                assert "ETag" not in response.headers
            return response.status


def without_candidates(sdp: str) -> str:
    lines = sdp.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("a=candidate", "a=end-of-candidates")))


def fragment(sdp: str) -> str:
    """All candidates of an offer as a fragment (RFC 8840, section 9)."""
    first = SessionDescription.parse(sdp).media[0]
    assert first.ice is not None
    lines = [f"a=ice-ufrag:{first.ice.usernameFragment}", f"a=ice-pwd:{first.ice.password}"]
    lines += [f"m={first.kind} 9 {first.profile} 0", f"a=mid:{first.rtp.muxId}"]
    lines += [f"a=candidate:{candidate_to_sdp(candidate)}" for candidate in first.ice_candidates]
    return "\r\n".join([*lines, "a=end-of-candidates", ""])
