"""coturn's configuration (version 4.6 and later), hardened: it relays UDP for people with credentials of ours and gives
nobody a way into the network it stands in.
"""

import ipaddress
import re
from dataclasses import dataclass

__all__ = ["PRIVATE_NETWORKS", "CoturnConfig"]

# The special-purpose networks of RFC 6890 and its successors that lead somewhere inside. Not ::/128, which coturn takes
# for every address: it would deny the whole internet.
PRIVATE_NETWORKS = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "::1/128",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
)
REALM = re.compile(r"[A-Za-z0-9.-]{1,127}")
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # TLS 1.2 with forward secrecy; 1.3 has no others


@dataclass(frozen=True, slots=True)
class CoturnConfig:
    """What one TURN server is told. Raises ValueError, naming what is wrong.

    realm: its DNS name. secret: TURN_SECRET. public_ip: the address clients reach it at, with /PRIVATE behind it where
    NAT maps one to one. relay_ports: first and last, UDP; a session needs one or two. max_kbps: 1000 bit/s, of one
    allocation in each direction. only_peers: addresses or networks that are all it relays to; without any, the public
    internet and allowed_peers. local_peers: for tests on one machine.
    """

    realm: str
    secret: str
    public_ip: str = ""
    listening_ips: tuple[str, ...] = ()
    port: int = 3478
    tls_port: int = 5349
    relay_ports: tuple[int, int] = (49160, 49359)
    certificate: str = ""
    private_key: str = ""
    user_quota: int = 10
    total_quota: int = 100
    max_kbps: int = 6000
    only_peers: tuple[str, ...] = ()
    allowed_peers: tuple[str, ...] = ()
    local_peers: bool = False

    def __post_init__(self) -> None:
        if not REALM.fullmatch(self.realm):
            raise ValueError(f"realm: {self.realm!r} is not a DNS name")
        if len(self.secret) < 16 or not self.secret.isprintable() or self.secret.strip() != self.secret:
            raise ValueError("secret: at least 16 printable characters, without blanks around them")
        for address in (*self.public_ip.split("/"), *self.listening_ips):
            if address:
                ipaddress.ip_address(address)
        first, last = self.relay_ports
        if not 1024 <= first <= last <= 65535:
            raise ValueError(f"relay ports: {first}-{last} is not a range from 1024 to 65535")
        if bool(self.certificate) != bool(self.private_key):
            raise ValueError("certificate and private key come together")
        for path in (self.certificate, self.private_key):
            if not path.isprintable():
                raise ValueError("certificate or private key: not a path")
        if min(self.user_quota, self.total_quota, self.max_kbps) < 1:
            raise ValueError("quotas and rates are positive")

    def render(self) -> str:
        """The text of turnserver.conf. It holds the secret."""
        return "\n".join(
            [
                "# Made by python -m turn render; it holds the secret, so let only coturn read it.",
                *self._addresses(),
                "",
                "# who may use it: time-limited credentials, HMAC with the secret that the server has as TURN_SECRET",
                "use-auth-secret",
                f"static-auth-secret={self.secret}",
                f"realm={self.realm}",
                f"server-name={self.realm}",
                "fingerprint",
                "stale-nonce=600",
                "",
                "# how much: of one person, of all, of one allocation (bytes a second), unrefreshed (s)",
                f"user-quota={self.user_quota}",
                f"total-quota={self.total_quota}",
                f"max-bps={self.max_kbps * 1000 // 8}",
                "max-allocate-lifetime=600",
                "",
                "# where to: UDP only, never into a network that the public internet does not reach",
                "no-tcp-relay",
                "no-multicast-peers",
                *self._peers(),
                "",
                "# nothing else",
                "no-cli",
                "no-rfc5780",
                "no-stun-backward-compatibility",
                "response-origin-only-with-rfc5780",
                "no-software-attribute",
                "no-dynamic-ip-list",
                "no-dynamic-realms",
                *self._tls(),
                "",
                "# logs go to the journal of whoever runs it",
                "log-file=stdout",
                "simple-log",
                "",
            ]
        )

    def _addresses(self) -> list[str]:
        lines = [f"listening-ip={address}" for address in self.listening_ips]
        lines += [f"listening-port={self.port}"]
        if self.public_ip:
            lines.append(f"external-ip={self.public_ip}")
        return [*lines, f"min-port={self.relay_ports[0]}", f"max-port={self.relay_ports[1]}"]

    def _peers(self) -> list[str]:
        if self.local_peers:
            return ["allow-loopback-peers"]
        if self.only_peers:
            everything = ["denied-peer-ip=0.0.0.0-255.255.255.255", f"denied-peer-ip=::-{'ffff:' * 7}ffff"]
            return everything + [f"allowed-peer-ip={_range(peer)}" for peer in self.only_peers]
        lines = [f"denied-peer-ip={_range(network)}" for network in PRIVATE_NETWORKS]
        return lines + [f"allowed-peer-ip={_range(peer)}" for peer in self.allowed_peers]

    def _tls(self) -> list[str]:
        if not self.certificate:
            return ["no-tls", "no-dtls"]
        return [
            f"tls-listening-port={self.tls_port}",
            f"cert={self.certificate}",
            f"pkey={self.private_key}",
            "no-tlsv1",
            "no-tlsv1_1",
            f'cipher-list="{CIPHERS}"',
        ]


def _range(text: str) -> str:
    """An address, or a network as coturn writes it: first-last. Raises ValueError."""
    network = ipaddress.ip_network(text, strict=False)
    return str(network[0]) if network.num_addresses == 1 else f"{network[0]}-{network[-1]}"
