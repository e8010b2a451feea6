"""A real Chromium with a camera that plays a file: how soon its full resolution arrives."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
from playwright.async_api import async_playwright

from benchmarks.clips import close_up, moving_portrait
from benchmarks.server_process import ServerProcess
from benchmarks.table import Row

__all__ = ["ALLOW_CAMERA", "CHROMIUM_FLAGS", "bench_browser"]

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
)
ALLOW_CAMERA = "--use-fake-ui-for-media-stream"
TIMEOUT_MS = 20_000

# Milliseconds from `connected` until the first annotation about a frame of that width, and the frames' rate over the
# second after it.
MEASURE = """
async ([width, height]) => {
  const stream = await navigator.mediaDevices.getUserMedia({video: {width, height, frameRate: 30}});
  const pc = new RTCPeerConnection();
  const channel = pc.createDataChannel("annotations", {ordered: false, maxRetransmits: 0});
  const track = stream.getVideoTracks()[0];
  track.contentHint = "detail";
  pc.addTrack(track, stream);
  await pc.setLocalDescription(await pc.createOffer());
  const answer = await (await fetch("/offer", {method: "POST", body: JSON.stringify(pc.localDescription)})).json();
  let connected = 0, first = 0, full = 0, received = [], sizes = [];
  pc.onconnectionstatechange = () => { if (pc.connectionState === "connected") connected = performance.now(); };
  const done = new Promise(resolve => {
    channel.onmessage = event => {
      const message = JSON.parse(event.data), now = performance.now();
      first ||= now;
      sizes.push(message.frame.width);
      if (!full && message.frame.width >= width) full = now;
      if (full) { received.push([now, message.received]); if (now - full > 1000) resolve(); }
    };
  });
  await pc.setRemoteDescription(answer);
  await Promise.race([done, new Promise(resolve => setTimeout(resolve, 15000))]);
  pc.close(); track.stop();
  const [from, to] = [received[0], received.at(-1)];
  return {full: full ? full - connected : -1, first: first - connected,
          fps: from ? (to[1] - from[1]) * 1000 / (to[0] - from[0]) : 0, widest: Math.max(...sizes)};
}
"""


def bench_browser(quick: bool) -> Iterator[Row]:
    """The time until 1280x720 arrives."""
    chromium = shutil.which("chromium")
    if chromium is None:
        yield Row(
            "time until 1280x720 arrives from Chromium", "not measured: chromium is not installed", "<= 2 s", False
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        clip = _camera_file(Path(folder) / "camera.mjpeg", 1280, 720, 60)
        with ServerProcess() as server:
            runs = [asyncio.run(_time_to_full(chromium, server.url, clip)) for _ in range(1 if quick else 3)]
    times = sorted(run["full"] for run in runs)
    middle = times[len(times) // 2]
    rates = ", ".join(f"{run['fps']:.0f}" for run in runs)
    yield Row(
        "time from connected until 1280x720 arrives from Chromium on loopback",
        f"{middle / 1e3:.2f} s ({', '.join(f'{one / 1e3:.2f}' for one in times)}); {rates} fps in the second after"
        if middle >= 0
        else f"not within 15 s; the widest was {runs[0]['widest']:.0f} px",
        "<= 2 s",
        0 <= middle <= 2000,
    )


async def _time_to_full(chromium: str, url: str, clip: Path) -> dict[str, float]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=[*CHROMIUM_FLAGS, ALLOW_CAMERA, f"--use-file-for-fake-video-capture={clip}"]
        )
        try:
            page = await browser.new_page()
            page.set_default_timeout(TIMEOUT_MS)
            await page.goto(f"{url}/")
            result: dict[str, float] = await page.evaluate(MEASURE, [1280, 720])
            return result
        finally:
            await browser.close()


def _camera_file(path: Path, width: int, height: int, frames: int) -> Path:
    """A portrait that moves, as the MJPEG file that Chromium's fake camera plays."""
    with path.open("wb") as file:
        for picture in moving_portrait(close_up(), width, height, frames):
            done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
            assert done
            file.write(jpeg.tobytes())
    return path
