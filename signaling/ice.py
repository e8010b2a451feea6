"""The STUN and TURN servers: what clients are told, and what this server's own connections use."""

import hashlib
import hmac
import secrets
from typing import Any

from aiortc import RTCConfiguration, RTCIceServer

from turn.credentials import TurnCredentials

__all__ = ["IceServers"]


class IceServers:
    """From settings; without any, clients get none and connect directly. server_turn: this server's own connections
    get an address at the TURN server too."""

    def __init__(
        self, stun_urls: tuple[str, ...], turn_urls: tuple[str, ...], turn_secret: str, *, server_turn: bool = False
    ) -> None:
        self._stun_urls = stun_urls
        self._turn_urls = turn_urls
        self._server_turn = server_turn
        self._turn_secret = turn_secret.encode()
        self._credentials = TurnCredentials(turn_secret) if turn_urls else None

    def for_user(self, user_id: str | None) -> list[dict[str, Any]]:
        """What a client passes to RTCPeerConnection as iceServers; TURN with credentials of ten minutes."""
        servers: list[dict[str, Any]] = []
        if self._stun_urls:
            servers.append({"urls": list(self._stun_urls)})
        if self._credentials is not None:
            username, credential = self._credentials.make(self._turn_name(user_id))
            servers.append({"urls": list(self._turn_urls), "username": username, "credential": credential})
        return servers

    def _turn_name(self, user_id: str | None) -> str:
        """Who it is for the TURN server, which limits and logs by it: always the same for a user, yet not the user's
        own id; another each time for a guest, so that guests do not share one quota."""
        if user_id is None:
            return f"guest-{secrets.token_hex(8)}"
        return hmac.new(self._turn_secret, b"user " + user_id.encode(), hashlib.sha256).hexdigest()[:24]

    def configuration(self) -> RTCConfiguration:
        """For one of this server's own connections: the first STUN server, and the first TURN server where it is to be
        used, with credentials for this connection alone; aiortc takes one of each. An empty list where there is none,
        because aiortc would else ask a public server."""
        servers = [RTCIceServer(urls=url) for url in self._stun_urls[:1]]
        if self._server_turn and self._credentials is not None:
            username, credential = self._credentials.make(f"server-{secrets.token_hex(8)}")
            servers.append(RTCIceServer(urls=self._turn_urls[0], username=username, credential=credential))
        return RTCConfiguration(iceServers=servers)
