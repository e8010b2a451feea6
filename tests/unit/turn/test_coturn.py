"""The rendered configuration: hardened, whole, and refused where a value is wrong. tests/integration/live/test_turn.py
has coturn itself read it."""

import ipaddress

import pytest

from turn.coturn import PRIVATE_NETWORKS, CoturnConfig

SECRET = "0123456789abcdef"


def rendered(**fields: object) -> list[str]:
    return CoturnConfig(**({"realm": "turn.example.org", "secret": SECRET} | fields)).render().splitlines()  # type: ignore[arg-type]


def test_what_it_must_say_is_there() -> None:
    lines = rendered(public_ip="192.0.2.1/10.0.0.5", relay_ports=(50_000, 50_009))
    for line in (
        "use-auth-secret",
        f"static-auth-secret={SECRET}",
        "realm=turn.example.org",
        "external-ip=192.0.2.1/10.0.0.5",
        "min-port=50000",
        "max-port=50009",
        "no-multicast-peers",
        "no-tcp-relay",
        "no-cli",
        "user-quota=10",
        "total-quota=100",
        "max-bps=750000",
        "stale-nonce=600",
        "fingerprint",
        "no-software-attribute",
        "no-tls",
        "no-dtls",
    ):
        assert line in lines
    assert "allow-loopback-peers" not in lines
    assert not [line for line in lines if line.startswith(("user=", "lt-cred-mech", "no-auth"))]


def denied(lines: list[str], address: str) -> bool:
    """coturn's rule: what is allowed is allowed, else what is denied is denied."""

    def within(key: str) -> bool:
        for line in lines:
            name, _, value = line.partition("=")
            first, _, last = value.partition("-")
            if name != key:
                continue
            low, high = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
            ours = ipaddress.ip_address(address)
            if low.version == ours.version and int(low) <= int(ours) <= int(high):
                return True
        return False

    return within("denied-peer-ip") and not within("allowed-peer-ip")


@pytest.mark.parametrize("network", PRIVATE_NETWORKS)
def test_private_networks_are_denied_from_end_to_end(network: str) -> None:
    lines = rendered()
    ours = ipaddress.ip_network(network)
    assert denied(lines, str(ours[0]))
    assert denied(lines, str(ours[-1]))


def test_no_private_address_that_python_knows_of_is_missing() -> None:
    lines = rendered()
    for address in (
        "10.1.2.3",
        "127.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "100.100.0.1",
        "::1",
        "fd00::1",
        "fe80::1",
    ):
        assert denied(lines, address)
    for address in ("8.8.8.8", "1.1.1.1", "2606:4700::1111"):
        assert not denied(lines, address)


def test_one_private_address_can_be_let_through() -> None:
    lines = rendered(allowed_peers=("10.0.0.5",))
    assert not denied(lines, "10.0.0.5")
    assert denied(lines, "10.0.0.6")


def test_it_can_be_told_to_relay_to_the_server_alone() -> None:
    lines = rendered(only_peers=("198.51.100.7", "2001:db8::7"))
    assert not denied(lines, "198.51.100.7")
    assert not denied(lines, "2001:db8::7")
    for address in ("198.51.100.8", "8.8.8.8", "2606:4700::1111", "127.0.0.1", "::1"):
        assert denied(lines, address)


def test_with_a_certificate_it_speaks_tls_of_today_only() -> None:
    lines = rendered(certificate="/etc/turn/fullchain.pem", private_key="/etc/turn/privkey.pem")
    assert "cert=/etc/turn/fullchain.pem" in lines
    assert {"no-tlsv1", "no-tlsv1_1"} <= set(lines)
    assert not {"no-tls", "no-dtls"} & set(lines)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"realm": "turn example"}, "realm"),
        ({"realm": "x\nno-auth"}, "realm"),
        ({"secret": "short"}, "secret"),
        ({"secret": SECRET + "\nno-auth"}, "secret"),
        ({"public_ip": "turn.example.org"}, "turn.example.org"),
        ({"relay_ports": (50_009, 50_000)}, "relay ports"),
        ({"relay_ports": (80, 90)}, "relay ports"),
        ({"certificate": "/etc/turn/fullchain.pem"}, "certificate"),
        ({"certificate": "/etc/a\nno-auth", "private_key": "/etc/b"}, "certificate"),
        ({"max_kbps": 0}, "quotas"),
        ({"allowed_peers": ("everyone",)}, "everyone"),
    ],
)
def test_a_wrong_value_is_refused_by_name(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rendered(**fields)
