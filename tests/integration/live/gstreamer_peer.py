"""A peer on GStreamer's webrtcbin: its own ICE (libnice), DTLS, SRTP and SCTP. Run with the system's Python:

    python3 gstreamer_peer.py PICTURE.png URL --codec VP8|H264 [--whip] [--audio] [--bundle max-bundle] [--messages 3]

Sends the picture as video, writes each message of the `annotations` channel as a line on stdout, and ends with status 0
after so many, or with 1 and the reason.
"""

import argparse
import json
import sys
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402 - versions are chosen before the import

PATIENCE_S = 40  # for what takes two seconds on a quiet machine

ENCODERS = {
    "VP8": "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60 target-bitrate=1500000 ! rtpvp8pay picture-id-mode=2 ! "
    "application/x-rtp,media=video,encoding-name=VP8,payload=96",
    "H264": "openh264enc bitrate=1500000 gop-size=60 ! h264parse ! "
    "rtph264pay config-interval=-1 aggregate-mode=zero-latency ! "
    "application/x-rtp,media=video,encoding-name=H264,payload=97",
}
AUDIO = (
    " audiotestsrc is-live=true wave=silence ! audioconvert ! opusenc ! rtpopuspay ! "
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=98 ! peer."
)


class Peer:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.loop = GLib.MainLoop()
        self.failed = ""
        self.heard_of = 0
        self.pipeline = Gst.parse_launch(
            f"webrtcbin name=peer bundle-policy={arguments.bundle} filesrc location={arguments.picture} ! pngdec ! "
            "imagefreeze is-live=true ! videoconvert ! video/x-raw,format=I420,framerate=30/1 ! queue ! "
            f"{ENCODERS[arguments.codec]} ! peer." + (AUDIO if arguments.audio else "")
        )
        self.peer = self.pipeline.get_by_name("peer")
        self.peer.connect("on-negotiation-needed", self.offer)
        self.peer.connect("notify::ice-gathering-state", self.gathered)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda bus, message: self.stop(str(message.parse_error())))

    def run(self) -> int:
        self.pipeline.set_state(Gst.State.READY)
        options = Gst.Structure.new_from_string("options, ordered=false, max-retransmits=0")
        channel = self.peer.emit("create-data-channel", "annotations", options)
        channel.connect("on-message-string", self.heard)
        self.pipeline.set_state(Gst.State.PLAYING)
        GLib.timeout_add_seconds(PATIENCE_S, self.stop, "too few messages came")
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        if self.failed:
            sys.stderr.write(self.failed + "\n")
        return int(bool(self.failed))

    def stop(self, why: str) -> bool:
        self.failed = self.failed or why
        self.loop.quit()
        return False

    def heard(self, channel: object, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        self.heard_of += 1
        if self.heard_of == self.arguments.messages:
            self.loop.quit()

    def offer(self, element: object) -> None:
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered))

    def offered(self, promise: Gst.Promise) -> None:
        reply = promise.get_reply()  # owns the description: it must outlive it
        self.peer.emit("set-local-description", reply.get_value("offer"), Gst.Promise.new())

    def gathered(self, element: object, parameter: object) -> None:
        if self.peer.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            return
        sdp = self.peer.get_property("local-description").sdp.as_text()
        try:
            answer = self.ask_whip(sdp) if self.arguments.whip else self.ask(sdp)
        except OSError as error:
            body = error.read().decode() if hasattr(error, "read") else ""
            GLib.idle_add(self.stop, f"{error} {body}")
            return
        _, message = GstSdp.SDPMessage.new_from_text(answer)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", description, Gst.Promise.new())

    def ask(self, sdp: str) -> str:
        body = json.dumps({"sdp": sdp, "type": "offer"}).encode()
        request = urllib.request.Request(f"{self.arguments.url}/offer", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.load(response)["sdp"]

    def ask_whip(self, sdp: str) -> str:
        headers = {"Content-Type": "application/sdp"}
        request = urllib.request.Request(f"{self.arguments.url}/whip", sdp.encode(), headers)
        with urllib.request.urlopen(request, timeout=20) as response:
            assert response.status == 201 and response.headers["Location"], response.status
            return response.read().decode()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("picture")
    parser.add_argument("url")
    parser.add_argument("--codec", choices=sorted(ENCODERS), default="VP8")
    parser.add_argument("--bundle", default="max-bundle")
    parser.add_argument("--audio", action="store_true")
    parser.add_argument("--whip", action="store_true")
    parser.add_argument("--messages", type=int, default=3)
    Gst.init(None)
    return Peer(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
