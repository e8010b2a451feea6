"""Peers with an RSA certificate are served; the tests fail when aiortc changes the members this rests on."""

import asyncio
import datetime
from typing import Any

import pytest
from aiortc import RTCCertificate, RTCConfiguration, RTCPeerConnection
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from signaling.dtls import CERTIFICATES, SUITES, accept_rsa_peers


class RsaCertificate(RTCCertificate):
    """What GStreamer has: an RSA key, and all of OpenSSL's usual suites."""

    def _create_ssl_context(self, srtp_profiles: Any) -> Any:
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(b"DEFAULT")
        return context


def rsa_certificate() -> RTCCertificate:
    key: Any = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    return RsaCertificate(key, builder.sign(key, hashes.SHA256()))


@pytest.mark.parametrize("accepting", [True, False])
async def test_a_handshake_with_an_rsa_peer_needs_the_wider_suites(accepting: bool) -> None:
    peer, ours = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    setattr(peer, CERTIFICATES, [rsa_certificate()])
    if accepting:
        accept_rsa_peers(ours)
    decided = asyncio.Event()
    states: set[str] = set()

    def changed() -> None:
        states.add(ours.connectionState)
        if ours.connectionState in ("connected", "failed", "closed"):
            decided.set()

    ours.on("connectionstatechange", changed)
    peer.createDataChannel("anything")
    try:
        await peer.setLocalDescription(await peer.createOffer())
        await ours.setRemoteDescription(peer.localDescription)
        await ours.setLocalDescription(await ours.createAnswer())
        await peer.setRemoteDescription(ours.localDescription)
        async with asyncio.timeout(20):
            await decided.wait()
    finally:
        await peer.close()
        await ours.close()
    assert ("connected" in states) == accepting


def test_every_suite_has_forward_secrecy() -> None:
    assert all(suite.startswith(b"ECDHE-") for suite in SUITES)
