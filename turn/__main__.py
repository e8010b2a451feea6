"""The TURN command: `python -m turn render ...` writes coturn's configuration, `python -m turn credentials` makes a
pair to try it with. The secret comes from the environment (TURN_SECRET), never from the command line."""

import argparse
import os
import sys

from turn.coturn import CoturnConfig
from turn.credentials import TurnCredentials

__all__ = ["main"]

NO_SECRET = "Set TURN_SECRET to coturn's shared secret, the same as the server's (openssl rand -hex 32).\n"


def main(arguments: list[str] | None = None) -> int:
    """Exit status 2 when something is missing or wrong."""
    asked = _parser().parse_args(arguments)
    secret = os.environ.get("TURN_SECRET", "")
    if not secret:
        sys.stderr.write(NO_SECRET)
        return 2
    if asked.command == "credentials":
        username, password = TurnCredentials(secret).make(asked.user)
        print(f"username {username}\npassword {password}")
        return 0
    try:
        text = _config(asked, secret).render()
    except ValueError as error:
        sys.stderr.write(f"python -m turn render: {error}\n")
        return 2
    sys.stdout.write(text)
    return 0


def _config(asked: argparse.Namespace, secret: str) -> CoturnConfig:
    return CoturnConfig(
        realm=asked.realm,
        secret=secret,
        public_ip=asked.public_ip,
        listening_ips=tuple(asked.listening_ip),
        port=asked.port,
        tls_port=asked.tls_port,
        relay_ports=_ports(asked.relay_ports),
        certificate=asked.certificate,
        private_key=asked.private_key,
        user_quota=asked.user_quota,
        total_quota=asked.total_quota,
        max_kbps=asked.max_kbps,
        only_peers=tuple(asked.only_peer),
        allowed_peers=tuple(asked.allow_peer),
        local_peers=asked.local_peers,
    )


def _ports(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    if not (dash and first.isdigit() and last.isdigit()):
        raise ValueError(f"relay ports: {text!r} is not FIRST-LAST")
    return int(first), int(last)


def _parser() -> argparse.ArgumentParser:
    defaults = CoturnConfig(realm="x", secret="x" * 16)
    parser = argparse.ArgumentParser(prog="python -m turn", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    render = commands.add_parser("render", help="write turnserver.conf to the standard output")
    add = render.add_argument
    add("--realm", required=True, help="the TURN server's DNS name")
    add("--public-ip", default="", help="the address clients reach it at; PUBLIC/PRIVATE behind one-to-one NAT")
    add("--listening-ip", action="append", default=[], help="address to listen on; may be repeated; default: all")
    add("--port", type=int, default=defaults.port, help="UDP and TCP")
    add("--tls-port", type=int, default=defaults.tls_port, help="TLS and DTLS, with a certificate")
    add("--certificate", default="", help="certificate chain (PEM) for turns:")
    add("--private-key", default="", help="its key (PEM)")
    add("--relay-ports", default="-".join(map(str, defaults.relay_ports)), help="UDP, FIRST-LAST")
    add("--user-quota", type=int, default=defaults.user_quota, help="allocations of one person")
    add("--total-quota", type=int, default=defaults.total_quota, help="allocations of all")
    add("--max-kbps", type=int, default=defaults.max_kbps, help="1000 bit/s of one allocation")
    add(
        "--only-peer", action="append", default=[], help="relay to this address or network and nowhere else; repeatable"
    )
    add("--allow-peer", action="append", default=[], help="relay there though it is a private network; repeatable")
    add("--local-peers", action="store_true", help="for tests on one machine only: relay into every network")
    credentials = commands.add_parser("credentials", help="make a username and a password, good for ten minutes")
    credentials.add_argument("user", nargs="?", default="operator")
    return parser


if __name__ == "__main__":
    sys.exit(main())
