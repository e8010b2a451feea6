"""A real browser that can only relay is annotated: WHIP with trickled candidates, through a real coturn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.coturn import SECRET, Coturn
from tests.e2e.conftest import LaunchBrowser, StartServer

pytestmark = [pytest.mark.system("chromium"), pytest.mark.system("coturn"), pytest.mark.timeout(120)]

PUBLISH = """
async (transport) => {
  const { iceServers } = await (await fetch("/ice-servers")).json();
  for (const server of iceServers) server.urls = server.urls.filter((url) => url.endsWith(transport));
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 } });
  const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay", bundlePolicy: "max-bundle" });
  const annotations = connection.createDataChannel("annotations", { ordered: false, maxRetransmits: 0 });
  connection.addTransceiver(stream.getVideoTracks()[0], { direction: "sendonly" });
  const annotated = new Promise((resolve, reject) => {
    annotations.onmessage = ({ data }) => resolve(JSON.parse(data));
    setTimeout(() => reject(new Error(`no annotation; connection ${connection.connectionState}`)), 30_000);
  });
  const gathered = [];
  let trickle = (candidate) => gathered.push(candidate); // until the session has its address and its tag
  connection.onicecandidate = ({ candidate }) => candidate && trickle(candidate);
  await connection.setLocalDescription();
  const answer = await fetch("/whip", {
    method: "POST",
    headers: { "Content-Type": "application/sdp" },
    body: connection.localDescription.sdp.replace(/a=candidate.*\\r\\n/g, ""),
  });
  if (answer.status !== 201) throw new Error(`POST ${answer.status}`);
  const url = answer.headers.get("Location");
  const statuses = [];
  trickle = async (candidate) => {
    const patched = await fetch(url, {
      method: "PATCH",
      headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": answer.headers.get("ETag") },
      body: [`a=ice-ufrag:${candidate.usernameFragment}`, "m=video 9 UDP/TLS/RTP/SAVPF 0", `a=mid:${candidate.sdpMid}`,
             `a=${candidate.candidate}`, ""].join("\\r\\n"),
    });
    statuses.push(patched.status);
  };
  await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  await Promise.all(gathered.map(trickle));
  const { type } = await annotated;
  const stats = [...(await connection.getStats()).values()];
  const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated);
  const local = stats.find((one) => one.id === pair.localCandidateId);
  const ended = await fetch(url, { method: "DELETE" });
  connection.close();
  return { type, statuses, kind: local.candidateType, relayed: local.relayProtocol, links: answer.headers.get("Link"),
           ended: ended.status };
}
"""


@pytest.fixture
def coturn(tmp_path: Path) -> Iterator[Coturn]:
    running = Coturn(tmp_path / "coturn")
    running.start()
    yield running
    running.stop()


async def test_a_browser_that_can_only_relay_is_annotated_over_udp_and_over_tcp(
    launch_browser: LaunchBrowser, start_server: StartServer, coturn: Coturn
) -> None:
    server = await start_server(TURN_URLS=f"{coturn.url('udp')},{coturn.url('tcp')}", TURN_SECRET=SECRET)
    browser = await launch_browser()
    page = await browser.new_page()
    await page.goto(f"{server.url}/")
    for transport in ("udp", "tcp"):
        result = await page.evaluate(PUBLISH, transport)
        assert result["type"] == "annotations"
        assert (result["kind"], result["relayed"]) == ("relay", transport)
        assert set(result["statuses"]) == {204}
        assert result["links"].count('rel="ice-server"') == 2
        assert result["ended"] == 200
