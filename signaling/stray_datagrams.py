"""Keeps away from a connection what strangers send to its media port.

aioice 0.13 hands every datagram that is not STUN on to DTLS and SRTP, whoever sent it, and aiortc 1.16 reads its first
byte: a single empty datagram from anywhere ends the session. Only who has answered a connectivity check, or sent one,
is listened to (RFC 8445, section 12.2); and whatever a malformed datagram makes a parser raise costs that datagram, not
the socket, which uvloop would close.

These are private members of aioice; `tests/unit/signaling/test_stray_datagrams.py` fails when they change.
"""

import logging
from typing import Any

from aioice.ice import Connection, StunProtocol

__all__ = ["keep_strays_away"]

logger = logging.getLogger(__name__)

STUN_FIRST_BYTES = range(4)  # RFC 7983


def keep_strays_away(connection: Connection) -> None:
    """Guard the sockets that the ICE connection has gathered."""
    for protocol in connection._protocols:
        if not isinstance(protocol.datagram_received, _Guard):
            protocol.datagram_received = _Guard(connection, protocol)  # type: ignore[method-assign, assignment]


class _Guard:
    """Stands where a socket's datagram_received was."""

    def __init__(self, connection: Connection, protocol: StunProtocol) -> None:
        self._connection = connection
        self._take = protocol.datagram_received
        self._known: tuple[Any, ...] | None = None  # the address heard last: nearly always the next one too

    def __call__(self, data: bytes, address: tuple[Any, ...]) -> None:
        if not data or (data[0] not in STUN_FIRST_BYTES and address != self._known and not self._is_peer(address)):
            return
        try:
            self._take(data, address)
        except Exception:  # a parser of hostile input may raise anything
            logger.debug("a datagram could not be read", exc_info=True)

    def _is_peer(self, address: tuple[Any, ...]) -> bool:
        if any(pair.remote_addr == address[:2] for pair in self._connection._check_list):
            self._known = address
            return True
        return False
