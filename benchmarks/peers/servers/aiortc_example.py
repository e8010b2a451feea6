"""aiortc's own server example (examples/server), adapted only to run the same model and to send its answer.

VARIANT=default: the model runs inside recv(), on the event loop, and every frame waits its turn, as in the example.
VARIANT=best: what an experienced user would write: frames are drained as they come, the newest is looked at on a
thread, uvloop runs the loop.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp import web
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole, MediaRelay
from aiortc.mediastreams import MediaStreamError
from workload import Model

peers: set[RTCPeerConnection] = set()
relay = MediaRelay()
pool = ThreadPoolExecutor(2)


class VideoTransformTrack(MediaStreamTrack):
    """The example's track: transforms each frame when it is asked for one."""

    kind = "video"

    def __init__(self, track: MediaStreamTrack, channels: list[Any]) -> None:
        super().__init__()
        self.track = track
        self.channels = channels
        self.model = Model()

    async def recv(self) -> Any:
        frame: Any = await self.track.recv()
        send(self.channels, self.model.answer(frame.to_ndarray(format="rgb24")))
        return frame


def look_at(model: Model, frame: Any) -> str:
    return model.answer(frame.to_ndarray(format="rgb24"))


async def follow_newest(track: MediaStreamTrack, channels: list[Any]) -> None:
    """The tuned variant's loop: one frame on a thread at a time, always the newest."""
    loop = asyncio.get_running_loop()
    model = Model()
    newest: list[Any] = []
    arrived = asyncio.Event()

    async def drain() -> None:
        try:
            while True:
                newest[:] = [await track.recv()]
                arrived.set()
        except MediaStreamError:
            newest[:] = [None]
            arrived.set()

    draining = asyncio.create_task(drain())
    while True:
        await arrived.wait()
        arrived.clear()
        frame = newest[0]
        if frame is None:
            break
        answer = await loop.run_in_executor(pool, look_at, model, frame)
        send(channels, answer)
    await draining
    model.close()


def send(channels: list[Any], text: str) -> None:
    for channel in channels:
        if channel.readyState == "open":
            channel.send(text)


async def offer(request: web.Request) -> web.Response:
    params = await request.json()
    pc = RTCPeerConnection()
    peers.add(pc)
    channels: list[Any] = []
    recorder = MediaBlackhole()
    tasks: list[asyncio.Task[None]] = []

    @pc.on("datachannel")
    def on_datachannel(channel: Any) -> None:
        channels.append(channel)

    @pc.on("connectionstatechange")
    async def on_connectionstatechange() -> None:
        if pc.connectionState in ("failed", "closed"):
            await pc.close()
            peers.discard(pc)

    @pc.on("track")
    def on_track(track: MediaStreamTrack) -> None:
        if os.environ["VARIANT"] == "best":
            tasks.append(asyncio.create_task(follow_newest(track, channels)))
        else:
            # the example sends the transformed video back; here it goes where the example's unrecorded video goes
            recorder.addTrack(VideoTransformTrack(relay.subscribe(track), channels))

    await pc.setRemoteDescription(RTCSessionDescription(sdp=params["sdp"], type=params["type"]))
    await recorder.start()
    await pc.setLocalDescription(await pc.createAnswer())
    description = pc.localDescription
    return web.json_response({"sdp": description.sdp, "type": description.type, "session_id": ""})


async def readyz(request: web.Request) -> web.Response:
    return web.Response(text="ok")


def main() -> None:
    app = web.Application()
    app.router.add_post("/offer", offer)
    app.router.add_get("/readyz", readyz)
    if os.environ["VARIANT"] == "best":
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, handle_signals=True)


if __name__ == "__main__":
    main()
