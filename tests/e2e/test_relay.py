"""A real browser that can only relay is annotated: WHIP with trickled candidates, through a real coturn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.coturn import SECRET, Coturn
from tests.e2e.conftest import LaunchBrowser, StartServer

pytestmark = [pytest.mark.system("chromium"), pytest.mark.system("coturn"), pytest.mark.timeout(120)]

PUBLISH = r"""
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
    body: connection.localDescription.sdp.replace(/a=candidate.*\r\n/g, ""),
  });
  if (answer.status !== 201) throw new Error(`POST ${answer.status}`);
  const url = answer.headers.get("Location");
  const statuses = [];
  let tag = answer.headers.get("ETag");
  const credentials = (sdp) => [sdp.match(/a=ice-ufrag:(.*)\r/)[1], sdp.match(/a=ice-pwd:(.*)\r/)[1]];
  const tell = async (candidate) => {
    const patched = await fetch(url, {
      method: "PATCH",
      headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": tag },
      body: [`a=ice-ufrag:${candidate.usernameFragment}`, "m=video 9 UDP/TLS/RTP/SAVPF 0", `a=mid:${candidate.sdpMid}`,
             `a=${candidate.candidate}`, ""].join("\r\n"),
    });
    statuses.push(patched.status);
  };
  trickle = tell;
  await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  await Promise.all(gathered.map(trickle));
  const { type } = await annotated;
  const stats = [...(await connection.getStats()).values()];
  const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated);
  const local = stats.find((one) => one.id === pair.localCandidateId);

  gathered.length = 0;
  trickle = (candidate) => gathered.push(candidate);
  connection.restartIce();
  await connection.setLocalDescription();
  const [ufrag, password] = credentials(connection.localDescription.sdp);
  const restarted = await fetch(url, {
    method: "PATCH",
    headers: { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*" },
    body: `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${password}\r\n`,
  });
  const fragment = await restarted.text();
  tag = restarted.headers.get("ETag");
  const [theirUfrag, theirPassword] = credentials(fragment);
  const candidates = fragment.match(/a=candidate.*\r\n/g).join("");
  const sdp = connection.remoteDescription.sdp
    .replace(/a=candidate.*\r\n/g, "")
    .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:${theirUfrag}`)
    .replace(/a=ice-pwd:.*/g, `a=ice-pwd:${theirPassword}`)
    .replace(/a=mid:.*\r\n/, (mid) => mid + candidates);
  await connection.setRemoteDescription({ type: "answer", sdp });
  trickle = tell;
  await Promise.all(gathered.map(trickle));
  const path = async () => {
    const all = [...(await connection.getStats()).values()];
    const selected = all.find((one) => one.type === "transport")?.selectedCandidatePairId;
    return all.find((one) => one.id === selected);
  };
  const until = performance.now() + 20_000;
  let now = await path();
  while ((!now || now.id === pair.id || now.state !== "succeeded") && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    now = await path();
  }
  const goneOn = await new Promise((resolve) => {
    let count = 0;
    annotations.onmessage = () => ++count === 10 && resolve(true);
    setTimeout(() => resolve(false), 10_000);
  });
  const ended = await fetch(url, { method: "DELETE" });
  connection.close();
  return { type, statuses, kind: local.candidateType, relayed: local.relayProtocol, links: answer.headers.get("Link"),
           ended: ended.status, restarted: restarted.status, moved: now.id !== pair.id, goneOn };
}
"""


@pytest.fixture
def coturn(tmp_path: Path) -> Iterator[Coturn]:
    running = Coturn(tmp_path / "coturn")
    running.start()
    yield running
    running.stop()


async def test_a_browser_that_can_only_relay_is_annotated_over_udp_and_over_tcp_and_after_a_restart_of_ice(
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
        assert (result["restarted"], result["moved"], result["goneOn"]) == (200, True, True)
        assert result["ended"] == 200
