"""fastrtc's Stream with a VideoStreamHandler, as its documentation shows, in the mode that sends no video back.

VARIANT=default: every frame is handled. VARIANT=skip: skip_frames=True. VARIANT=best: skip_frames=True under uvloop.
The answer goes over the data channel that fastrtc hands to its handlers.
"""

import os
import uuid
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastrtc import Stream, VideoStreamHandler
from fastrtc.utils import current_channel, current_context
from workload import Model

variant = os.environ["VARIANT"]
models: dict[str, Model] = {}


def handle(frame: Any) -> Any:
    """The handler: frame is (H, W, 3) BGR."""
    context, channel = current_context.get(), current_channel.get()
    assert context is not None and channel is not None
    model = models.get(context.webrtc_id)
    if model is None:
        model = models[context.webrtc_id] = Model()
    answer = model.answer(frame[:, :, ::-1].copy())
    if getattr(channel, "readyState", "open") == "open":
        channel.send(answer)
    return None


stream = Stream(
    handler=VideoStreamHandler(handle, skip_frames=variant != "default"),
    modality="video",
    mode="send",
    concurrency_limit=1000,
)
app = FastAPI()
stream.mount(app)


@app.get("/readyz")
def readyz() -> str:
    return "ok"


@app.post("/offer")
async def offer(request: Request) -> dict[str, str]:
    body = await request.json()
    webrtc_id = uuid.uuid4().hex
    answer = await stream.handle_offer(
        {"sdp": body["sdp"], "type": body["type"], "webrtc_id": webrtc_id},
        set_outputs=stream.set_additional_outputs(webrtc_id),
    )
    stream.set_input(webrtc_id, None)  # as its page does: without an input the handler is never called
    return {"sdp": answer["sdp"], "type": answer["type"], "session_id": ""}


if __name__ == "__main__":
    loop = "uvloop" if variant == "best" else "asyncio"
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), loop=loop, log_level="error")
