"""The cipher suites that a connection may be encrypted with.

aiortc 1.16 offers suites for ECDSA certificates only, which is all that RFC 8827 (section 6.5) demands; GStreamer's
webrtcbin has an RSA certificate, and its handshake with aiortc as the client fails. This adds the suites with forward
secrecy and authenticated encryption for RSA, and changes nothing for everybody else.

These are private members of aiortc; `tests/unit/signaling/test_dtls.py` fails when they change.
"""

from aiortc import RTCCertificate, RTCPeerConnection
from OpenSSL import SSL

__all__ = ["accept_rsa_peers"]

SUITES = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256",
    b"ECDHE-ECDSA-CHACHA20-POLY1305",
    b"ECDHE-ECDSA-AES128-SHA",
    b"ECDHE-ECDSA-AES256-SHA",
    b"ECDHE-RSA-AES128-GCM-SHA256",
    b"ECDHE-RSA-CHACHA20-POLY1305",
    b"ECDHE-RSA-AES256-GCM-SHA384",
)
CERTIFICATES = "_RTCPeerConnection__certificates"


def accept_rsa_peers(pc: RTCPeerConnection) -> None:
    """Let the connection be made with peers whose certificate is RSA. Before its first description."""
    certificates: list[RTCCertificate] = getattr(pc, CERTIFICATES)
    setattr(pc, CERTIFICATES, [_Certificate(one._key, one._cert) for one in certificates])


class _Certificate(RTCCertificate):
    def _create_ssl_context(self, srtp_profiles: list) -> SSL.Context:  # type: ignore[type-arg]
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(b":".join(SUITES))
        return context
