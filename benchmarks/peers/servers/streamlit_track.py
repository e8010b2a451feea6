"""streamlit-webrtc's AsyncVideoProcessTrack between aiortc's connection and a sink, as its own factory wires it.

VARIANT=default: the processor has recv(), and the track takes the newest of what waited. VARIANT=best: recv_queued(),
which its documentation recommends, and uvloop.
"""

import asyncio
import os
from typing import Any

from aiohttp import web
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole, MediaRelay
from streamlit_webrtc.models import VideoProcessorBase
from streamlit_webrtc.process import AsyncVideoProcessTrack
from workload import Model

peers: set[RTCPeerConnection] = set()
relay = MediaRelay()


class Processor(VideoProcessorBase):
    """Runs the model on the track's own thread and sends the answer from the event loop."""

    def __init__(self, channels: list[Any]) -> None:
        self.channels = channels
        self.model = Model()
        self.loop = asyncio.get_running_loop()

    def recv(self, frame: Any) -> Any:
        answer = self.model.answer(frame.to_ndarray(format="rgb24"))
        self.loop.call_soon_threadsafe(self.send, answer)
        return frame

    def send(self, answer: str) -> None:
        for channel in self.channels:
            if channel.readyState == "open":
                channel.send(answer)


class QueueProcessor(Processor):
    """Takes all that waited at once and looks at the newest."""

    async def recv_queued(self, frames: list[Any]) -> list[Any]:
        return [self.recv(frames[-1])]


async def offer(request: web.Request) -> web.Response:
    params = await request.json()
    pc = RTCPeerConnection()
    peers.add(pc)
    channels: list[Any] = []
    sink = MediaBlackhole()

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
        kind = QueueProcessor if os.environ["VARIANT"] == "best" else Processor
        sink.addTrack(AsyncVideoProcessTrack(relay.subscribe(track), kind(channels)))

    await pc.setRemoteDescription(RTCSessionDescription(sdp=params["sdp"], type=params["type"]))
    await sink.start()
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
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)


if __name__ == "__main__":
    main()
