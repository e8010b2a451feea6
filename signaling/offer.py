"""What an offer must look like before anything is spent on it, and what the answer adds to aiortc's own."""

import re

from aiortc import RTCSessionDescription
from aiortc.sdp import SessionDescription

from signaling.candidates import MAX_CANDIDATES
from signaling.errors import BadOffer

__all__ = ["MAX_SDP_BYTES", "check_offer", "with_bitrate_hints", "with_rtcp_mux_only"]

MAX_SDP_BYTES = 64 * 1024  # a browser's offer with video, audio and data is 5 to 8 KiB
MAX_MEDIA = 8

# Without a hint, Chromium begins at 300 kbit/s and, hearing only REMB, stays at 640 pixels for ten seconds (measured);
# libwebrtc reads these from the answer's VP8 or H264 parameters. They say where to begin and what not to exceed; there
# is no floor, so a weak network still lowers the rate as far as it must.
START_KBPS = 2500
MAX_KBPS = 4000


def check_offer(sdp: str) -> RTCSessionDescription:
    """The offer, fit to be answered. Raises BadOffer with a code for each thing that can be wrong with it."""
    if not sdp.strip():
        raise BadOffer("empty_offer", "The offer holds no session description.", 400)
    if len(sdp.encode()) > MAX_SDP_BYTES:
        raise BadOffer("offer_too_large", "The session description is too large.", 413, limit=MAX_SDP_BYTES)
    if not sdp.startswith("v=0"):
        raise BadOffer("not_sdp", "The offer is not a session description.", 400)
    try:
        description = SessionDescription.parse(sdp)
    except Exception as error:  # the parser raises whatever its first wrong token leads to
        raise BadOffer("not_sdp", "The offer is not a session description that can be read.", 400) from error
    if len(description.media) > MAX_MEDIA:
        raise BadOffer("too_many_media", "The offer has too many media sections.", limit=MAX_MEDIA)
    if sum(len(media.ice_candidates) for media in description.media) > MAX_CANDIDATES:
        raise BadOffer("too_many_candidates", "The offer has too many candidates.", limit=MAX_CANDIDATES)
    bundled = _bundle_only(sdp)
    wanted = [media for media in description.media if media.port != 0 or media.rtp.muxId in bundled]
    videos = [media for media in wanted if media.kind == "video"]
    sending = [media for media in videos if media.direction in ("sendrecv", "sendonly", None)]
    if not sending:
        raise BadOffer("no_video", "The offer sends no video, so there is nothing to look at.")
    if len(sending) > 1:
        raise BadOffer("several_videos", "The offer sends several videos; one face needs one camera.")
    codecs = {codec.name.upper() for codec in sending[0].rtp.codecs}
    if not codecs & {"VP8", "H264"}:
        raise BadOffer("no_common_codec", "The video must be VP8 or H264.", offered=sorted(codecs))
    if not any(media.kind == "application" for media in wanted):
        raise BadOffer("no_data_channel", "The offer opens no data channel, so results could not be sent back.")
    for media in wanted:
        if media.dtls is None or not media.dtls.fingerprints:
            raise BadOffer("no_fingerprint", "The offer lacks the certificate fingerprint that WebRTC needs.")
        if media.ice is None or not (media.ice.usernameFragment and media.ice.password):
            raise BadOffer("no_ice_credentials", "The offer lacks the ICE credentials that WebRTC needs.")
    return RTCSessionDescription(sdp=sdp, type="offer")


def _bundle_only(sdp: str) -> set[str]:
    """The mids of sections whose port is 0 because they share another's transport, not because they are refused
    (RFC 9143, section 6). Firefox writes them so under the policy max-bundle."""
    sections = re.split(r"^m=", sdp, flags=re.MULTILINE)[1:]
    mids = (re.search(r"^a=mid:(\S+)", section, re.MULTILINE) for section in sections if "\na=bundle-only" in section)
    return {mid.group(1) for mid in mids if mid}


def with_bitrate_hints(sdp: str, start_kbps: int = START_KBPS, max_kbps: int = MAX_KBPS) -> str:
    """The answer with libwebrtc's bitrate hints on every video codec that is not a retransmission."""
    lines = sdp.splitlines()
    hints = f"x-google-start-bitrate={start_kbps};x-google-max-bitrate={max_kbps}"
    result: list[str] = []
    payload_types = re.findall(r"^a=rtpmap:(\d+) (?:VP8|H264)/90000", sdp, re.MULTILINE)
    with_parameters = {number for number in payload_types if f"a=fmtp:{number} " in sdp}
    for line in lines:
        rtpmap = re.match(r"a=rtpmap:(\d+) (?:VP8|H264)/90000", line)
        fmtp = re.match(r"a=fmtp:(\d+) ", line)
        if fmtp and fmtp.group(1) in with_parameters:
            line = f"{line};{hints}"
        result.append(line)
        if rtpmap and rtpmap.group(1) not in with_parameters:
            result.append(f"a=fmtp:{rtpmap.group(1)} {hints}")
    return "\r\n".join(result) + "\r\n"


def with_rtcp_mux_only(sdp: str) -> str:
    """The answer with RFC 8858's attribute in every media section that carries RTP (RFC 9725, section 4.4.1)."""
    return re.sub(r"^a=rtcp-mux\r?$", "a=rtcp-mux\r\na=rtcp-mux-only\r", sdp, flags=re.MULTILINE)
