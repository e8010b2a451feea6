"""Peers that are neither aiortc nor a browser: GStreamer's webrtcbin with its own ICE, DTLS, SRTP and SCTP."""

import asyncio
import json
import os
from pathlib import Path

import cv2
import pytest

from benchmarks.clips import close_up, moving_portrait
from tests.integration.live.conftest import Server

PEER = Path(__file__).with_name("gstreamer_peer.py")
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's bindings are for Debian's Python


@pytest.fixture(scope="module")
def face_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "face.png"
    picture = next(iter(moving_portrait(close_up(), 640, 360, 1)))
    assert cv2.imwrite(str(path), picture[:, :, ::-1])
    return path


@pytest.mark.system("gstreamer1.0-tools")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--codec", "VP8", "--bundle", "max-bundle"], id="VP8 on one port"),
        pytest.param(["--codec", "H264", "--bundle", "balanced", "--audio"], id="H264 with audio"),
        pytest.param(["--codec", "VP8", "--bundle", "none", "--whip"], id="VP8 on ports of its own over WHIP"),
    ],
)
async def test_gstreamer_gets_its_annotations(server: Server, face_picture: Path, options: list[str]) -> None:
    command = [SYSTEM_PYTHON, str(PEER), str(face_picture), server.url, *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment
    )
    try:
        async with asyncio.timeout(50):
            output, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    received = [json.loads(line) for line in output.splitlines()]
    assert received[-1]["frame"] == {"width": 640, "height": 360}
    x, _, width, _ = received[-1]["face"]["box"]
    assert 0.35 < x + width / 2 < 0.65
    for session in server.sessions.figures:
        server.sessions.get(session.session_id, None).end("peer_closed")
    await server.empty(20)
