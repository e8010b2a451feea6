"""The live page in Firefox: another WebRTC stack, another JavaScript engine, the same annotations on the face."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.e2e.conftest import StartServer
from tests.e2e.firefox import Firefox

pytestmark = [pytest.mark.system("firefox-esr"), pytest.mark.timeout(180)]

# Firefox's own pretended camera shows no face: the page is given a canvas that shows a portrait instead.
CAMERA = """() => {
  const picture = new Image();
  picture.src = "data:image/jpeg;base64,%s";
  navigator.mediaDevices.getUserMedia = async () => {
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const context = canvas.getContext("2d");
    setInterval(() => {
      context.fillStyle = "#556";
      context.fillRect(0, 0, 640, 480);
      const sway = 12 * Math.sin(performance.now() / 400);
      context.drawImage(picture, 80 + sway, 0, 480, 480);
    }, 33);
    return canvas.captureStream(30);
  };
}"""
LAST = "(await import('/static/app.js')).inspect.lastDrawn()"


async def test_a_face_is_annotated_in_firefox_and_its_session_can_be_seen_to_end(
    start_server: StartServer, astronaut: NDArray[np.uint8], tmp_path: Path
) -> None:
    head = np.ascontiguousarray(astronaut[20:270, 100:350, ::-1])
    encoded = base64.b64encode(cv2.imencode(".jpg", head)[1].tobytes()).decode()
    server = await start_server()
    profile = tmp_path / "firefox"
    profile.mkdir()
    async with Firefox(profile) as firefox:
        await firefox.before_each_page(CAMERA % encoded)
        await firefox.open(server.url)
        await firefox.run("document.getElementById('power').click()")
        await firefox.until("document.body.dataset.state === 'live'")
        message = await firefox.until(f"{LAST}?.message?.face && {LAST}.message")
        x, _, width, height = message["face"]["box"]
        assert 0.3 < x + width / 2 < 0.7
        assert 0.2 < width < 0.8
        assert 0.3 < height < 1.1
        assert (message["frame"]["width"], message["frame"]["height"]) == (640, 480)
        # drawn on the very picture it is about: Firefox tells the RTP timestamps of what it sends
        assert await firefox.until(f"['exact', 'between'].includes({LAST}?.kind)")
        await firefox.until(f"Object.keys({LAST}?.message?.conditions ?? {{}}).length > 0")
        await firefox.run("document.getElementById('power').click()")
        await firefox.until("document.body.dataset.state === 'idle'")
